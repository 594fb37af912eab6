"""The background texts of the package: everyday requests and statements of public corpora."""

import gzip
import io
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bilstm_nlu.files import write_bytes
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.text import loose_key

__all__ = ["HELD_BACK", "SOURCES", "background_lines", "write_background"]

#: Corpus -> most texts of an intent, and most texts. Their licences allow other terms for what is made from them.
SOURCES = {
    "massive": (40, 2400),
    "snips": (40, 280),
    "multidogo/airline": (12, 200),
    "multidogo/fastfood": (12, 200),
    "multidogo/finance": (12, 200),
    "multidogo/software": (12, 200),
    "nlupp": (1, 200),
    "restaurant8k": (60, 60),
}
#: Corpora to measure the rejection of foreign texts on. No text of theirs may be in the background.
HELD_BACK = ("clinc150", "banking77", "hint3/curekart", "hint3/powerplay11", "hint3/sofmattress")
MOST_WORDS = 16


def _of_corpus(name: str, per_intent: int, most: int, data: Path, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield texts with the names of their intents, none of which was taken before."""
    rows = load_domain(name, data_dir=data).utterances("train")
    random.Random(name).shuffle(rows)
    counts: dict[str, int] = {}
    for row in rows:
        intent = row.intent or "none"
        key, words = loose_key(row.text), row.text.split()
        is_clean = row.text.isascii() and row.text.isprintable() and not any("@" in word for word in words)
        if sum(counts.values()) == most:
            return
        if key in taken or not 1 <= len(words) <= MOST_WORDS or not is_clean or intent == "contentonly":
            continue
        if counts.get(intent, 0) < per_intent:
            counts[intent] = counts.get(intent, 0) + 1
            taken.add(key)
            yield intent, " ".join(words).lower()


def background_lines(data: Path, tell: Callable[[str], None] = lambda line: None) -> list[str]:
    """Return the lines of the background: corpus, intent and text, sorted by corpus and intent.

    Args:
        data: folder of the public corpora.
        tell: called with a line about every corpus.
    """
    taken: set[str] = set()
    for name in HELD_BACK:
        domain = load_domain(name, data_dir=data)
        taken |= {loose_key(text) for split in domain.splits for text in domain.splits[split]["text"]}
    lines = []
    for name, (per_intent, most) in SOURCES.items():
        found = sorted(_of_corpus(name, per_intent, most, data, taken))
        lines += [f"{name}\t{intent}\t{text}" for intent, text in found]
        tell(f"{name}: {len(found):,} texts")
    return lines


def write_background(lines: Sequence[str], out: Path) -> None:
    """Write the lines as a compressed file, with the same bytes for the same lines."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as file:
        file.write("\n".join([*lines, ""]).encode())
    write_bytes(out, [buffer.getvalue()])
