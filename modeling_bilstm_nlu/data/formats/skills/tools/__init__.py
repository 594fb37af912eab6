"""The format of tools of language models: function schemas with sentences, and frames as function calls."""

from ...format import Format
from .calls import tool_call
from .reader import read_tools, sniff

__all__ = ["TOOLS", "tool_call"]

TOOLS = Format(
    name="tools",
    summary="tools of language models: chat records with tool calls, and the JSON of the functions (OpenAI, MCP)",
    priority=5,  # before JSON Lines of any kind, which does not know the calls
    sniff=sniff,
    read=read_tools,
)
