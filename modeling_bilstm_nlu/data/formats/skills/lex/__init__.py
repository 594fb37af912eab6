"""The formats of Amazon Lex: exports of bots of both versions, and templates that make bots."""

from ...format import Format, Writer
from .reader import read_lex, sniff
from .writer import write_lex

__all__ = ["LEX"]

LEX = Format(
    name="lex",
    summary="Amazon Lex bot: export of V1 (zip or JSON) or V2 (zip or folder), or a CloudFormation template",
    priority=290,
    sniff=sniff,
    read=read_lex,
    write=Writer(write_lex, "an Amazon Lex V2 bot to import", (".zip",)),
)
