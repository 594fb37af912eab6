"""The formats of Alexa skills: interaction models, the files of skills before 2018, and the example skill."""

from ...format import Format, Writer
from .legacy import read_ask_legacy
from .legacy import sniff as legacy_sniff
from .reader import read_ask
from .reader import sniff as reader_sniff
from .smart_garden import read_smart_garden
from .writer import check_ask_target, write_ask

__all__ = ["ASK", "ASK_LEGACY", "SMART_GARDEN"]

ASK_LEGACY = Format(
    name="ask-legacy",
    summary="Alexa skill before 2018: IntentSchema.json, SampleUtterances.txt and value files",
    priority=210,
    sniff=legacy_sniff,
    read=read_ask_legacy,
)

ASK = Format(
    name="ask",
    summary="Alexa interaction model JSON, a file or a skill project",
    priority=200,
    sniff=reader_sniff,
    read=read_ask,
    write=Writer(write_ask, "an Alexa interaction model", (".json",), is_for_folders=False, check=check_ask_target),
)

SMART_GARDEN = Format(
    name="smart_garden",
    summary="the example Alexa skill of this package (no path)",
    read=read_smart_garden,
)
