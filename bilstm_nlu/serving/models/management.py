"""The answers to requests about models and about the server itself."""

from typing import Any

from anyio import to_thread

from ..refusal import Refusal
from .access import READ
from .descriptions import describe, describe_labels
from .errors import bad_request
from .exchange import Answer, Exchange, as_json
from .metrics import CONTENT_TYPE
from .refreshing import Refreshing
from .schema import check, parse_json
from .service import Service

__all__ = ["ROLLBACK_SCHEMA", "Management"]

_MOST_LISTED = 1000
ROLLBACK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "revision": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The revision to go back to; by default, the one before the one that answers.",
        }
    },
    "additionalProperties": False,
}


class Management:
    """Makes the answers.

    Args:
        service: the service.
        refreshing: looks for new revisions.
    """

    def __init__(self, service: Service, refreshing: Refreshing) -> None:
        self.service, self._refreshing = service, refreshing

    async def health(self, exchange: Exchange) -> Answer:
        """Say that the process answers."""
        return as_json({"status": "ok"})

    async def ready(self, exchange: Exchange) -> Answer:
        """Say whether requests are taken, and which models cannot be loaded."""
        service, failures = self.service, self.service.store.failures
        content: dict[str, Any] = {
            "ready": service.is_ready,
            "models": len(service.store.catalogue.models),
            "num_failed": len(failures),
        }
        if self._may_read(exchange):
            content["failed"] = {str(revision): failure.reason for revision, failure in failures.items()}
        return as_json(content, 200 if service.is_ready else 503)

    def _may_read(self, exchange: Exchange) -> bool:
        """Whether a request without a token is enough, or the request has one."""
        try:
            self.service.access.check(exchange.header(b"authorization"), READ)
        except Refusal:
            return False
        return True

    async def metrics(self, exchange: Exchange) -> Answer:
        """All numbers, for Prometheus."""
        page = await to_thread.run_sync(self.service.metrics.page)
        return Answer(page, 200, CONTENT_TYPE.encode())

    async def models(self, exchange: Exchange) -> Answer:
        """List the models, in the order of their names."""
        query = exchange.query
        limit, after = query.get("limit", str(_MOST_LISTED)), query.get("after", "")
        if not limit.isdecimal() or not 1 <= len(limit) <= 4 or not 1 <= int(limit) <= _MOST_LISTED:
            raise bad_request(f"limit must be a number from 1 to {_MOST_LISTED}")
        known = self.service.store.catalogue.models
        names = sorted(name for name in known if name > after)
        shown = [known[name] for name in names[: int(limit)]]
        found = await to_thread.run_sync(lambda: [describe(one) for one in shown])
        following = shown[-1].name if len(names) > len(shown) else None
        return as_json({"models": found, "next": following, "default": self.service.default})

    async def model(self, exchange: Exchange) -> Answer:
        """Describe a model; it is loaded if it is not in memory."""
        reference = exchange.name or ""
        await self.service.store.get(reference)
        known, _ = self.service.store.catalogue.get(reference)
        found = await to_thread.run_sync(describe, known)
        return as_json({**found, **describe_labels(known)})

    async def reload(self, exchange: Exchange) -> Answer:
        """Load the newest revision of a model, which answers from then on."""
        return await self._choose(exchange, None)

    async def rollback(self, exchange: Exchange) -> Answer:
        """Let an older revision of a model answer from now on."""
        body = parse_json(exchange.body or b"{}")
        check(body, ROLLBACK_SCHEMA)
        known, _ = self.service.store.catalogue.get(exchange.name or "")
        revision = body.get("revision") or known.revision_before()
        return await self._choose(exchange, revision)

    async def _choose(self, exchange: Exchange, revision: str | None) -> Answer:
        name = exchange.name or ""
        label, workers = await self._refreshing.choose(name, revision)
        exchange.told.update(model=name, revision=label)
        return as_json({"model": name, "revision": label, "workers": workers})
