"""API calls for accounts and whole repositories."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from starlette.responses import JSONResponse, Response

from . import commits, history, repositories
from .access import readable, writable
from .cards import card_problems
from .errors import HubError, bad_request
from .info import listed_info
from .lfs import GIT_ATTRIBUTES
from .names import check_repo_id
from .routing import Call, Route, text_of

__all__ = ["ROUTES"]

_PAGE = 1000


def who_am_i(call: Call) -> Response:
    """The account that the token belongs to."""
    account = call.signed_in()
    role = "write" if account.can_write else "read"
    orgs = [{"type": "org", "name": owner, "fullname": owner} for owner in account.owners if owner != "*"]
    return JSONResponse(
        {
            "type": "user",
            "id": account.name,
            "name": account.name,
            "fullname": account.name,
            "email": None,
            "isPro": False,
            "orgs": orgs,
            "auth": {"type": "access_token", "accessToken": {"displayName": account.name, "role": role}},
        }
    )


def create_repo(call: Call) -> Response:
    """Create a repository with its first commit."""
    account = call.signed_in()
    values = call.json
    namespace = text_of(values, "organization", account.name)
    repo_type = text_of(values, "type", "model")
    name = text_of(values, "name")
    is_private = _is_private(values)
    check_repo_id(namespace, name)
    account.check_may_write(namespace)
    attributes = commits.regular_file(".gitattributes", call.hub.store.blobs.put(GIT_ATTRIBUTES))
    try:
        with call.hub.store.write() as db:
            repo = repositories.create(
                db, repo_type, namespace, name, is_private=bool(is_private), sdk=text_of(values, "sdk", "")
            )
            commits.first_commit(db, repo, account.name, [attributes], "initial commit")
    except HubError as error:
        if error.status == 409:  # the client reads the URL from this answer, too
            with call.hub.store.read() as db:
                error.content["url"] = call.repo_url(repositories.find(db, account, repo_type, namespace, name))
        raise
    return JSONResponse({"url": call.repo_url(repo), "name": repo.id, "id": repo.id, "private": repo.is_private})


def delete_repo(call: Call) -> Response:
    """Delete a repository."""
    account = call.signed_in()
    namespace = text_of(call.json, "organization", account.name)
    with call.hub.store.write() as db:
        repo = repositories.find(
            db, account, text_of(call.json, "type", "model"), namespace, text_of(call.json, "name")
        )
        account.check_may_write(repo.namespace)
        repositories.delete(db, repo)
    return Response()


def move_repo(call: Call) -> Response:
    """Give a repository another name or owner."""
    account = call.signed_in()
    source, target = (_parts(text_of(call.json, key)) for key in ("fromRepo", "toRepo"))
    with call.hub.store.write() as db:
        repo = repositories.find(db, account, text_of(call.json, "type", "model"), *source)
        account.check_may_write(repo.namespace)
        account.check_may_write(target[0])
        repositories.move(db, repo, *target)
    return JSONResponse({})


def duplicate_repo(call: Call) -> Response:
    """Create a repository with the files that another repository has now."""
    account = call.signed_in()
    namespace, name = _parts(text_of(call.json, "repository"))
    check_repo_id(namespace, name)
    account.check_may_write(namespace)
    with call.hub.store.write() as db:
        source = readable(call, db)
        is_private = _is_private(call.json)
        repo = repositories.create(
            db,
            source.type,
            namespace,
            name,
            is_private=source.is_private if is_private is None else is_private,
            sdk=source.sdk,
        )
        files = history.files_of(db, history.resolve(db, source, "main"))
        commits.first_commit(db, repo, account.name, files.values(), f"Duplicate from {source.id}")
    return JSONResponse({"url": call.repo_url(repo)})


def change_settings(call: Call) -> Response:
    """Change who may see a repository, and who may read its files."""
    gated = call.json.get("gated")
    if gated not in (None, False, "auto", "manual"):
        raise bad_request("gated must be 'auto', 'manual' or false")
    with call.hub.store.write() as db:
        repo = writable(call, db)
        is_private = _is_private(call.json)
        repositories.update(db, repo, is_private=is_private, gated=None if gated is None else gated or "")
    return JSONResponse({})


def check_access(call: Call) -> Response:
    """Check that the account may read the files."""
    with call.hub.store.read() as db:
        readable(call, db)
    return JSONResponse({})


def check_write_access(call: Call) -> Response:
    """Check that the account may write."""
    with call.hub.store.read() as db:
        writable(call, db)
    return JSONResponse({})


def validate_yaml(call: Call) -> Response:
    """List what is wrong with the metadata of a README."""
    repo_type = text_of(call.json, "repoType", "model")
    errors, warnings = card_problems(
        text_of(call.json, "content"), repo_type if repo_type in ("dataset", "space") else "model"
    )
    content = {"errors": [{"message": text} for text in errors], "warnings": [{"message": text} for text in warnings]}
    return JSONResponse(content, 400 if errors else 200)


def list_repos(call: Call) -> Response:
    """The repositories of a type."""
    search = " ".join(call.request.query_params.getlist("search"))
    author = call.query("author") or None
    wanted = set(call.request.query_params.getlist("filter"))
    wanted |= {value for value in [call.query("pipeline_tag")] if value}
    limit, skip = min(max(call.number("limit", _PAGE), 1), _PAGE), call.number("skip")
    key = call.query("sort")
    with call.hub.store.read() as db:
        repos = repositories.list_visible(db, call.account, call.repo_type, author=author, search=search)
        infos = (listed_info(call.hub.store, db, repo) for repo in repos)
        fitting: Iterable[dict[str, Any]] = (info for info in infos if wanted <= set(info["tags"]))
        if key in ("createdAt", "lastModified"):
            fitting = sorted(fitting, key=lambda info: info[key], reverse=True)
        found = list(islice(fitting, skip, skip + limit + 1))  # the cards of later ones are not read
    headers = {}
    if len(found) > limit:
        url = call.request.url.include_query_params(skip=skip + limit)
        headers["Link"] = f'<{call.url}?{url.query}>; rel="next"'
    return JSONResponse(found[:limit], headers=headers)


def list_own_repos(call: Call) -> Response:
    """The repositories of the account, or of one of its owners, with their sizes."""
    account = call.signed_in()
    owner = call.params.get("ns")
    with call.hub.store.read() as db:
        rows = [
            (repo, db.execute("SELECT total(size) FROM contents WHERE repo = ?", (repo.key,)).fetchone()[0])
            for repo in repositories.list_visible(db, account, author=owner)
            if account.belongs_to(repo.namespace)
        ]
        total = sum(size for _, size in rows) or 1
        content = []
        for repo, size in rows:
            info = listed_info(call.hub.store, db, repo)
            content.append(
                {
                    "id": repo.id,
                    "type": repo.type,
                    "updatedAt": info["lastModified"],
                    "visibility": "private" if repo.is_private else "public",
                    "storage": int(size),
                    "storagePercent": 100 * size / total,
                }
            )
    return JSONResponse(content)


def _is_private(values: dict[str, Any]) -> bool | None:
    if "visibility" in values:
        if values["visibility"] not in ("public", "private"):
            raise bad_request("visibility must be public or private")
        return values["visibility"] == "private"
    return bool(values["private"]) if values.get("private") is not None else None


def _parts(repo_id: str) -> tuple[str, str]:
    namespace, _, name = repo_id.partition("/")
    check_repo_id(namespace, name)
    return namespace, name


ROUTES = [
    Route("GET", "/api/whoami-v2", who_am_i),
    Route("POST", "/api/repos/create", create_repo, "memory", Call.signed_in),
    Route("DELETE", "/api/repos/delete", delete_repo, "memory", Call.signed_in),
    Route("POST", "/api/repos/move", move_repo, "memory", Call.signed_in),
    Route("POST", "/api/validate-yaml", validate_yaml, "memory"),
    Route("GET", "/api/settings/repositories", list_own_repos),
    Route("GET", "/api/organizations/{ns}/settings/repositories", list_own_repos),
    Route("GET", "/api/{types}", list_repos),
    Route("POST", "/api/{types}/{ns}/{name}/duplicate", duplicate_repo, "memory", Call.signed_in),
    Route("PUT", "/api/{types}/{ns}/{name}/settings", change_settings, "memory", Call.signed_in),
    Route("GET", "/api/{types}/{ns}/{name}/auth-check", check_access),
    Route("GET", "/api/{types}/{ns}/{name}/auth-check/write", check_write_access),
]
