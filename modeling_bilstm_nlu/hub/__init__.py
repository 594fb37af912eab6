"""Checkpoints as repositories: open one, write one with its model card, verify that it works, push and pull it."""

from .card import render_card
from .card_data import CardData, DatasetFacts, source_of
from .delta import SavedDelta, save_delta
from .delta_folder import put_together
from .lineage import Ancestor, lineage
from .load import load_checkpoint
from .publish import Publication, publish, push_repository
from .pull import Pulled, pull
from .push import Changes, Pushed
from .refresh import refresh_repository
from .repository import allowed_files
from .verify import run_as_stranger, verify_repository
from .writing import write_repository

__all__ = [
    "Ancestor",
    "CardData",
    "Changes",
    "DatasetFacts",
    "Publication",
    "Pulled",
    "Pushed",
    "SavedDelta",
    "allowed_files",
    "lineage",
    "load_checkpoint",
    "publish",
    "pull",
    "push_repository",
    "put_together",
    "render_card",
    "refresh_repository",
    "run_as_stranger",
    "save_delta",
    "source_of",
    "verify_repository",
    "write_repository",
]
