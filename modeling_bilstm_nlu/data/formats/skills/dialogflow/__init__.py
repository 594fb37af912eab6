"""The format of Dialogflow agents, as the console exports them."""

from ...format import Format
from .reader import read_dialogflow, sniff

__all__ = ["DIALOGFLOW"]

DIALOGFLOW = Format(
    name="dialogflow",
    summary="Dialogflow agent, an exported folder or zip archive",
    priority=220,
    sniff=sniff,
    read=read_dialogflow,
)
