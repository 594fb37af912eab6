"""The tables of counts in the READMEs of the public corpora, and the same counts of utterances."""

from collections.abc import Iterable
from pathlib import Path

from modeling_bilstm_nlu.data import Utterance
from modeling_bilstm_nlu.data.text import text_key

#: utterances, distinct texts, domains, intents, slot types, slot spans
Counts = tuple[int, ...]


def readme_counts(readme: Path) -> dict[str, Counts]:
    """The table under "Counts" of a README: name of the split or file -> counts, 0 for "-"."""
    table = readme.read_text(encoding="utf-8").partition("## Counts")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return {name: tuple(int(cell.replace(",", "").replace("-", "0")) for cell in cells) for name, *cells in rows[2:]}


def counts_of(utterances: Iterable[Utterance]) -> Counts:
    """The counts of such a table."""
    rows = list(utterances)
    spans = [span for row in rows for span in row.spans or ()]
    return (
        len(rows),
        len({text_key(row.text) for row in rows}),
        len({row.domain for row in rows}),
        len({row.intent for row in rows if row.intent is not None}),
        len({span.slot_type for span in spans}),
        len(spans),
    )
