"""The format JSON Lines: one utterance per line."""

from ..format import Format, Writer
from .reader import read_jsonl, sniff
from .writer import write_jsonl_domain

__all__ = ["JSONL"]

JSONL = Format(
    name="jsonl",
    summary="JSON Lines of text, intent and spans, a file or a folder of splits",
    priority=150,
    sniff=sniff,
    read=read_jsonl,
    write=Writer(write_jsonl_domain, "JSON Lines of text, intent and spans", (".jsonl",)),
)
