"""Why no reader recognises a path: what files of its kind need to have."""

from itertools import islice
from pathlib import Path

from bilstm_nlu.files import has_suffix, stem

from ..split_names import canonical_split

__all__ = ["near_misses"]

_JSON = (
    "JSON needs interactionModel or languageModel (ask), luis_schema_version (luis-json), rasa_nlu_data (rasa), or "
    "intents with data and sentences (hassil)"
)
_TABLE = "the first row of a table names a column text, and one of intent or spans; or a column marked_text"
_YAML = "YAML needs the key nlu with examples (rasa); Home Assistant's intents are read as JSON (hassil)"
#: Suffix -> what a file of this name needs to be recognised.
_NEEDS = {
    ".jsonl": "the first line of JSON Lines has a text under text, marked_text or annotated",
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".json": _JSON,
    ".yml": _YAML,
    ".yaml": _YAML,
    ".md": "Markdown needs headings ## intent:name (rasa)",
    ".txt": "text without labels teaches nothing; CoNLL columns are in files .conll, .bio or .iob2",
    ".zip": "of archives, exported Dialogflow agents alone are read; unpack it",
    ".parquet": "give the folder of the tables train.parquet, test.parquet (dataset)",
    ".entity": "give the folder of the .intent files (ovos)",
}
_SPLIT_SUFFIXES = (".jsonl", ".csv", ".tsv", ".conll", ".bio", ".iob", ".iob2")
#: A file and what must stand beside it, without which neither is recognised.
_PAIRS = {
    "intentschema.json": (
        "sampleutterances.txt",
        "IntentSchema.json needs SampleUtterances.txt beside it (ask-legacy)",
    ),
    "sampleutterances.txt": (
        "intentschema.json",
        "SampleUtterances.txt needs IntentSchema.json beside it (ask-legacy)",
    ),
    "agent.json": ("intents", "agent.json needs a folder intents with *_usersays_*.json beside it (dialogflow)"),
}
_MAX_FILES = 1000
_MAX_HINTS = 3


def near_misses(path: Path) -> str:
    """In brackets, what files of this kind need to be recognised, as far as it can be told from their names."""
    try:
        files = sorted(islice(path.iterdir(), _MAX_FILES)) if path.is_dir() else [path]
        beside = {file.name.lower() for file in (files if path.is_dir() else path.parent.iterdir())}
    except OSError:
        return ""
    hints = [hint for name, (other, hint) in _PAIRS.items() if name in _names(files) and other not in beside]
    if path.is_dir() and any(has_suffix(f, _SPLIT_SUFFIXES) and canonical_split(stem(f)) is None for f in files):
        hints.append("the files of a folder are named after their splits, such as train and test; or give one file")
    hints += [need for suffix, need in _NEEDS.items() if any(has_suffix(file, (suffix,)) for file in files)]
    if not files:
        hints.append("the folder is empty")
    elif not hints and path.is_dir():
        hints.append("no file of a known kind at its top; give the folder or the file that has the data")
    elif not hints:
        hints.append(f"files are known by their suffixes, such as {', '.join(list(_NEEDS)[:6])}")
    return f" ({'; '.join(list(dict.fromkeys(hints))[:_MAX_HINTS])})"


def _names(files: list[Path]) -> set[str]:
    return {file.name.lower().removesuffix(".gz") for file in files}
