"""Explain why no reader recognises a path: say what files of this kind must contain."""

from itertools import islice
from pathlib import Path

from bilstm_nlu.files import has_suffix, stem

from ..split_names import canonical_split
from .table.columns import is_header, what_is_missing
from .table.rows import first_rows, sniffed_delimiter, table_head

__all__ = ["near_misses"]

_JSON = (
    "JSON needs interactionModel or languageModel (ask), luis_schema_version (luis-json), rasa_nlu_data (rasa), "
    "assets with projectKind (clu), or intents with data and sentences (hassil)"
)
_YAML = (
    "YAML needs the key nlu with examples (rasa), type: intent with utterances (snips-dataset), or intents with "
    "data and sentences (hassil)"
)
#: Suffix -> what a file with this suffix needs to be recognised.
_NEEDS = {
    ".jsonl": (
        "the first line of JSON Lines must have a text under a usual name, such as text, utterance or query, or "
        "messages (tools); or give the format jsonl with the option text_column=NAME"
    ),
    ".json": _JSON,
    ".yml": _YAML,
    ".yaml": _YAML,
    ".md": "Markdown needs headings ## intent:name (rasa)",
    ".txt": "plain text has no labels to learn from; name a file of CoNLL columns .conll, .bio or .iob2",
    ".zip": "exported Dialogflow agents are the only archives that are read; unpack other archives",
    ".parquet": "the Parquet tables of a folder must have the names of splits, such as train.parquet (dataset)",
    ".entity": "give the folder that has the .intent files (ovos)",
}
_SPLIT_SUFFIXES = (".jsonl", ".csv", ".tsv", ".conll", ".conllu", ".bio", ".iob", ".iob2")
#: File name -> the file or folder that must be next to it, and the hint if it is missing.
_PAIRS = {
    "intentschema.json": (
        "sampleutterances.txt",
        "IntentSchema.json needs SampleUtterances.txt next to it (ask-legacy)",
    ),
    "sampleutterances.txt": (
        "intentschema.json",
        "SampleUtterances.txt needs IntentSchema.json next to it (ask-legacy)",
    ),
    "agent.json": ("intents", "agent.json needs a folder intents with *_usersays_*.json next to it (dialogflow)"),
}
_MAX_FILES = 1000
_MAX_HINTS = 3


def near_misses(path: Path) -> str:
    """Say in brackets what files of this kind need to be recognised, as far as their names show it."""
    try:
        files = sorted(islice(path.iterdir(), _MAX_FILES)) if path.is_dir() else [path]
        beside = {file.name.lower() for file in (files if path.is_dir() else path.parent.iterdir())}
    except OSError:
        return ""
    hints = [hint for name, (other, hint) in _PAIRS.items() if name in _names(files) and other not in beside]
    if path.is_dir() and any(has_suffix(f, _SPLIT_SUFFIXES) and canonical_split(stem(f)) is None for f in files):
        hints.append("the files of a folder must have the names of splits, such as train and test; or give one file")
    hints += [f"{file.name}: {_need_of_table(file)}" for file in files if has_suffix(file, (".csv", ".tsv"))]
    hints += [need for suffix, need in _NEEDS.items() if any(has_suffix(file, (suffix,)) for file in files)]
    if not files:
        hints.append("the folder is empty")
    elif not hints and path.is_dir():
        hints.append("the folder has no file of a known kind; give the subfolder or the file that has the data")
    elif not hints:
        hints.append(f"files are recognised by their suffixes, such as {', '.join(['.csv', *_NEEDS][:6])}")
    return f" ({'; '.join(list(dict.fromkeys(hints))[:_MAX_HINTS])})"


def _need_of_table(file: Path) -> str:
    head = table_head(file)
    return what_is_missing(
        first_rows(head, sniffed_delimiter(head, is_header, prefer_tab=has_suffix(file, (".tsv",))))
    )


def _names(files: list[Path]) -> set[str]:
    return {file.name.lower().removesuffix(".gz") for file in files}
