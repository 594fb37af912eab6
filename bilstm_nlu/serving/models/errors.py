"""The answers to requests that the server refuses. No message contains a text that a user said."""

from collections.abc import Sequence

from ..refusal import Refusal

__all__ = [
    "bad_request",
    "cannot_load",
    "forbidden",
    "not_valid",
    "not_found",
    "too_long",
    "too_many",
    "unauthorised",
    "unknown_model",
    "unknown_revision",
    "wrong_method",
]

_RETRY = {"Retry-After": "1"}  # seconds


def bad_request(message: str) -> Refusal:
    """The request is not well formed."""
    return Refusal(400, message)


def unauthorised(message: str) -> Refusal:
    """The request has no valid token."""
    return Refusal(401, message, headers={"WWW-Authenticate": "Bearer"})


def forbidden(message: str) -> Refusal:
    """The token may not do this."""
    return Refusal(403, message)


def not_found(message: str) -> Refusal:
    """There is nothing at this URL."""
    return Refusal(404, message)


def wrong_method(method: str) -> Refusal:
    """The URL has another method."""
    return Refusal(405, f"this URL answers only {method}", headers={"Allow": method})


def unknown_model(name: str, near: Sequence[str]) -> Refusal:
    """There is no such model."""
    hint = f"did you mean {', '.join(near)}?" if near else "GET /v1/models lists the models"
    return Refusal(404, f"there is no model {name!r:.200}; {hint}", content={"near": list(near)})


def unknown_revision(name: str, label: str, known: Sequence[str]) -> Refusal:
    """The model has no such revision."""
    there = ", ".join(known) or "only the one that is served"
    message = f"the model {name!r} has no revision {label!r:.200}; it has {there}"
    return Refusal(404, message, content={"near": list(known)})


def too_long(message: str) -> Refusal:
    """A body, a text or a batch is longer than the server allows."""
    return Refusal(413, message)


def not_valid(message: str) -> Refusal:
    """The content of the request does not fit its description, or the model."""
    return Refusal(422, message)


def too_many(message: str) -> Refusal:
    """Too many requests wait already."""
    return Refusal(429, message, headers=_RETRY)


def cannot_load(name: str, reason: str, seconds: int) -> Refusal:
    """The model is there, but it cannot be loaded."""
    return Refusal(
        503, f"the model {name!r} cannot be loaded: {reason}", headers={"Retry-After": str(max(seconds, 1))}
    )
