"""The facts of a card as a file beside it, so that the card can be written again from them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError, NluError
from bilstm_nlu.files import read_json, write_text

from .card_data import CardData, DatasetFacts
from .latency import Latency

__all__ = ["CARD_DATA_FILE", "read_card_data", "write_card_data"]

#: Their name in the folder of a checkpoint.
CARD_DATA_FILE = "card.json"


def write_card_data(path: Path, card_data: CardData) -> None:
    """Write facts to a file; what is empty or `None` is left out."""
    values = {name: value for name, value in asdict(card_data).items() if value not in (None, False, (), [], {})}
    # ASCII: somebody's label may hold half a surrogate pair, which UTF-8 cannot
    write_text(path, json.dumps(values, indent=1, default=str) + "\n")


def read_card_data(path: Path) -> CardData | None:
    """The facts in a file; `None` where there is no such file.

    Raises:
        NluError: they are damaged, or of a newer version of this package.
    """
    if not path.is_file():
        return None
    try:
        values = read_json(path)
    except DataError as error:
        raise NluError(str(error)) from error
    try:
        known = {field.name for field in fields(CardData)}
        if not isinstance(values, Mapping) or (unknown := sorted(set(values) - known)):
            raise NluError(
                f"{path}: {f'unknown facts {unknown}' if isinstance(values, Mapping) else 'no JSON object'}"
            )
        given: dict[str, Any] = dict(values)
        if "datasets" in given:
            given["datasets"] = tuple(DatasetFacts(**dataset) for dataset in given["datasets"])
        if "latency" in given:
            given["latency"] = Latency(**given["latency"])
        return CardData(**given)
    except TypeError as error:
        raise NluError(f"{path}: {error}; write the card again from the model") from error
