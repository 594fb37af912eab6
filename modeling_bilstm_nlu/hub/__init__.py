"""Checkpoints as repositories: open one, write one with its model card, prove that it works, push it."""

from .card import render_card
from .facts import CardFacts, DatasetFacts, source_of
from .load import load_checkpoint
from .publish import Publication, publish, push_repository, write_repository
from .repository import allowed_files
from .verify import run_as_stranger, verify_repository

__all__ = [
    "CardFacts",
    "DatasetFacts",
    "Publication",
    "allowed_files",
    "load_checkpoint",
    "publish",
    "push_repository",
    "render_card",
    "run_as_stranger",
    "source_of",
    "verify_repository",
    "write_repository",
]
