"""Parse a stream of texts with a checkpoint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from bilstm_nlu.errors import DataError, NluError
from bilstm_nlu.normalisation import is_installed, normalise_value

from ..frames_bilstm_nlu import Frame, Normaliser
from ..pipeline_bilstm_nlu import BiLstmNluPipeline
from ..validation_bilstm_nlu import check_threshold
from .load import load_checkpoint

__all__ = ["predict"]


def predict(
    checkpoint: str | Path,
    texts: Iterable[str],
    *,
    top_k: int | None = 1,
    threshold: float | None = None,
    revision: str | None = None,
    normalise: Normaliser | None = None,
    now: datetime | None = None,
    language: str = "en",
    prefer: str | None = None,
    multi: bool = False,
    intents: Sequence[str] | None = None,
    catalogs: Mapping[str, Any] | None = None,
) -> Iterator[Frame]:
    """Parse texts one by one, each as soon as it arrives: a line typed into a pipe is answered at once.

    The checkpoint is loaded before the first text is read.

    Args:
        checkpoint: a folder or a hub id.
        texts: the texts to parse; any iterable, such as an open file.
        top_k: with more than 1, each frame also lists that many `intents` with their scores; with `None`, all of them.
        threshold: the smallest score that is accepted, from 0 to 1; that of the checkpoint by default.
        revision: branch, tag or commit of a hub id.
        normalise: a function that normalises slot values, passed to `BiLstmNluPipeline`; by default, numbers, dates,
            times and durations are normalised with `normalise_value` if the libraries for it are installed.
        now: the moment that `normalise_value` counts from; the time of the call by default.
        language: the language for `normalise_value`.
        prefer: the direction of dates for `normalise_value`; that of the checkpoint by default.
        intents: the intents that are possible, see `BiLstmNluPipeline`.
        catalogs: more values of slot types, see `BiLstmNluPipeline`.
        multi: split texts with several intents: one frame for each, with its place `start` and `end` in the text.

    Raises:
        NluError: the checkpoint cannot be loaded, or `multi` is true and it cannot split texts.
        DataError: `intents` or `catalogs` have a name that the model does not know, or another layout.
        ValueError: the threshold is not a number from 0 to 1.
    """
    if threshold is not None:
        check_threshold(threshold)
    model, tokenizer = load_checkpoint(checkpoint, revision)
    nlu = BiLstmNluPipeline(model=model, tokenizer=cast(Any, tokenizer), device=model.device)
    if multi and model.segment_heads is None:
        raise NluError(
            f"{checkpoint}: this checkpoint cannot split texts with several intents; train it again with this version"
        )
    if normalise is None and is_installed():
        direction = prefer or model.config.prefer_dates
        normalise = partial(normalise_value, now=now, language=language, prefer=direction)
    call: dict[str, Any] = {"top_k": top_k, "normalise": normalise, "threshold": threshold}
    call |= {"intents": intents, "catalogs": catalogs}
    try:
        nlu._sanitize_parameters(**call)  # wrong arguments are an error now, not at the first text
    except ValueError as error:
        raise DataError(str(error)) from error
    if multi:
        return (frame for text in texts for frame in nlu(text, multi=True, **call))
    return (nlu(text, **call) for text in texts)
