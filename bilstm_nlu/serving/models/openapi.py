"""The description of the server in the format OpenAPI, and a page that shows it without anything from the network."""

import html
import json
from collections.abc import Sequence
from typing import Any

from ... import __version__
from .access import ADMIN, TRAIN
from .operations import Operation

__all__ = ["describe_api", "render_page"]

_ERRORS = {
    "400": "The request is not well formed.",
    "401": "The token is missing or not known.",
    "403": "The token may not do this, or the request comes from another site.",
    "404": "There is no such model or revision; `near` has similar names.",
    "413": "The body, a text or the batch is too long.",
    "422": "The content does not fit this description, or the model.",
    "429": "Too many requests wait; try again after `Retry-After` seconds.",
    "503": "The model cannot be loaded, or the server is stopping.",
}
_STYLE = (
    ":root{color-scheme:light dark;--back:#f3f3f3;--line:#ccc;--link:#0b5cad;--text:#1a2128;--page:#fff}"
    "@media(prefers-color-scheme:dark){:root{--back:#2a2a2a;--line:#555;--link:#7cb8f2;--text:#e6eaee;--page:#11161a}}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;overflow-wrap:break-word;"
    "color:var(--text);background:var(--page)}"
    "code,pre{background:var(--back)}a{color:var(--link)}"
    "pre{padding:.5em;overflow:auto}h2{border-top:1px solid var(--line);padding-top:.7em;font-size:1.1em}"
    "table{border-collapse:collapse}td{padding:.1em 1em .1em 0;vertical-align:top}"
)


def describe_api(operations: Sequence[Operation]) -> dict[str, Any]:
    """The description of the requests."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _described(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bilstm-nlu", "version": __version__, "description": "Find intents and slots in texts."},
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _described(one: Operation) -> dict[str, Any]:
    codes = ["400", "403", *(["401"] if one.scope or one.body else []), *(["404"] if _is_of_one(one) else [])]
    codes += ["413", "422", "429"] if one.waits else ["413", "422"] if one.body else []
    codes += ["503"] if "{name}" in one.path or one.path == "/ready" else []
    found: dict[str, Any] = {
        "summary": one.summary,
        "operationId": f"{one.method.lower()}{one.path}".translate(str.maketrans("/{}", "___")).strip("_"),
        "parameters": [
            *([_parameter("name", "path", "The model, or NAME@REVISION.")] if "{name}" in one.path else []),
            *([_parameter("key", "path", "The key of the training.")] if "{key}" in one.path else []),
            *(_parameter(name, "query", text) for name, text in (one.query or {}).items()),
        ],
        "responses": {
            "200": {"description": "The answer.", **_content(one.answer)},
            **{
                code: {"description": _ERRORS[code], **_content({"error": "What is wrong."})} for code in sorted(codes)
            },
        },
    }
    if one.scope is not None:
        found["security"] = [{"token": []}]
        found["x-token-scope"] = ADMIN if one.scope == TRAIN else one.scope
    if one.body is not None:
        is_required = bool(one.body.get("required"))
        found["requestBody"] = {"required": is_required, "content": {"application/json": {"schema": one.body}}}
    return found


def _is_of_one(one: Operation) -> bool:
    """Whether a request asks about something that may not be there."""
    return "{name}" in one.path or "{key}" in one.path


def _parameter(name: str, place: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": text,
        "schema": {"type": "string"},
    }


def _content(answer: dict[str, str] | None) -> dict[str, Any]:
    if answer is None:
        return {"content": {"text/plain": {"schema": {"type": "string"}}}}
    properties = {name: {"description": text} for name, text in answer.items()}
    return {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}


def render_page(description: dict[str, Any]) -> bytes:
    """A page in HTML that shows the description."""
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>bilstm-nlu: requests</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>bilstm-nlu {__version__}</h1>",
        "<p>All requests that this server answers. Programs read <a href=openapi.json>openapi.json</a>. "
        "For people, there is <a href=.>a page to try the models</a>.</p>",
    ]
    for path, methods in description["paths"].items():
        for method, one in methods.items():
            parts.append(_section(method.upper(), path, one))
    parts.append("</main></body></html>")
    return "".join(parts).encode()


def _section(method: str, path: str, one: dict[str, Any]) -> str:
    scope = f" Token: {one['x-token-scope']}." if "x-token-scope" in one else ""
    lines = [f"<h2><code>{method} {html.escape(path)}</code></h2><p>{html.escape(one['summary'])}{scope}</p>"]
    if "requestBody" in one:
        schema = one["requestBody"]["content"]["application/json"]["schema"]
        rows = [
            (name, ", ".join(_kinds(kind)), kind.get("description", "")) for name, kind in schema["properties"].items()
        ]
        lines.append(f"<p>Body:</p>{_table(rows)}")
        lines.append(
            f"<details><summary>Schema</summary><pre tabindex=0>{html.escape(json.dumps(schema, indent=1))}</pre>"
        )
        lines.append("</details>")
    answers = [(code, found["description"]) for code, found in one["responses"].items()]
    return "".join([*lines, f"<p>Answers:</p>{_table(answers)}"])


def _kinds(schema: dict[str, Any]) -> list[str]:
    found = [kind for one in schema.get("anyOf", [schema]) for kind in _listed(one["type"])]
    return list(dict.fromkeys(found))


def _listed(kind: Any) -> list[str]:
    return kind if isinstance(kind, list) else [kind]


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
