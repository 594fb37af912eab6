"""Committed results of today, and comparing with them; what must outlive any move of modules.

Every name of the package that the pins use is imported here, so that a move changes one file.
`BILSTM_NLU_WRITE_PINS=1` writes the files instead of comparing with them.
"""

import json
import os
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu import (
    BiLstmNluForIntentAndSlots,
    BiLstmNluPipeline,
    TransferTrainer,
    build_model,
    build_tokenizer,
)
from modeling_bilstm_nlu.data import RawDomain, available_formats, embedded_domains, load_domain, read
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training import TransferArguments
from modeling_bilstm_nlu.training.recipes import (
    TrainRecipe,
    TransferRecipe,
    dump_recipe,
    load_recipe,
    training_arguments,
)
from modeling_bilstm_nlu.training.transfer import add_gazetteers

__all__ = [
    "HERE",
    "SAMPLES",
    "BiLstmNluForIntentAndSlots",
    "BiLstmNluPipeline",
    "TrainRecipe",
    "TransferRecipe",
    "TransferArguments",
    "TransferTrainer",
    "add_gazetteers",
    "available_formats",
    "build_model",
    "build_tokenizer",
    "committed",
    "dump_recipe",
    "embedded_domains",
    "format_of",
    "load_domain",
    "load_embedded",
    "load_recipe",
    "pinned",
    "read_counts",
    "training_arguments",
]

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"


def pinned(name: str, found: Any) -> Any:
    """What the committed file `name` says; where the environment asks for it, the file is written first.

    Args:
        name: of a JSON file in this folder.
        found: what the code gives now, as JSON can hold it.
    """
    if os.environ.get("BILSTM_NLU_WRITE_PINS"):
        (HERE / name).write_text(_text(found), encoding="utf-8")
    return committed(name)


def committed(name: str) -> Any:
    """What a JSON file in this folder says."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def _text(found: dict[str, Any]) -> str:
    """One line an entry: a change shows as the lines that it changes."""
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def format_of(source: str | Path) -> str | None:
    """The format that a source is recognised as; `None` where no reader takes it."""
    try:
        return format_for(source).name
    except DataError:
        return None


def read_counts(path: Path) -> list[int] | None:
    """Numbers of utterances, intents and slot types of a source; `None` where its data is refused."""
    try:
        raw: RawDomain = read(path)
    except DataError:
        return None
    rows = [row for split in raw.splits.values() for row in split]
    slot_types = {span.slot_type for row in rows for span in row.spans or ()}
    return [len(rows), len({row.intent for row in rows}), len(slot_types)]


def load_embedded() -> BiLstmNluForIntentAndSlots:
    """The generic checkpoint in the package, in evaluation mode."""
    return load_checkpoint("bilstm-nlu-generic-en")[0]
