"""Web pages: a list of repositories, and for each repository its card, files, commits and discussions.

Text from users is escaped by the templates or cleaned by `rendering`, and no page may run a script.
"""

import sqlite3
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from . import discussions, history, repositories
from .access import readable, repo_of
from .cards import split_card
from .database import timestamp
from .errors import HubError, entry_not_found
from .history import Commit, File
from .info import entries_of, repo_info
from .names import web_prefix
from .repositories import Repo
from .routing import Call, Route

__all__ = ["ROUTES", "refusal"]

_HERE = Path(__file__).parent / "templates"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SHOWN_SIZE = 200_000  # bytes of a text file
_PAGE = 200
#: Key of a card -> the type of repository that its values name.
_KINDS = {"base_model": "model", "datasets": "dataset"}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def _size(num_bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "bytes" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} GB"


_ENVIRONMENT.filters["size"] = _size
_ENVIRONMENT.filters["day"] = lambda milliseconds: timestamp(milliseconds)[:10]
_ENVIRONMENT.filters["minute"] = lambda milliseconds: timestamp(milliseconds)[:16].replace("T", " ")


def style(call: Call) -> Response:
    """The style sheet of all pages."""
    return Response((_HERE / "style.css").read_bytes(), media_type="text/css")


def sign_in(call: Call) -> Response:
    """Make the browser ask for a name and a token, and send them with every later request."""
    if call.account is None:
        raise HubError(401, "Sign in with the name and the secret of a token", headers=_ask_for_password())
    return RedirectResponse("/", 303)


def refusal(status: int, message: str) -> HTMLResponse:
    """The page that says why a request was refused."""
    return _page("refusal.html", status, title=str(status), status=status, message=message, account=None)


def index(call: Call) -> Response:
    """The list of repositories, all or those of one owner."""
    owner = call.params.get("ns")
    with call.hub.store.read() as db:
        repos = repositories.list_visible(db, call.account, author=owner, search=call.query("q"))
    if owner and not repos and not call.query("q"):
        raise HubError(404, f"{owner} has no repositories that you may see")
    kinds = {kind: [repo for repo in repos if repo.type == kind][:_PAGE] for kind in ("model", "dataset", "space")}
    return _page(
        "index.html",
        title=owner or "Repositories",
        kinds=kinds,
        question=call.query("q"),
        owner=owner,
        is_open=call.hub.tokens.is_open,
        account=call.account,
        endpoint=call.endpoint,
    )


def card(call: Call) -> Response:
    """The card of a repository."""
    facts = {}
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        commit = history.resolve(db, repo, "main")
        info = repo_info(call.hub.store, db, repo, commit)
        readme = history.file_at(db, commit, "README.md")
        about = _about(call, db, repo, commit, "card")
        for key in ("license", "language", "base_model", "datasets", "pipeline_tag"):
            if value := info["cardData"].get(key):
                texts = map(str, value if isinstance(value, list) else [value])
                facts[key] = [(text, _page_of(call, db, _KINDS.get(key), text)) for text in texts]
    html = call.hub.renderer.html(
        split_card(_read(call, readme) if readme else b"")[1],
        files=f"{about['url']}/resolve/{commit.oid}/",
        pages=f"{about['url']}/blob/{commit.oid}/",
    )
    return _page("card.html", **about, card=Markup(html), facts=facts, tags=info["tags"][:30])


def folder(call: Call) -> Response:
    """The files and folders in a folder."""
    path = call.params.get("path", "").strip("/")
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        entries = entries_of(db, history.files_of(db, commit), with_changes=True)
        about = _about(call, db, repo, commit, "files")
    if path and entries.get(path, {}).get("type") != "directory":
        raise entry_not_found(path, commit.oid)
    prefix = f"{path}/" if path else ""
    inside = [
        entry | {"name": name[len(prefix) :]}
        for name, entry in entries.items()
        if name.startswith(prefix) and "/" not in name[len(prefix) :]
    ]
    inside.sort(key=lambda entry: (entry["type"] != "directory", entry["name"]))
    return _page("folder.html", **about, path=path, entries=inside, revision=call.params["rev"])


def file(call: Call) -> Response:
    """A file: its text if it is small, and a link to download it."""
    path = call.params["path"].strip("/")
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        found = history.file_at(db, commit, path)
        about = _about(call, db, repo, commit, "files")
    if found is None:
        raise entry_not_found(path, commit.oid)
    text = None
    if found.size <= _SHOWN_SIZE and not found.is_lfs:
        try:
            text = _read(call, found).decode()
        except UnicodeDecodeError:
            pass
    return _page("file.html", **about, path=path, file=found, text=text, revision=call.params["rev"])


def commits(call: Call) -> Response:
    """A commit and its ancestors."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        found = history.ancestors(db, commit, limit=_PAGE)
        about = _about(call, db, repo, commit, "commits")
    return _page("commits.html", **about, commits=found)


def commit(call: Call) -> Response:
    """A commit and the files that it changed."""
    with call.hub.store.read() as db:
        repo = readable(call, db)
        made = history.resolve(db, repo, call.params["rev"])
        parent = history.parent_of(db, made)
        before, after = history.files_of(db, parent), history.files_of(db, made)
        about = _about(call, db, repo, made, "commits")
    changes = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is None or new is None or (old.sha256, old.is_lfs) != (new.sha256, new.is_lfs):
            changes.append((path, "added" if old is None else "deleted" if new is None else "changed", new or old))
    return _page("commit.html", **about, parent=parent, changes=changes[:_PAGE], num_changes=len(changes))


def discussion_list(call: Call) -> Response:
    """The discussions and pull requests of a repository."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        found = discussions.list_discussions(db, repo)
        about = _about(call, db, repo, history.resolve(db, repo, "main"), "discussions")
    return _page("discussions.html", **about, discussions=found)


def discussion(call: Call) -> Response:
    """A discussion with all its events."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        found = discussions.find(db, repo, int(call.params["num"]))
        about = _about(call, db, repo, history.resolve(db, repo, "main"), "discussions")
        events = discussions.events_of(db, found)
    comments = call.hub.comments(event.content.get("text", "") for event in events)
    return _page(
        "discussion.html", **about, discussion=found, events=list(zip(events, map(Markup, comments), strict=True))
    )


def _page_of(call: Call, db: sqlite3.Connection, repo_type: str | None, repo_id: str) -> str | None:
    """The page of a repository that a card names, if this hub has it and the account may see it."""
    namespace, _, name = repo_id.partition("/")
    if repo_type is None:
        return None
    try:
        found = repositories.find(db, call.account, repo_type, namespace, name)
    except HubError:
        return None
    return f"/{web_prefix(repo_type)}{found.id}"


def _about(call: Call, db: sqlite3.Connection, repo: Repo, commit: Commit, tab: str) -> dict[str, Any]:
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


def _read(call: Call, file: File) -> bytes:
    return call.hub.store.blobs.read(file.sha256, file.size)


def _ask_for_password() -> dict[str, str]:
    return {"WWW-Authenticate": 'Basic realm="model hub", charset="UTF-8"'}


def _page(template: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    values.setdefault("is_open", True)
    html = _ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(html, code, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


ROUTES = [
    Route("GET", "/", index),
    Route("GET", "/-/style.css", style),
    Route("GET", "/sign-in", sign_in),
    Route("GET", "/{ns}", index),
    Route("GET", "/{web}{ns}/{name}", card),
    Route("GET", "/{web}{ns}/{name}/tree/{rev}", folder),
    Route("GET", "/{web}{ns}/{name}/tree/{rev}/{path}", folder),
    Route("GET", "/{web}{ns}/{name}/blob/{rev}/{path}", file),
    Route("GET", "/{web}{ns}/{name}/commits/{rev}", commits),
    Route("GET", "/{web}{ns}/{name}/commit/{rev}", commit),
    Route("GET", "/{web}{ns}/{name}/discussions", discussion_list),
    Route("GET", "/{web}{ns}/{name}/discussions/{num}", discussion),
]
