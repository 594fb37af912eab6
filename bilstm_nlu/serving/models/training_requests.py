"""The requests with which the page checks data, trains a model, and tries it."""

import asyncio
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import NluError
from ..refusal import Refusal
from .access import READ, TRAIN
from .calls import arguments_for, call_of, parse_schema
from .errors import not_valid
from .exchange import Answer, Exchange, as_json
from .operations import Operation
from .schema import check, parse_json
from .service import Service
from .trainings import EXAMPLE, Training, describe_error
from .uploads import UPLOAD_SCHEMA

__all__ = ["training_operations"]

_SCHEMA: dict[str, Any] = {
    **UPLOAD_SCHEMA,
    "required": [],
    "properties": {
        **UPLOAD_SCHEMA["properties"],
        "example": {"type": "boolean", "default": False, "description": f"Take {EXAMPLE}, which is in the package."},
    },
}
_KEY = "The secret key of the training."
_STATE = {
    "training": _KEY,
    "state": "checked, running, done or failed, for the model that starts from a pretrained one.",
    "runs": "pretrained and scratch: the state, the seconds, the points of the learning curve, what was printed.",
    "scores": "When it is done: split -> scores.",
    "examples": "When it is done: utterances to try.",
}


def training_operations(service: Service) -> Sequence[Operation]:
    """The requests; all of them are refused if visitors may not train."""
    answers = _Trainer(service)
    path = "/v1/trainings/{key}"
    return [
        Operation(
            "GET", "/v1/trainings", answers.offer, "Whether models can be trained here, and on how much data.", READ,
            answer={"trains": "Whether they can.", "upload": "Bytes of data.", "utterances": "Most utterances."},
        ),
        Operation(
            "POST", "/v1/trainings", answers.check, "Check a skill or data, as `check-data` does.", TRAIN,
            body=_SCHEMA, answer={"training": _KEY, "report": "What the check found."},
        ),
        Operation("GET", path, answers.status, "How far a training is.", TRAIN, answer=_STATE),
        Operation(
            "POST", path, answers.start, "Train a model on the data, and one from random weights next to it.", TRAIN,
            answer=_STATE,
        ),
        Operation("DELETE", path, answers.remove, "Stop a training, and delete its data and model.", TRAIN, answer={}),
        Operation(
            "POST", f"{path}/parse", answers.parse, "Parse one text with the trained model.", TRAIN,
            body=parse_schema(service.limits), answer={"frame": "The frame.", "frames": "With multi: the frames."},
        ),
        Operation("GET", f"{path}/model.zip", answers.download, "The trained checkpoint, as an archive.", TRAIN),
    ]  # fmt: skip


class _Trainer:
    """Makes the answers.

    Args:
        service: the service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parse_schema = parse_schema(service.limits)

    async def offer(self, exchange: Exchange) -> Answer:
        """Say whether and on how much data models can be trained."""
        trainings = self._service.trainings
        if trainings is None:
            return as_json({"trains": False})
        limits = trainings.limits
        upload = min(limits.upload, self._service.limits.body * 3 // 4)  # base64 takes four bytes for three
        return as_json({"trains": True, "upload": upload, "utterances": limits.utterances, "idle": limits.idle})

    async def check(self, exchange: Exchange) -> Answer:
        """Take over data and check it."""
        body = parse_json(exchange.body)
        check(body, _SCHEMA)
        files = body.get("files")
        if (files is None) != body.get("example", False):
            raise not_valid("the body must have either files or example")
        training = await self._trainings.check(files)
        return as_json({"training": training.key, "report": {**training.report, "data": Path(training.source).name}})

    async def start(self, exchange: Exchange) -> Answer:
        """Begin to train."""
        training = self._training(exchange)
        await self._trainings.start(training)
        return as_json(await asyncio.to_thread(training.status))

    async def status(self, exchange: Exchange) -> Answer:
        """Say how far it is."""
        return as_json(await asyncio.to_thread(self._training(exchange).status))

    async def remove(self, exchange: Exchange) -> Answer:
        """Stop and delete it."""
        training = self._training(exchange)
        await self._trainings.remove(training.key)
        return as_json({})

    async def parse(self, exchange: Exchange) -> Answer:
        """Parse one text."""
        training, body = self._training(exchange), parse_json(exchange.body)
        check(body, self._parse_schema)
        call = call_of(body)

        def compute() -> Any:
            nlu = training.nlu()
            return nlu(call.texts[0], **(arguments_for(nlu, call.options) if call.options else {}))

        try:
            found = await asyncio.to_thread(compute)
        except Refusal:
            raise
        except NluError as error:
            raise not_valid(describe_error(error, str(training.folder))) from error
        return as_json({"frames" if isinstance(found, list) else "frame": found})

    async def download(self, exchange: Exchange) -> Answer:
        """The folder of the checkpoint."""
        training = self._training(exchange)
        await asyncio.to_thread(training.nlu)  # it is complete, and it can be loaded
        content = await asyncio.to_thread(_packed, training.model)
        name = Path(training.source).stem or "model"
        shown = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in name)
        return Answer(
            content,
            200,
            b"application/zip",
            ((b"content-disposition", f'attachment; filename="{shown}.zip"'.encode()),),
        )

    @property
    def _trainings(self) -> Any:
        if self._service.trainings is None:
            raise Refusal(403, "models cannot be trained here; start the server with --train")
        return self._service.trainings

    def _training(self, exchange: Exchange) -> Training:
        return self._trainings.get(exchange.scope["path_params"]["key"])


def _packed(folder: Path) -> bytes:
    """The files of a folder as an archive, with a folder in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path("model") / path.relative_to(folder))
    return content.getvalue()
