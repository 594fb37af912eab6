"""Store the card data in a file next to the card, so that the card can be rendered again."""

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

#: Name of the card data file in the folder of a checkpoint.
CARD_DATA_FILE = "card.json"


def write_card_data(path: Path, card_data: CardData) -> None:
    """Write card data to a file. Empty fields and `None` are left out.

    Raises:
        NluError: a number is not finite.
    """
    values = {name: value for name, value in asdict(card_data).items() if value not in (None, False, "", (), [], {})}
    # ASCII, because labels of users may contain half surrogate pairs, which UTF-8 cannot encode
    try:
        text = json.dumps(values, indent=1, default=str, allow_nan=False)
    except ValueError as error:
        raise NluError(f"{path}: not written, because a number of the card is not finite ({error})") from error
    write_text(path, text + "\n")


def read_card_data(path: Path) -> CardData | None:
    """The card data in a file; `None` if there is no such file.

    Raises:
        NluError: the file is damaged, or was written by a newer version of this package.
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
                f"{path}: {f'unknown keys {unknown}' if isinstance(values, Mapping) else 'not a JSON object'}"
            )
        given: dict[str, Any] = dict(values)
        if "datasets" in given:
            given["datasets"] = tuple(DatasetFacts(**dataset) for dataset in given["datasets"])
        if "latency" in given:
            given["latency"] = Latency(**given["latency"])
        return CardData(**given)
    except TypeError as error:
        raise NluError(f"{path}: {error}; write the card again from the model") from error
