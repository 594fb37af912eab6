"""The format of Google Actions (Actions Builder and its SDK)."""

from ...format import Format
from .reader import read_google_actions, sniff

__all__ = ["GOOGLE_ACTIONS"]

GOOGLE_ACTIONS = Format(
    name="google-actions",
    summary="Google Actions project: sdk/custom/intents and types in YAML",
    priority=320,
    sniff=sniff,
    read=read_google_actions,
)
