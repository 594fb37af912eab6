"""The format of Jovo language models."""

from ...format import Format
from .reader import read_jovo, sniff

__all__ = ["JOVO"]

JOVO = Format(
    name="jovo",
    summary="Jovo language model of version 3 or 4, a file or a project",
    priority=310,
    sniff=sniff,
    read=read_jovo,
)
