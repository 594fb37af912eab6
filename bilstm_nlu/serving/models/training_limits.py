"""The limits of models that visitors of the page train."""

from dataclasses import dataclass

__all__ = ["TrainingLimits"]


@dataclass(frozen=True)
class TrainingLimits:
    """What a visitor of the page may train.

    Attributes:
        upload: bytes of the files, when they are unpacked.
        files: number of files.
        utterances: most utterances of the data.
        seconds: that a training may take; after that it is stopped.
        at_once: trainings at the same time.
        kept: trainings that are kept; the one that was not used for longest makes room.
        idle: seconds after which a training that no one asks about is deleted.
    """

    upload: int = 20_000_000
    files: int = 1_000
    utterances: int = 20_000
    seconds: float = 1_200.0
    at_once: int = 1
    kept: int = 8
    idle: float = 3_600.0
