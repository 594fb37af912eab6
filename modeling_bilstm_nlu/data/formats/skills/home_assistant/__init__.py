"""The formats of hassil: files of intents, and the English intents of Home Assistant."""

from ...format import Format
from .reader import read_hassil, read_home_assistant, sniff

__all__ = ["HASSIL", "HOME_ASSISTANT"]

HOME_ASSISTANT = Format(
    name="home_assistant",
    summary="English intents of Home Assistant (extra 'demo'; no path)",
    read=read_home_assistant,
)

HASSIL = Format(
    name="hassil",
    summary="intents for hassil as JSON or YAML, such as Home Assistant's custom sentences (extra 'demo')",
    priority=230,
    sniff=sniff,
    read=read_hassil,
)
