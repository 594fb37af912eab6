"""Every reader of the package; importing this module registers them all, in the order in which they are asked."""

from .corpora.atis import read_atis
from .corpora.banking77 import read_banking77
from .corpora.clinc150 import read_clinc150
from .corpora.dstc8_spans import read_dstc8_spans
from .corpora.hint3 import read_hint3
from .corpora.hwu64 import read_hwu64
from .corpora.massive import read_massive
from .corpora.nlupp import read_nlupp
from .corpora.restaurant8k import read_restaurant8k
from .corpora.sgd import read_sgd
from .corpora.slurp import read_slurp
from .corpora.snips import read_snips
from .corpora.snips_slotgated import read_snips_slotgated
from .corpora.topv2 import read_topv2
from .formats.conll import read_conll
from .formats.dataset_repository import read_dataset
from .formats.jsonl import read_jsonl
from .formats.seq_folder import read_seq_folder
from .formats.table import read_table
from .registry import read
from .skills.ask import read_ask
from .skills.ask_legacy import read_ask_legacy
from .skills.dialogflow import read_dialogflow
from .skills.examples import read_smart_garden
from .skills.home_assistant import read_hassil, read_home_assistant
from .skills.luis_json import read_luis_json
from .skills.luis_lu import read_luis_lu
from .skills.ovos import read_ovos
from .skills.rasa import read_rasa

__all__ = [
    "read",
    "read_ask",
    "read_ask_legacy",
    "read_atis",
    "read_banking77",
    "read_clinc150",
    "read_conll",
    "read_dataset",
    "read_dialogflow",
    "read_dstc8_spans",
    "read_hassil",
    "read_hint3",
    "read_home_assistant",
    "read_hwu64",
    "read_jsonl",
    "read_luis_json",
    "read_luis_lu",
    "read_massive",
    "read_nlupp",
    "read_ovos",
    "read_rasa",
    "read_restaurant8k",
    "read_seq_folder",
    "read_sgd",
    "read_slurp",
    "read_smart_garden",
    "read_snips",
    "read_snips_slotgated",
    "read_table",
    "read_topv2",
]
