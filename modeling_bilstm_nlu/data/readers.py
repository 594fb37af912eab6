"""Every reader of the package; importing this module registers them all, in the order in which they are asked."""

from .corpora.home_assistant import read_home_assistant
from .corpora.massive import read_massive
from .corpora.snips import read_snips
from .formats.conll import read_conll
from .formats.jsonl import read_jsonl
from .formats.seq_folder import read_seq_folder
from .registry import read
from .skills.ask import read_ask
from .skills.examples import read_smart_garden

__all__ = [
    "read",
    "read_ask",
    "read_conll",
    "read_home_assistant",
    "read_jsonl",
    "read_massive",
    "read_seq_folder",
    "read_smart_garden",
    "read_snips",
]
