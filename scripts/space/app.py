"""The page to try models and to train one, on this machine or as a Space; see README.md."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models import JsonLines, Limits, ServerSettings, TrainingLimits, serve

FILE = Path(__file__).with_name("checkpoints.json")
_PORT = 7860
_GENERIC = "bilstm-nlu-generic-en"  # in the package
_BODY = 16_000_000  # bytes of a request; a skill in base64


def read_settings(environment: Mapping[str, str], file: Path = FILE) -> ServerSettings:
    """What the page offers.

    Args:
        environment: BILSTM_NLU_CHECKPOINTS names folders or `owner/name@revision`, separated by commas, in place of
            the file; BILSTM_NLU_HUB_OWNER adds all models of an owner on the hub; with BILSTM_NLU_PUBLIC=1, everyone
            is answered.
        file: a list of objects with `model` and `revision`.

    Raises:
        NluError: the file is not such a list.
    """
    listed = [part.strip() for part in environment.get("BILSTM_NLU_CHECKPOINTS", "").split(",") if part.strip()]
    owner = environment.get("BILSTM_NLU_HUB_OWNER") or None
    if not listed and file.is_file():
        listed = _listed(file)
    if not listed and owner is None:
        listed = [_GENERIC]
    return ServerSettings(
        models=tuple(listed),
        hub=owner,
        trainings=TrainingLimits(),
        limits=Limits(body=_BODY),
        is_public=environment.get("BILSTM_NLU_PUBLIC") == "1",
    )


def _listed(file: Path) -> list[str]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return [f"{one['model']}@{one['revision']}" if one.get("revision") else one["model"] for one in entries]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NluError(f"{file.name}: it must be a list of objects with model and revision ({error!r})") from error


def main() -> None:
    """Serve the page at port 7860, or the port in PORT."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("bilstm_nlu.serving.models")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    settings = read_settings(os.environ)
    host = "0.0.0.0" if settings.is_public else "127.0.0.1"
    port = int(os.environ.get("PORT", _PORT))
    serve(settings, host=host, port=port, on_start=lambda url: print(f"open {url}", flush=True))


if __name__ == "__main__":
    main()
