"""What all web pages share: the templates, the policy that forbids scripts, and what they show of a repository."""

import sqlite3
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from . import history
from .database import timestamp
from .history import Commit
from .names import web_prefix
from .repositories import Repo
from .routing import Call

__all__ = ["TEMPLATES", "about", "render"]

TEMPLATES = Path(__file__).parent / "templates"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _size(num_bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "bytes" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} GB"


_ENVIRONMENT.filters["size"] = _size
_ENVIRONMENT.filters["percent"] = lambda share: f"{share:.1%}"
_ENVIRONMENT.filters["day"] = lambda milliseconds: timestamp(milliseconds)[:10]
_ENVIRONMENT.filters["minute"] = lambda milliseconds: timestamp(milliseconds)[:16].replace("T", " ")


def about(call: Call, db: sqlite3.Connection, repo: Repo, commit: Commit, tab: str) -> dict[str, Any]:
    """What every page of a repository shows.

    Args:
        call: the request.
        db: the tables.
        repo: the repository.
        commit: the commit that the page is of.
        tab: the tab that is open.
    """
    names = [name.split("/", 2) for name in history.refs_of(db, repo)]
    return {
        "title": repo.id,
        "repo": repo,
        "url": f"/{web_prefix(repo.type)}{repo.id}",
        "commit": commit,
        "tab": tab,
        "branches": [short for _, kind, short in names if kind == "heads"],
        "tags_of_repo": [short for _, kind, short in names if kind == "tags"],
        "account": call.account,
        "endpoint": call.endpoint,
        "is_open": call.hub.tokens.is_open,
    }


def render(template: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    """A page that runs no script, and that loads nothing from other servers."""
    values.setdefault("is_open", True)
    html = _ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(html, code, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
