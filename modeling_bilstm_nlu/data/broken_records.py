"""Decide about the broken records of a source: leave out a few, leave out all of them, or stop at the first."""

import logging
from dataclasses import dataclass, field

from bilstm_nlu.errors import Cure, DataError

__all__ = ["ON_ERROR", "BrokenRecords"]

logger = logging.getLogger(__name__)

#: The values of the option ``on_error``, the default first. ``skip_few`` leaves out broken records, and stops at the
#: end of the source if there are too many; ``drop`` leaves out any number; ``raise`` stops at the first.
ON_ERROR = ("skip_few", "drop", "raise")

_FEW = 3
_SMALL_SHARE = 0.05
_NUM_SHOWN = 3


@dataclass
class BrokenRecords:
    """The number of records of a source, and the broken records that are left out because they may be few.

    Readers report records with ``RawDomain.record``; ``check`` decides at the end of the source.

    Args:
        places: file and line, or number, of every record; a record that is handled twice counts once.
        skipped: the places of the records that are left out.
        first: what is wrong with the first of them, with their places.
    """

    places: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    first: list[DataError] = field(default_factory=list)

    def skip(self, where: str, error: DataError) -> None:
        """Note a record that is left out if there are few of them.

        Args:
            where: file and line, or number.
            error: what is wrong with it.
        """
        if where not in self.skipped and len(self.first) < _NUM_SHOWN:
            self.first.append(DataError(f"{where}: {error.message}", cure=error.cures))
        self.skipped.add(where)

    def check(self, source: object, *, is_empty: bool) -> None:
        """Warn of the records that are left out, or refuse the source if they are not few.

        At most three records may be broken, or 5 % of all.

        Args:
            source: the file, folder or repository, for messages.
            is_empty: whether no utterance is left; then even one broken record is too many.

        Raises:
            DataError: too many records are broken.
        """
        if not self.skipped:
            return
        total = len(self.places)
        told = f"{source}: {len(self.skipped):,} of {total:,} records cannot be read"
        if is_empty or len(self.skipped) > max(_FEW, _SMALL_SHARE * total):
            raise DataError(
                f"{told}; {'; '.join(error.message for error in self.first)}",
                cure=(
                    *(cure for error in self.first for cure in error.cures),
                    Cure("repair them"),
                    Cure("leave out broken records with {}", option="on_error", value="drop"),
                ),
            )
        logger.warning("%s, so they are left out; the first of them:", told)
        for error in self.first:
            logger.warning("%s", error.message)
