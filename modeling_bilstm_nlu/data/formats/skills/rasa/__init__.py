"""The format of Rasa NLU training data, in YAML, Markdown and JSON."""

from ...format import Format, Writer
from .reader import read_rasa, sniff
from .writer import write_rasa

__all__ = ["RASA"]

RASA = Format(
    name="rasa",
    summary="Rasa NLU data (YAML, Markdown, JSON), a file or a project",
    priority=270,
    sniff=sniff,
    read=read_rasa,
    write=Writer(write_rasa, "Rasa NLU training data in YAML", (".yml", ".yaml"), needs_train=True),
)
