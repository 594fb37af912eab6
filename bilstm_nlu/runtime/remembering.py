"""Slot catalogs that remember what the last values meant."""

from functools import lru_cache

from ..hubfiles.catalogs_bilstm_nlu import Resolved, SlotCatalogs

__all__ = ["RememberingCatalogs"]

#: Number of slot values whose meaning is remembered.
_REMEMBERED = 4096


class RememberingCatalogs:
    """The slot catalogs of a checkpoint. They remember what the last values meant, because users say them often.

    Args:
        catalogs: the slot catalogs.
    """

    def __init__(self, catalogs: SlotCatalogs):
        self.type_name, self.forms = catalogs.type_name, catalogs.forms
        self._find = lru_cache(maxsize=_REMEMBERED)(catalogs.resolve)

    def resolve(self, slot_type: str, text: str) -> Resolved | None:
        """As `SlotCatalogs.resolve`."""
        found = self._find(slot_type, text)
        return None if found is None else found.copy()  # the caller may change its frame
