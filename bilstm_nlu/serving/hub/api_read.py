"""API calls that read: repositories with their branches, commits, folders and files."""

from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from . import history
from .access import readable, repo_of
from .errors import bad_request, entry_not_found, repo_not_found
from .info import commit_entry, entries_of, repo_info
from .routing import Call, Route

__all__ = ["ROUTES"]

_PAGE = 1000
_CURE = "this-hub-has-no-xet:set-HF_HUB_DISABLE_XET=1-and-try-again"


def info(call: Call) -> Response:
    """A repository at a revision, with its files."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        commit = history.resolve(db, repo, call.params.get("rev", "main"))
        return JSONResponse(
            repo_info(call.hub.store, db, repo, commit, with_siblings=True, with_blobs=call.is_asked("blobs"))
        )


def tree(call: Call) -> Response:
    """The files and folders in a folder; with `recursive`, also those in its subfolders."""
    folder = call.params.get("path", "").strip("/")
    is_recursive, with_changes = call.is_asked("recursive"), call.is_asked("expand")
    limit = min(max(call.number("limit", _PAGE), 1), _PAGE)
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        entries = entries_of(db, history.files_of(db, commit), with_changes=with_changes)
    if folder and entries.get(folder, {}).get("type") != "directory":  # an empty answer would mean an empty folder
        raise entry_not_found(folder, commit.oid)
    prefix = f"{folder}/" if folder else ""
    found = [
        entry
        for path, entry in entries.items()
        if path.startswith(prefix) and (is_recursive or "/" not in path[len(prefix) :]) and path > call.query("cursor")
    ]
    headers = {"X-Repo-Commit": commit.oid}
    if len(found) > limit:
        query = {"recursive": is_recursive, "expand": with_changes, "limit": limit, "cursor": found[limit - 1]["path"]}
        headers["Link"] = f'<{call.url}?{urlencode(query)}>; rel="next"'
    return JSONResponse(found[:limit], headers=headers)


def paths_info(call: Call) -> Response:
    """The entries of some paths; paths that do not exist are left out."""
    with call.hub.store.read() as db:
        repo = readable(call, db)
        files = history.files_of(db, history.resolve(db, repo, call.params["rev"]))
        entries = entries_of(db, files, with_changes="true" in map(str.lower, call.form("expand")))
    paths = dict.fromkeys(path.strip("/") for path in call.form("paths"))
    return JSONResponse([entries[path] for path in paths if path in entries])


def refs(call: Call) -> Response:
    """The branches and tags; with `include_prs`, also the pull requests."""
    kinds: dict[str, list[dict[str, str]]] = {"heads": [], "tags": [], "pr": []}
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        for name, oid in history.refs_of(db, repo).items():
            _, kind, short = name.split("/", 2)
            kinds[kind].append({"name": short, "ref": name, "targetCommit": oid})
    content = {"branches": kinds["heads"], "tags": kinds["tags"], "converts": []}
    if call.is_asked("include_prs"):
        content["pullRequests"] = kinds["pr"]
    return JSONResponse(content)


def list_commits(call: Call) -> Response:
    """A commit and its ancestors."""
    page = call.number("p")
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        head = history.resolve(db, repo, call.params["rev"])
        found = history.ancestors(db, head, limit=_PAGE + 1, skip=page * _PAGE)
    headers = {"Link": f'<{call.url}?p={page + 1}>; rel="next"'} if len(found) > _PAGE else {}
    return JSONResponse([commit_entry(commit) for commit in found[:_PAGE]], headers=headers)


def no_owner(call: Call) -> Response:
    """Refuse names without an owner, such as the name of a well-known model of another hub."""
    raise repo_not_found(call.account is not None)


def no_xet(call: Call) -> Response:
    """Redirect clients that use only Xet to a URL that names the cure: their error message shows only the URL."""
    return RedirectResponse(f"{call.endpoint}/-/{_CURE}", 307)


def cure(call: Call) -> Response:
    """Repeat the cure in the answer, for people who read it."""
    raise bad_request(
        "this hub does not support Xet, and clients with hf_xet use nothing else; set HF_HUB_DISABLE_XET=1 and "
        "try again, or start the hub with --regular"
    )


ROUTES = [
    Route("GET", "/api/{types}/{name}", no_owner),
    Route("GET", "/api/{types}/{name}/revision/{rev}", no_owner),
    Route("GET", "/{web}{name}/resolve/{rev}/{path}", no_owner),
    Route("GET", "/api/{types}/{ns}/{name}", info),
    Route("GET", "/api/{types}/{ns}/{name}/revision/{rev}", info),
    Route("GET", "/api/{types}/{ns}/{name}/tree/{rev}", tree),
    Route("GET", "/api/{types}/{ns}/{name}/tree/{rev}/{path}", tree),
    Route("POST", "/api/{types}/{ns}/{name}/paths-info/{rev}", paths_info, "memory"),
    Route("GET", "/api/{types}/{ns}/{name}/refs", refs),
    Route("GET", "/api/{types}/{ns}/{name}/commits/{rev}", list_commits),
    Route("GET", "/api/{types}/{ns}/{name}/xet-read-token/{rev}", no_xet),
    Route("GET", "/api/{types}/{ns}/{name}/xet-write-token/{rev}", no_xet),
    Route("GET", f"/-/{_CURE}", cure),
]
