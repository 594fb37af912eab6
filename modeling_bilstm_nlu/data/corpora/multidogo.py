"""Read MultiDoGO (Peskov et al. 2019): what customers say to services, a sentence a row, with slots and intents.

A row of a table has one label for each token, ``O`` or a slot type without a prefix; neighbouring tokens of one type
are one slot. The label ``contentonly`` marks answers to a question, such as a name: slots without an intent.
"""

from collections.abc import Iterator
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, read_lines

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..formats.tags import spans_of_tags
from ..raw_domains import RawDomain
from ..schema import FALLBACK_INTENT, Utterance
from ..split_names import canonical_split, split_files
from .policies import check_policy

__all__ = ["MULTIDOGO", "read_multidogo"]

_HEADER = ("conversationId", "turnNumber", "sentenceNumber", "utteranceId", "utterance", "slot-labels", "intent")
_CONTENT_ONLY = "contentonly"
_OUT_OF_DOMAIN = "outofdomain"
_BETWEEN_INTENTS = "<div>"
#: A table in which more rows than this have another number of cells is not of this corpus.
_MAX_BROKEN = 0.2
_POLICIES = {
    "content_only": ("unlabelled", "keep", "drop"),
    "out_of_scope": ("fallback", "keep", "drop"),
    "several_intents": ("drop", "join", "first"),
}


def _is_table(path: Path) -> bool:
    return has_suffix(path, (".tsv",)) and path.is_file() and first_line(path).split("\t") == list(_HEADER)


def _tables(path: Path) -> Iterator[tuple[Path, str, str]]:
    """File, split and domain: from a table, the folder of a domain, or a folder above such folders."""
    if path.is_file():
        yield path, canonical_split(path.name.partition(".")[0]) or "train", path.resolve().parent.name
        return
    for pattern in ("", "*/", "*/*/"):
        folders = sorted(folder for folder in path.glob(pattern) if folder.is_dir()) if pattern else [path]
        found = [(folder, split_files(folder, (".tsv",))) for folder in folders]
        tables = [
            (file, split, folder.resolve().name)
            for folder, files in found
            for split, file in files.items()
            if _is_table(file)
        ]
        if tables:
            yield from tables
            return


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_file():
        return _is_table(path)
    return next(_tables(path), None) is not None


def read_multidogo(
    path: Path,
    *,
    content_only: str = "unlabelled",
    out_of_scope: str = "fallback",
    several_intents: str = "drop",
    on_error: str = "skip_few",
) -> RawDomain:
    """Read the sentences of customers; the domain is the service, the group is the conversation.

    Rows that a line break inside a field has broken, and rows with another number of labels than tokens, are known
    faults of the corpus; they are left out and counted.

    Args:
        path: the folder of the corpus or of a domain, or one table.
        content_only: what to do with the label ``contentonly``. ``unlabelled``: the intent is ``None`` and the slots
            are kept; ``keep``: it is an intent; ``drop``: such sentences are left out.
        out_of_scope: what to do with the label ``outofdomain``. ``fallback``: the intent is ``out_of_scope``;
            ``keep``: the label does not change; ``drop``: such sentences are left out.
        several_intents: what to do with sentences of several intents. ``drop``: they are left out; ``join``: the
            intent has all names with ``+`` between them; ``first``: it is the first.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a policy is unknown, there are no such tables, or a table has another form.
    """
    given = {"content_only": content_only, "out_of_scope": out_of_scope, "several_intents": several_intents}
    for option, value in given.items():
        check_policy(option, value, _POLICIES[option])
    raw = RawDomain("multidogo")
    tables = list(_tables(path))
    if not tables:
        raise DataError(f"{path}: there are no tables <domain>/train.tsv with the column slot-labels")
    for file, split, domain in tables:
        lines = read_lines(file)
        if not lines or lines[0].split("\t") != list(_HEADER):
            raise DataError(f"{file}, line 1: expected the columns {', '.join(_HEADER)}")
        num_broken = 0
        for number, line in enumerate(lines[1:], start=2):
            cells = line.split("\t")
            if len(cells) != len(_HEADER):
                num_broken += bool(line)
                continue
            with raw.record(f"{file}, line {number}", on_error):
                _add(raw, split, cells, domain, given)
        if num_broken > _MAX_BROKEN * len(lines):
            raise DataError(f"{file}: {num_broken:,} rows do not have {len(_HEADER)} cells; check the file")
        raw.drop(DropReason.ROWS_BROKEN_BY_A_LINE_BREAK, num_broken, domain=domain)
    return raw


def _add(raw: RawDomain, split: str, cells: list[str], domain: str, policies: dict[str, str]) -> None:
    conversation, _, _, _, sentence, labels, label = (cell.strip("\r\n") for cell in cells)
    tokens, types = sentence.split(" "), labels.split(" ")
    if len(tokens) != len(types):
        raw.drop(DropReason.ROWS_WITH_OTHER_LABELS_THAN_TOKENS, domain=domain)
        return
    pairs = [(token, kind) for token, kind in zip(tokens, types, strict=True) if token.strip()]
    if not pairs:
        raw.drop(DropReason.BLANK_EXAMPLES, domain=domain)
        return
    tags, previous = [], "O"
    for _, kind in pairs:
        tags.append("O" if kind in ("O", "") else f"{'I' if kind == previous else 'B'}-{kind}")
        previous = kind
    text, spans = spans_of_tags(["".join(token.split()) for token, _ in pairs], tags)
    intents = [name.strip() for name in label.split(_BETWEEN_INTENTS)]
    if not all(intents):
        raise DataError(f"the intent is {label!r:.100}; write a name")
    intent: str | None = intents[0]
    reason: str | None = None
    if len(intents) > 1 and policies["several_intents"] != "first":
        if policies["several_intents"] == "drop":
            raw.drop(DropReason.UTTERANCES_WITH_SEVERAL_INTENTS, domain=domain)
            return
        intent = "+".join(intents)
    elif intent == _CONTENT_ONLY and policies["content_only"] != "keep":
        intent, reason = None, DropReason.KEPT_WITHOUT_AN_INTENT
        if policies["content_only"] == "drop":
            raw.drop(DropReason.UTTERANCES_WITHOUT_AN_INTENT, domain=domain)
            return
    elif intent == _OUT_OF_DOMAIN and policies["out_of_scope"] != "keep":
        intent, reason = FALLBACK_INTENT, DropReason.INTENTS_THAT_BECAME.of(_OUT_OF_DOMAIN, FALLBACK_INTENT)
        if policies["out_of_scope"] == "drop":
            raw.drop(DropReason.UTTERANCES_OUT_OF_SCOPE, domain=domain)
            return
    raw.add(split, Utterance(text, intent, spans, f"{domain}/{conversation}", domain))
    if reason is not None:
        raw.drop(reason, domain=domain)


MULTIDOGO = Format(
    name="multidogo",
    summary="MultiDoGO as published, sentences with slot labels: a folder of domains or one table",
    priority=105,
    sniff=sniff,
    read=read_multidogo,
    info=CorpusInfo(
        title="Multi-Domain Goal-Oriented Dialogues (MultiDoGO)",
        licence="cdla-permissive-1.0",
        citation=(
            "Peskov et al., Multi-Domain Goal-Oriented Dialogues (MultiDoGO): Strategies toward Curating and "
            "Annotating Large Scale Dialogue Data, EMNLP-IJCNLP 2019"
        ),
        url="https://github.com/awslabs/multi-domain-goal-oriented-dialogues-dataset",
        language="en",
        domains=("airline", "fastfood", "finance", "insurance", "media", "software"),
    ),
)
