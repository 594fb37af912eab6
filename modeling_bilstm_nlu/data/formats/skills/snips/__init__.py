"""The format of Snips NLU datasets, which Rhasspy and other assistants also use."""

from ...format import Format, Writer
from .reader import read_snips_dataset, sniff
from .writer import write_snips_dataset

__all__ = ["SNIPS_DATASET"]

SNIPS_DATASET = Format(
    name="snips-dataset",
    summary="Snips NLU dataset, in JSON or YAML",
    priority=300,
    sniff=sniff,
    read=read_snips_dataset,
    write=Writer(write_snips_dataset, "a Snips NLU dataset in JSON", (".json",), is_for_folders=False),
)
