"""The documents: their code blocks, which the tests run, the pages made from the code, and what is measured."""

from .blocks import Block, document_pages, read_blocks
from .filling import fill_page
from .front_door import measure_documents
from .reference import reference_pages
from .running import Documents, PageRun
from .shown import Shown, differing

__all__ = [
    "Block",
    "Documents",
    "PageRun",
    "Shown",
    "differing",
    "document_pages",
    "fill_page",
    "measure_documents",
    "read_blocks",
    "reference_pages",
]
