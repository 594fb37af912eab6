"""API calls that create and delete branches and tags."""

from starlette.responses import JSONResponse, Response

from . import history
from .access import writable
from .routing import Call, Route, text_of

__all__ = ["ROUTES"]


def create_branch(call: Call) -> Response:
    """Create a branch."""
    with call.hub.store.write() as db:
        repo = writable(call, db)
        start = history.resolve(db, repo, text_of(call.json, "startingPoint", "main"))
        history.create_ref(db, repo, f"refs/heads/{call.params['branch']}", start)
    return JSONResponse({})


def delete_branch(call: Call) -> Response:
    """Delete a branch."""
    with call.hub.store.write() as db:
        history.delete_ref(db, writable(call, db), f"refs/heads/{call.params['branch']}")
    return JSONResponse({})


def create_tag(call: Call) -> Response:
    """Create a tag."""
    with call.hub.store.write() as db:
        repo = writable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        history.create_ref(db, repo, f"refs/tags/{text_of(call.json, 'tag')}", commit)
    return JSONResponse({})


def delete_tag(call: Call) -> Response:
    """Delete a tag."""
    with call.hub.store.write() as db:
        history.delete_ref(db, writable(call, db), f"refs/tags/{call.params['tag']}")
    return JSONResponse({})


ROUTES = [
    Route("POST", "/api/{types}/{ns}/{name}/branch/{branch}", create_branch, "memory", Call.signed_in),
    Route("DELETE", "/api/{types}/{ns}/{name}/branch/{branch}", delete_branch),
    Route("POST", "/api/{types}/{ns}/{name}/tag/{rev}", create_tag, "memory", Call.signed_in),
    Route("DELETE", "/api/{types}/{ns}/{name}/tag/{tag}", delete_tag),
]
