"""The format dataset: a repository of the Hugging Face hub with Parquet tables, a card and catalogs."""

from ..format import Format, Writer
from .repository import read_dataset, sniff, write_dataset

__all__ = ["DATASET"]

DATASET = Format(
    name="dataset",
    summary="Parquet tables with the columns text, intent and spans: a datasets repository or a file",
    priority=170,
    sniff=sniff,
    read=read_dataset,
    write=Writer(write_dataset, "a datasets repository for the hub: Parquet tables, card, catalogs"),
)
