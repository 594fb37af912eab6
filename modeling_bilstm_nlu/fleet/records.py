"""The result of one skill, as it is written in a line of the results."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bilstm_nlu.errors import DataError

__all__ = ["FleetRecord", "Measured", "Publication"]

#: Score -> the number of utterances that it is from; the first that a skill has is compared.
_COMPARED = {"frame_accuracy": "num_frame_annotated", "intent_accuracy": "num_intent_annotated"}


@dataclass(frozen=True)
class Measured:
    """A share of right answers.

    Args:
        name: name of the score.
        right: number of right answers.
        total: number of answers.
    """

    name: str
    right: int
    total: int

    @property
    def share(self) -> float:
        """The share of right answers."""
        return self.right / self.total


@dataclass(frozen=True)
class Publication:
    """Where a model was pushed to.

    Args:
        repo_id: the repository.
        commit: the commit that has the model.
        weights: fingerprint of the weights that were pushed.
        measured: its score.
    """

    repo_id: str
    commit: str
    weights: str
    measured: Measured | None = None


@dataclass(frozen=True)
class FleetRecord:
    """What is known about a skill after it was trained, or after its training failed.

    Args:
        id: the id of the skill.
        source: where its data came from.
        digest: fingerprint of data, recipe, generic checkpoint and version; `None` if the data could not be read.
        files: fingerprint of the files of the data; `None` for a dataset without a path.
        nearby: files that its reader used outside of the path, relative to the folder of the path.
        recipe: fingerprint of recipe, generic checkpoint and version.
        error: why the last training failed; the other fields are then about an older model. `None` if it did not fail.
        split: the split that the scores are from.
        scores: name -> score, as `score_frames` returns them.
        utterances: split -> number of utterances.
        dropped: why something was left out of the data -> how often.
        notes: what to know about the scores.
        steps: number of training steps.
        seconds: duration of reading, training, scoring and writing.
        cpu_seconds: computing time of the same.
        attempts: how many workers were needed; more than one if some died.
        licence: licence of the model, as the hub spells it.
        num_parameters: number of weights.
        num_bytes: size of all files of the model.
        sizes: file that opens the model -> its size; a later run trains the model again if one is missing or damaged.
        weights: fingerprint of the weights.
        finished: when it was finished (UTC).
        published: where the model was pushed to.
        refused: why the model is not published.
    """

    id: str
    source: str
    digest: str | None = None
    files: str | None = None
    nearby: tuple[str, ...] = ()
    recipe: str | None = None
    error: str | None = None
    split: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    utterances: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    attempts: int = 1
    licence: str | None = None
    num_parameters: int = 0
    num_bytes: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    weights: str | None = None
    finished: str | None = None
    published: Publication | None = None
    refused: str | None = None

    @property
    def has_model(self) -> bool:
        """Whether there is a model, of this training or an older one."""
        return self.weights is not None

    @property
    def num_scored(self) -> int:
        """The number of utterances that the scores are from."""
        return self.utterances.get(self.split or "", 0)

    @property
    def measured(self) -> Measured | None:
        """The score by which runs are compared; `None` if the data has no test utterances."""
        for name, counted in _COMPARED.items():
            total = int(self.scores.get(counted, self.num_scored))
            if name in self.scores and total:
                return Measured(name, round(self.scores[name] * total), total)
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the fields that have a value."""
        found = {name: value for name, value in asdict(self).items() if value not in (None, (), {}, [])}
        return {"id": self.id, "source": self.source, **found}

    @classmethod
    def from_json(cls, value: Any, where: str) -> "FleetRecord":
        """Read a line. Keys of later versions are left out.

        Raises:
            DataError: it is not a line of results.
        """
        if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("id", "source")):
            raise DataError(f"{where}: this is not a line of results, which has the keys id and source")
        known = {item.name for item in fields(cls)}
        given = {name: entry for name, entry in value.items() if name in known}
        for name in ("nearby", "notes"):
            if name in given:
                given[name] = tuple(given[name])
        if (pushed := given.get("published")) is not None:
            try:
                score = pushed.get("measured")
                score = None if score is None else Measured(score["name"], score["right"], score["total"])
                given["published"] = Publication(pushed["repo_id"], pushed["commit"], pushed["weights"], score)
            except (AttributeError, KeyError, TypeError) as error:
                raise DataError(f"{where}: published must have repo_id, commit and weights") from error
        for name in ("scores", "utterances", "dropped", "sizes"):
            if not isinstance(given.get(name, {}), dict):
                raise DataError(f"{where}: {name} must be an object, not {given[name]!r:.80}")
        return cls(**given)
