"""The format table: CSV and TSV files."""

from ..format import Format, Writer
from .reader import read_table, sniff
from .writer import write_table

__all__ = ["TABLE"]

TABLE = Format(
    name="table",
    summary="CSV or TSV of text and intent, with or without annotations [value](slot)",
    priority=190,
    sniff=sniff,
    read=read_table,
    write=Writer(write_table, "CSV or TSV with annotations", (".csv", ".tsv"), is_for_folders=False),
)
