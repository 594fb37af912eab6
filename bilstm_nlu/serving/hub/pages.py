"""Web pages: a list of repositories, and for each repository its card, files, commits and discussions.

Text from users is escaped by the templates or cleaned by `rendering`, and no page may run a script.
"""

import sqlite3

from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from . import discussions, history, repositories
from .access import readable, repo_of
from .cards import split_card
from .errors import HubError, entry_not_found
from .facts import ModelFacts, facts_of
from .history import File, changes_of
from .info import entries_of, repo_info
from .names import web_prefix
from .page_parts import TEMPLATES, about, render
from .repositories import Repo
from .routing import Call, Route

__all__ = ["ROUTES", "refusal"]

_SHOWN_SIZE = 200_000  # bytes of a text file
_PAGE = 200
#: Key of a card -> the type of repository that its values name.
_KINDS = {"base_model": "model", "datasets": "dataset"}


def style(call: Call) -> Response:
    """The style sheet of all pages."""
    return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")


def sign_in(call: Call) -> Response:
    """Make the browser ask for a name and a token, and send them with every later request."""
    if call.account is None:
        raise HubError(401, "Sign in with the name and the secret of a token", headers=_ask_for_password())
    return RedirectResponse("/", 303)


def refusal(status: int, message: str) -> HTMLResponse:
    """The page that says why a request was refused."""
    return render("refusal.html", status, title=str(status), status=status, message=message, account=None)


def index(call: Call) -> Response:
    """The list of repositories, all or those of one owner."""
    owner = call.params.get("ns")
    with call.hub.store.read() as db:
        repos = repositories.list_visible(db, call.account, author=owner, search=call.query("q"))
        shown = [repo for repo in repos if repo.type == "model"][:_PAGE]
        facts = {repo.id: _facts(call, db, repo) for repo in shown}
    if owner and not repos and not call.query("q"):
        raise HubError(404, f"{owner} has no repositories that you may see")
    kinds = {kind: [repo for repo in repos if repo.type == kind][:_PAGE] for kind in ("model", "dataset", "space")}
    return render(
        "index.html",
        title=owner or "Repositories",
        kinds=kinds,
        facts=facts,
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
        model = _facts(call, db, repo)
        shown = about(call, db, repo, commit, "card")
        for key in ("license", "language", "base_model", "datasets", "pipeline_tag"):
            if value := info["cardData"].get(key):
                texts = map(str, value if isinstance(value, list) else [value])
                facts[key] = [(text, _page_of(call, db, _KINDS.get(key), text)) for text in texts]
    html = call.hub.renderer.html(
        split_card(_read(call, readme) if readme else b"")[1],
        files=f"{shown['url']}/resolve/{commit.oid}/",
        pages=f"{shown['url']}/blob/{commit.oid}/",
    )
    return render("card.html", **shown, card=Markup(html), facts=facts, model=model, tags=info["tags"][:30])


def folder(call: Call) -> Response:
    """The files and folders in a folder."""
    path = call.params.get("path", "").strip("/")
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        entries = entries_of(db, history.files_of(db, commit), with_changes=True)
        shown = about(call, db, repo, commit, "files")
    if path and entries.get(path, {}).get("type") != "directory":
        raise entry_not_found(path, commit.oid)
    prefix = f"{path}/" if path else ""
    inside = [
        entry | {"name": name[len(prefix) :]}
        for name, entry in entries.items()
        if name.startswith(prefix) and "/" not in name[len(prefix) :]
    ]
    inside.sort(key=lambda entry: (entry["type"] != "directory", entry["name"]))
    return render("folder.html", **shown, path=path, entries=inside, revision=call.params["rev"])


def file(call: Call) -> Response:
    """A file: its text if it is small, and a link to download it."""
    path = call.params["path"].strip("/")
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        found = history.file_at(db, commit, path)
        shown = about(call, db, repo, commit, "files")
    if found is None:
        raise entry_not_found(path, commit.oid)
    text = None
    if found.size <= _SHOWN_SIZE and not found.is_lfs:
        try:
            text = _read(call, found).decode()
        except UnicodeDecodeError:
            pass
    return render("file.html", **shown, path=path, file=found, text=text, revision=call.params["rev"])


def commits(call: Call) -> Response:
    """A commit and its ancestors."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        found = history.ancestors(db, commit, limit=_PAGE)
        shown = about(call, db, repo, commit, "commits")
    return render("commits.html", **shown, commits=found)


def commit(call: Call) -> Response:
    """A commit and the files that it changed."""
    with call.hub.store.read() as db:
        repo = readable(call, db)
        made = history.resolve(db, repo, call.params["rev"])
        parent = history.parent_of(db, made)
        before, after = history.files_of(db, parent), history.files_of(db, made)
        shown = about(call, db, repo, made, "commits")
    changes = [(path, what, new or old) for path, what, old, new in changes_of(before, after)]
    return render("commit.html", **shown, parent=parent, changes=changes[:_PAGE], num_changes=len(changes))


def discussion_list(call: Call) -> Response:
    """The discussions and pull requests of a repository."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        found = discussions.list_discussions(db, repo)
        shown = about(call, db, repo, history.resolve(db, repo, "main"), "discussions")
    return render("discussions.html", **shown, discussions=found)


def discussion(call: Call) -> Response:
    """A discussion with all its events."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        found = discussions.find(db, repo, int(call.params["num"]))
        shown = about(call, db, repo, history.resolve(db, repo, "main"), "discussions")
        events = discussions.events_of(db, found)
    comments = call.hub.comments(event.content.get("text", "") for event in events)
    return render(
        "discussion.html", **shown, discussion=found, events=list(zip(events, map(Markup, comments), strict=True))
    )


def _facts(call: Call, db: sqlite3.Connection, repo: Repo) -> ModelFacts:
    """What is known of a model; nothing if the account may not read its files, or they are damaged."""
    try:
        repo.check_readable(call.account)
        return facts_of(call.hub.store.blobs, history.files_of(db, history.resolve(db, repo, "main")))
    except HubError:
        return ModelFacts()


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


def _read(call: Call, file: File) -> bytes:
    return call.hub.store.blobs.read(file.sha256, file.size)


def _ask_for_password() -> dict[str, str]:
    return {"WWW-Authenticate": 'Basic realm="model hub", charset="UTF-8"'}


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
