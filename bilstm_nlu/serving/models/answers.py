"""The answers to requests about texts: frames, and frames in the shapes of Rasa and Home Assistant."""

import time
from collections.abc import Iterable
from typing import Any

from ... import __version__
from .access import READ
from .calls import Call, arguments_for, batch_schema, call_of, parse_schema
from .errors import not_found
from .exchange import Answer, Exchange, as_json
from .loading import LoadedModel
from .schema import check, parse_json
from .service import Service
from .shapes import RASA_SCHEMA, TOP_INTENTS, home_assistant, rasa

__all__ = ["Answers"]

_OLDEST_RASA = "3.0.0"


class Answers:
    """Makes the answers.

    Args:
        service: the service.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.parse_schema, self.batch_schema = parse_schema(service.limits), batch_schema(service.limits)
        text = {**RASA_SCHEMA["properties"]["text"], "maxLength": service.limits.text}
        self.rasa_schema = {**RASA_SCHEMA, "properties": {**RASA_SCHEMA["properties"], "text": text}}

    async def parse(self, exchange: Exchange) -> Answer:
        """Parse one text."""
        body = parse_json(exchange.body)
        check(body, self.parse_schema)
        model, frames = await self._frames(exchange, call_of(body))
        found = frames[0]
        key = "frames" if isinstance(found, list) else "frame"
        return as_json({"model": model.name, "revision": model.label, key: found})

    async def batch(self, exchange: Exchange) -> Answer:
        """Parse several texts."""
        body = parse_json(exchange.body)
        check(body, self.batch_schema)
        model, frames = await self._frames(exchange, call_of(body))
        return as_json({"model": model.name, "revision": model.label, "frames": frames})

    async def intent(self, exchange: Exchange) -> Answer:
        """Parse one text, and answer with the body of Home Assistant's `POST /api/intent/handle`."""
        body = parse_json(exchange.body)
        check(body, self.parse_schema)
        _, frames = await self._frames(exchange, call_of({**body, "multi": False}))
        return as_json(home_assistant(frames[0]))

    async def rasa_parse(self, exchange: Exchange) -> Answer:
        """Parse one text as Rasa does."""
        body = parse_json(exchange.body)
        check(body, self.rasa_schema)
        self._check_rasa_token(exchange, body.get("token"))
        _, frames = await self._frames(exchange, Call([body["text"]], {"top_k": TOP_INTENTS}))
        return as_json(rasa(frames[0], body.get("message_id")))

    async def rasa_status(self, exchange: Exchange) -> Answer:
        """Say which model answers, as Rasa does."""
        self._check_rasa_token(exchange, None)
        model = await self._model(exchange)
        identity = f"{model.name}@{model.label}"
        return as_json(
            {"model_file": identity, "model_id": identity, "fingerprint": {}, "num_active_training_jobs": 0}
        )

    async def rasa_version(self, exchange: Exchange) -> Answer:
        """Say which version this is, as Rasa does."""
        return as_json({"version": __version__, "minimum_compatible_version": _OLDEST_RASA})

    def _check_rasa_token(self, exchange: Exchange, token: str | None) -> None:
        """Rasa's clients send the token in the body or in the URL, where other clients send a header."""
        given = token or exchange.query.get("token")
        authorization = exchange.header(b"authorization") or (f"Bearer {given}" if given else None)
        self.service.access.check(authorization, READ)

    async def _model(self, exchange: Exchange) -> LoadedModel:
        name = exchange.name or self.service.default
        if name is None:
            raise not_found("this server has several models; use /v1/models/NAME as base address, or --default NAME")
        model = self.service.store.find(name) or await self.service.store.get(name)
        exchange.told["model"], exchange.told["revision"] = model.name, model.label
        return model

    async def _frames(self, exchange: Exchange, call: Call) -> tuple[LoadedModel, list[Any]]:
        """The frames of a call, and the model that made them."""
        model = await self._model(exchange)
        arguments = arguments_for(model.nlu, call.options) if call.options else call.options
        frames = await self.service.queue.parse(model, call.texts, arguments)
        seconds = time.perf_counter() - exchange.started
        model.counters.count([frame["accepted"] for frame in _flat(frames)], seconds)
        exchange.told["texts"] = len(call.texts)
        if self.service.texts is not None:
            self.service.texts.write(model.name, model.label, _flat(frames))
        return model, frames


def _flat(frames: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """All frames; a text that was split has a list of them."""
    for frame in frames:
        if isinstance(frame, list):
            yield from frame
        else:
            yield frame
