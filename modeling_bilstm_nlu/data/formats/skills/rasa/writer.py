"""Write a domain as Rasa 3.1 training data in YAML: intents with annotated examples, lookup tables and synonyms.

Rasa's notation has no escapes, cannot hold groups and the identifiers and types of values, and its synonyms do not
belong to an entity. Everything that it cannot express is counted. Each line is parsed before it is written: an
utterance that Rasa would read differently is left out.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_text
from bilstm_nlu.staging import staged

from ....domains import Domain
from ....drop_reasons import DropReason
from ....schema import SlotCatalog, Utterance
from ....text import normalise_spaces
from .annotations import entity_and_role, write_annotations

__all__ = ["write_rasa"]

_PLAIN_NAME = re.compile(r"[A-Za-z_][\w/.+-]*", re.ASCII)
#: Plain words that at least one version of YAML does not read as text.
_YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
#: Characters that must be escaped in a YAML file.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def write_rasa(path: Path, domain: Domain) -> dict[str, int]:
    """Write a domain as Rasa NLU data, completely or not at all; ``read_rasa`` reads it back.

    Args:
        path: a file ``*.yml`` (or ``*.yaml``) for the utterances of all splits; or a folder for ``train.yml``,
            ``validation.yml`` and ``test.yml``. ``train.yml`` also has the lookup tables and synonyms.
        domain: what to write.

    Returns:
        Drop reason -> number of things that the format cannot express.

    Raises:
        DataError: the path has another suffix, or nothing of the domain can be expressed.
    """
    lost: dict[str, int] = {}
    is_file = path.suffix.lower() in (".yml", ".yaml")
    if not is_file and (path.suffix or path.is_file()):
        raise DataError(f"{path}: Rasa's training data is YAML; use the suffix .yml, or name a folder")
    rows = {split: domain.utterances(split) for split in domain.splits}
    if is_file:
        rows = {"train": [utterance for utterances in rows.values() for utterance in utterances]}
        num_others = len(rows["train"]) - len(domain.splits["train"])
        _count(lost, DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN, num_others)
    examples = {split: _examples(utterances, lost) for split, utterances in rows.items()}
    if not examples.get("train"):
        raise DataError(
            f"{path}: Rasa cannot express any training utterance of {domain.name!r}; check that they have intents"
        )
    items = {split: [_item("intent", *item) for item in examples[split].items()] for split in rows}
    items["train"] += _catalog_items(domain.catalogs, lost)
    documents = {split: 'version: "3.1"\n\nnlu:\n' + "\n".join(listed) for split, listed in items.items() if listed}
    if is_file:
        write_text(path, documents["train"])
        return lost
    with staged(path) as folder:
        for split, document in documents.items():
            write_text(folder / f"{split}.yml", document)
    return lost


def _examples(utterances: Iterable[Utterance], lost: dict[str, int]) -> dict[str, dict[str, None]]:
    """Intent -> the lines of its examples, without repeats."""
    examples: dict[str, dict[str, None]] = {}
    for utterance in utterances:
        if utterance.intent is None:
            _count(lost, DropReason.UTTERANCES_WITHOUT_AN_INTENT)
            continue
        text, spans = normalise_spaces(utterance.text, utterance.spans or ())
        line = write_annotations(text, spans)
        if line is None:
            _count(lost, DropReason.UTTERANCES_THAT_LOOK_LIKE_MARKS)
            continue
        lines = examples.setdefault(" ".join(utterance.intent.split()), {})
        _count(lost, DropReason.REPEATED_UTTERANCES, line in lines)
        _count(lost, DropReason.UTTERANCE_SPACES_COLLAPSED, text != utterance.text)
        _count(lost, DropReason.SLOTS_NOT_ANNOTATED, utterance.spans is None)
        _count(lost, DropReason.GROUPS_AND_DOMAINS, bool(utterance.group or utterance.domain))
        lines[line] = None
    _count(lost, DropReason.INTENTS_WITH_A_SLASH, sum("/" in name for name in examples))
    return examples


def _catalog_items(catalogs: Mapping[str, SlotCatalog], lost: dict[str, int]) -> list[str]:
    tables: dict[str, dict[str, None]] = {}
    synonyms: dict[str, dict[str, None]] = {}
    value_of: dict[str, str] = {}
    for label, catalog in catalogs.items():
        entity, _ = entity_and_role(label)
        _count(lost, DropReason.CATALOG_VALUE_IDS, len(catalog.ids))
        _count(lost, DropReason.CATALOG_TYPE_NAMES, catalog.type_name not in (None, entity))
        for value, forms in catalog.values.items():
            value = " ".join(value.split())
            for form in (value, *(" ".join(form.split()) for form in forms)) if value else ():
                if not form:
                    continue
                tables.setdefault(entity, {})[form] = None
                if form == value:
                    continue
                if value_of.setdefault(form.lower(), value) == value:
                    synonyms.setdefault(value, {})[form] = None
                else:
                    _count(lost, DropReason.SYNONYMS_OF_A_SECOND_VALUE)
    items = [_item("lookup", entity, forms) for entity, forms in tables.items()]
    return items + [_item("synonym", value, forms) for value, forms in synonyms.items()]


def _item(kind: str, name: str, lines: Iterable[str]) -> str:
    """Write an item of the list ``nlu``: a block of plain lines, or a quoted text if YAML does not allow that."""
    is_plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in _YAML_WORDS
    head = f"- {kind}: {name if is_plain else _quoted(name)}\n  examples: "
    lines = list(lines)
    if any(map(_UNPRINTABLE.search, lines)):
        return head + _quoted("".join(f"- {line}\n" for line in lines)) + "\n"
    return head + "|\n" + "".join(f"    - {line}\n" for line in lines)


def _quoted(text: str) -> str:
    return yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n")


def _count(lost: dict[str, int], reason: str, count: int = 1) -> None:
    if count:
        lost[reason] = lost.get(reason, 0) + count
