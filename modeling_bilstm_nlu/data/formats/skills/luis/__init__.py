"""The formats of LUIS bots: the JSON export, and .lu text."""

from ...format import Format
from .json_file import read_luis_json
from .json_file import sniff as json_sniff
from .lu_file import read_luis_lu
from .lu_file import sniff as lu_sniff

__all__ = ["LUIS_JSON", "LUIS_LU"]

LUIS_JSON = Format(
    name="luis-json",
    summary="LUIS bot as JSON export, a file or a folder of files",
    priority=240,
    sniff=json_sniff,
    read=read_luis_json,
)

LUIS_LU = Format(
    name="luis-lu",
    summary="LUIS bot as .lu text, a file or a folder of files",
    priority=250,
    sniff=lu_sniff,
    read=read_luis_lu,
)
