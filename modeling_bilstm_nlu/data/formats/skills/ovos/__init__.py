"""The format of skills of Open Voice OS and Neon."""

from ...format import Format
from .reader import read_ovos, sniff

__all__ = ["OVOS"]

OVOS = Format(
    name="ovos",
    summary="Open Voice OS skill: a package, or a folder of .intent files",
    priority=260,
    sniff=sniff,
    read=read_ovos,
)
