"""The format of Microsoft CLU projects (conversational language understanding)."""

from ...format import Format, Writer
from .reader import read_clu, sniff
from .writer import write_clu

__all__ = ["CLU"]

CLU = Format(
    name="clu",
    summary="Microsoft CLU project (conversational language understanding) as exported JSON",
    priority=280,
    sniff=sniff,
    read=read_clu,
    write=Writer(write_clu, "a Microsoft CLU project to import", (".json",), is_for_folders=False),
)
