"""List the formats of this package."""

from ..corpora.atis import ATIS
from ..corpora.banking77 import BANKING77
from ..corpora.clinc150 import CLINC150
from ..corpora.dstc8_spans import DSTC8_SPANS
from ..corpora.hint3 import HINT3
from ..corpora.hwu64 import HWU64
from ..corpora.massive import MASSIVE
from ..corpora.multidogo import MULTIDOGO
from ..corpora.nlupp import NLUPP
from ..corpora.restaurant8k import RESTAURANT8K
from ..corpora.sgd import SGD
from ..corpora.slurp import SLURP
from ..corpora.snips import SNIPS
from ..corpora.snips_slotgated import SNIPS_SLOTGATED
from ..corpora.topv2 import TOPV2
from .conll import CONLL
from .dataset import DATASET
from .format import Format
from .jsonl import JSONL
from .seq_folder import SEQ_FOLDER
from .skills.ask import ASK, ASK_LEGACY, SMART_GARDEN
from .skills.clu import CLU
from .skills.dialogflow import DIALOGFLOW
from .skills.google_actions import GOOGLE_ACTIONS
from .skills.home_assistant import HASSIL, HOME_ASSISTANT
from .skills.jovo import JOVO
from .skills.lex import LEX
from .skills.luis import LUIS_JSON, LUIS_LU
from .skills.ovos import OVOS
from .skills.rasa import RASA
from .skills.snips import SNIPS_DATASET
from .skills.tools import TOOLS
from .table import TABLE

__all__ = ["FORMATS"]

FORMATS: tuple[Format, ...] = (
    TOOLS,
    ATIS,
    BANKING77,
    CLINC150,
    RESTAURANT8K,
    DSTC8_SPANS,
    HINT3,
    MASSIVE,
    HWU64,
    NLUPP,
    SGD,
    MULTIDOGO,
    SLURP,
    SNIPS,
    SNIPS_SLOTGATED,
    TOPV2,
    JSONL,
    CONLL,
    DATASET,
    SEQ_FOLDER,
    TABLE,
    ASK,
    ASK_LEGACY,
    DIALOGFLOW,
    HASSIL,
    LUIS_JSON,
    LUIS_LU,
    OVOS,
    RASA,
    CLU,
    LEX,
    SNIPS_DATASET,
    JOVO,
    GOOGLE_ACTIONS,
    HOME_ASSISTANT,
    SMART_GARDEN,
)
