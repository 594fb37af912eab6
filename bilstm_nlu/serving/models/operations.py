"""All requests that the server answers. The application and its description are made of this one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .access import ADMIN, READ
from .answers import Answers
from .exchange import Handler
from .management import ROLLBACK_SCHEMA, Management

__all__ = ["Operation", "operations"]


@dataclass(frozen=True)
class Operation:
    """A request that the server answers.

    Attributes:
        method: the HTTP method.
        path: the URL, with `{name}` for the model.
        handler: makes the answer.
        summary: what it does, in one sentence.
        scope: of the tokens that may ask; `None` for everyone.
        body: schema of the body, the one that checks it; `None` without a body.
        answer: what the answer has, key -> description.
        query: parameters after the question mark, name -> description.
        waits: whether the request waits for the network.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    scope: str | None = READ
    body: dict[str, Any] | None = None
    answer: dict[str, str] | None = None
    query: dict[str, str] | None = None
    waits: bool = False


_FRAME = "The frame: text, intent, score, accepted, slots."
_OF_MODEL = {"model": "The name of the model.", "revision": "The revision that answered."}
_RASA = {
    "text": "The text.",
    "intent": "The best intent: name and confidence.",
    "entities": "The slots: entity, value, start, end, confidence_entity, extractor.",
    "intent_ranking": "The best intents with their confidence.",
}
_STATUS = {"model_file": "The model.", "num_active_training_jobs": "Always 0."}
_DESCRIBED = {
    "name": "The name of the model.",
    "revision": "The revision that answers.",
    "revisions": "All revisions, the newest last.",
    "scores": "The scores of its card.",
    "licence": "Its licence.",
    "languages": "Its languages.",
    "loaded": "Whether it is in memory.",
}


def operations(answers: Answers, management: Management) -> Sequence[Operation]:
    """All requests, those that come most often first."""
    return [
        Operation(
            "POST",
            "/v1/models/{name}/parse",
            answers.parse,
            "Parse one text. NAME@REVISION asks one revision.",
            body=answers.parse_schema,
            answer={**_OF_MODEL, "frame": _FRAME, "frames": "With multi: the frames of the parts of the text."},
            waits=True,
        ),
        Operation(
            "POST",
            "/v1/models/{name}/batch",
            answers.batch,
            "Parse several texts.",
            body=answers.batch_schema,
            answer={**_OF_MODEL, "frames": "The frames, in the order of the texts."},
            waits=True,
        ),
        *_rasa("", answers),
        *_rasa("/v1/models/{name}", answers),
        Operation(
            "POST",
            "/v1/models/{name}/intent",
            answers.intent,
            "Parse one text, and answer as Home Assistant's POST /api/intent/handle wants it.",
            body=answers.parse_schema,
            answer={"name": "The intent; null if the text is not accepted.", "data": "Slot type -> value."},
            waits=True,
        ),
        Operation("GET", "/health", management.health, "Whether the process answers.", None, answer={"status": "ok"}),
        Operation(
            "GET",
            "/ready",
            management.ready,
            "Whether requests are taken, and which models cannot be loaded.",
            None,
            answer={"ready": "Whether requests are taken.", "failed": "Model -> why it cannot be loaded."},
        ),
        Operation("GET", "/metrics", management.metrics, "All numbers, in the format of Prometheus."),
        Operation(
            "GET",
            "/v1/models",
            management.models,
            "List the models.",
            query={"limit": "How many, at most 1000.", "after": "Only names after this one."},
            answer={"models": "The models.", "next": "Value of `after` for the next page; null at the end."},
        ),
        Operation(
            "GET", "/v1/models/{name}", management.model, "Describe a model, and load it.", answer={**_DESCRIBED}
        ),
        Operation(
            "POST",
            "/v1/models/{name}/reload",
            management.reload,
            "Load the newest revision of a model, which answers from then on.",
            ADMIN,
            answer={**_OF_MODEL, "workers": "How many processes serve it."},
        ),
        Operation(
            "POST",
            "/v1/models/{name}/rollback",
            management.rollback,
            "Let an older revision answer from now on, until the next reload.",
            ADMIN,
            body=ROLLBACK_SCHEMA,
            answer={**_OF_MODEL, "workers": "How many processes serve it."},
        ),
    ]


def _rasa(base: str, answers: Answers) -> Sequence[Operation]:
    """The requests that Rasa answers too. They check the token themselves: Rasa's clients send it in the body."""
    return [
        Operation(
            "POST",
            f"{base}/model/parse",
            answers.rasa_parse,
            "Parse one text as Rasa does.",
            None,
            body=answers.rasa_schema,
            answer=_RASA,
            waits=True,
        ),
        Operation("GET", f"{base}/status", answers.rasa_status, "The model, as Rasa says it.", None, answer=_STATUS),
        Operation("GET", f"{base}/version", answers.rasa_version, "The version, as Rasa says it.", None, answer={}),
    ]
