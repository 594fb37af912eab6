"""Read sentences with function calls, and the schemas of the functions: training data from tools of language models.

The sentences are JSON Lines or a JSON list: chat records as for fine-tuning (``messages`` with ``tool_calls`` or
``function_call``), or ``{"text": "...", "function": "...", "arguments": {...}}``. The functions are a JSON file next
to them (OpenAI, Anthropic, MCP), or the ``tools`` of the records. The reader follows the vendors' documentation.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import read_json, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import Utterance
from ....split_names import canonical_split
from .arguments import spans_of_arguments
from .records import Call, turns_of
from .schema import Tools, listed_functions, parse_tools
from .sentences import has_records, may_have_records, records_in, sentence_files

__all__ = ["read_tools", "sniff"]

_SCHEMA_NAMES = ("tools.json", "functions.json", "tools.json.gz", "functions.json.gz")


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return _schema_in(path) is not None and any(map(has_records, sentence_files(path)))
    return has_records(path) or (path.name.lower() in _SCHEMA_NAMES and _is_schema(path))


def _is_schema(path: Path) -> bool:
    try:
        return listed_functions(read_json(path)) is not None
    except DataError:
        return False


def _schema_in(folder: Path) -> Path | None:
    return next((folder / name for name in _SCHEMA_NAMES if (folder / name).is_file()), None)


def read_tools(
    path: Path,
    *,
    tools: str | None = None,
    sentences: str | None = None,
    no_call_intent: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read sentences with function calls: a function is an intent, its arguments are slots.

    Arguments are found in the text by their values. If an argument has another form there, the utterance is kept for
    its intent, and its slots count as not annotated.

    Args:
        path: a file of sentences; a folder with ``tools.json`` (or ``functions.json``) and files of sentences, of
            which those that are named after splits are these splits; or the file of the functions.
        tools: the file of the functions; by default ``tools.json`` or ``functions.json`` next to the sentences, or
            else the functions in the records.
        sentences: the file of sentences, if ``path`` is the file of the functions.
        no_call_intent: the intent of texts that are answered without a call, such as ``out_of_scope``; ``None`` leaves
            them out.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing or broken, or a call names a function that is not declared.
    """
    schema = None if tools is None else Path(tools)
    files = sentence_files(path) if path.is_dir() else [path]
    if path.is_file() and not may_have_records(path):
        schema = schema or path
        files = [Path(sentences)] if sentences is not None else sentence_files(path.parent)
    if not files:
        raise DataError(
            f"{path}: there are no sentences next to the functions, and the functions alone have none",
            cure=Cure("name their file with {}", option="sentences"),
        )
    folder = path if path.is_dir() else files[0].parent
    schema = schema or _schema_in(folder)
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    reading = _Reading(raw, schema, no_call_intent)
    for file, split in _splits(files):
        for place, record in records_in(file):
            with raw.record(f"{file}, {place}", on_error):
                reading.add(record(), split, f"{file.name}, {place}")
    if not raw.splits:
        raise DataError(f"{path}: no sentence has a function call; check the files")
    raw.catalogs = reading.tools.catalogs()
    return raw


def _splits(files: list[Path]) -> Iterator[tuple[Path, str]]:
    """File and split; without names of splits, all files are train."""
    named = {file: canonical_split(stem(file)) for file in files}
    for file, split in named.items():
        if split is not None or not any(named.values()):
            yield file, split or "train"


class _Reading:
    """Adds records to a domain."""

    def __init__(self, raw: RawDomain, schema: Path | None, no_call_intent: str | None):
        self.raw = raw
        self.schema = schema
        self.tools = Tools() if schema is None else parse_tools(read_json(schema), str(schema))
        self.no_call_intent = no_call_intent

    def add(self, record: Any, split: str, group: str) -> None:
        """Add the utterances of a record; those of one chat are a group."""
        if self.schema is None and listed_functions(record) is not None:
            self.tools.functions |= parse_tools(record, "tools of the record").functions
        turns = list(turns_of(record))
        for text, calls in turns:
            utterance = self._utterance(" ".join(text.split()), calls, group if len(turns) > 1 else None)
            if utterance is not None:
                self.raw.add(split, utterance)

    def _utterance(self, text: str, calls: list[Call], group: str | None) -> Utterance | None:
        if len({call.function for call in calls}) > 1:
            self.raw.drop(DropReason.UTTERANCES_WITH_SEVERAL_INTENTS)
            return None
        if not calls:
            if self.no_call_intent is None:
                self.raw.drop(DropReason.UTTERANCES_WITHOUT_A_CALL)
                return None
            return Utterance(text, self.no_call_intent, (), group)
        name = calls[0].function
        known = self.tools.functions.get(name)
        if known is None and self.tools.functions:
            where = "the record" if self.schema is None else self.schema.name
            known_names = ", ".join(self.tools.functions)
            raise DataError(f"function {name!r:.100} is not declared in {where}; it declares {known_names:.200}")
        if len(calls) > 1:  # the same function twice: the values of both are slots of one intent
            self.raw.drop(DropReason.CALLS_JOINED, len(calls) - 1)
        arguments = {} if not calls else dict(calls[0].arguments)
        for call in calls[1:]:
            for key, value in call.arguments.items():
                if arguments.get(key) != value:
                    arguments[key] = [*_listed(arguments.get(key)), *_listed(value)]
        return Utterance(text, name, spans_of_arguments(text, arguments, known or {}, self.raw), group)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
