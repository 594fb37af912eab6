"""The slot tagger: a linear-chain conditional random field over each word and its neighbours."""

from collections.abc import Sequence
from pathlib import Path

from bilstm_nlu.errors import NluError

try:
    from sklearn_crfsuite import CRF
except ImportError as _error:
    _missing: ImportError | None = _error
else:
    _missing = None

from modeling_bilstm_nlu.labels_bilstm_nlu import OUTSIDE

from .reading import Reading

__all__ = ["SlotTagger", "word_features"]

_WINDOW = 2  # words on either side
_LONGEST_AFFIX = 4
_MAX_ITERATIONS = 100


def word_features(reading: Reading, intent: str | None = None) -> list[list[str]]:
    """The features of each word: the word, its neighbours, affixes, shape and cues, and the intent."""
    words = reading.words
    padded = ["<s>"] * _WINDOW + words + ["</s>"] * _WINDOW
    cues: list[list[str]] = [[]] * _WINDOW + reading.cues + [[]] * _WINDOW
    features = []
    for i, (word, shape) in enumerate(zip(words, reading.shapes, strict=True)):
        here = i + _WINDOW
        found = ["bias", f"shape={shape}", f"length={min(len(word), 8)}"]
        for step in range(-_WINDOW, _WINDOW + 1):
            found.append(f"word{step:+}={padded[here + step]}")
            found += [f"cue{step:+}={cue}" for cue in cues[here + step]]
        for size in range(1, min(_LONGEST_AFFIX, len(word)) + 1):
            found += [f"prefix={word[:size]}", f"suffix={word[-size:]}"]
        found.append("cues=" + "|".join("+".join(cues[here + step]) for step in (-1, 0, 1)))
        if intent is not None:
            found += [f"intent={intent}", f"intent={intent} word={word}"]
        features.append(found)
    return features


class SlotTagger:
    """CRFsuite, trained with L-BFGS; every transition between two tags has a weight.

    Args:
        l1: weight of the L1 regularisation.
        l2: weight of the L2 regularisation.
    """

    def __init__(self, l1: float, l2: float):
        if _missing is not None:
            raise NluError(f"the baseline needs sklearn-crfsuite: pip install 'bilstm-nlu[baselines]' ({_missing})")
        self._crf: CRF | None = None
        self._settings = {"c1": l1, "c2": l2, "max_iterations": _MAX_ITERATIONS, "all_possible_transitions": True}

    def fit(self, features: Sequence[list[list[str]]], tags: Sequence[list[str]]) -> "SlotTagger":
        """Fit to features and BIO tags, one per word; if no word is in a slot, there is nothing to fit."""
        if any(tag != OUTSIDE for row in tags for tag in row):
            self._crf = CRF(algorithm="lbfgs", **self._settings)
            self._crf.fit(features, tags)
        return self

    def tag(self, features: Sequence[list[list[str]]]) -> list[list[str]]:
        """The most likely tags of every row."""
        if self._crf is None:
            return [[OUTSIDE] * len(row) for row in features]
        return [self._crf.predict_single(row) for row in features]

    def to_bytes(self) -> bytes:
        """The model file of CRFsuite; empty if nothing was fitted."""
        return b"" if self._crf is None else Path(self._crf.modelfile.name).read_bytes()

    @classmethod
    def load(cls, path: Path) -> "SlotTagger":
        """Load a model file, which must stay in its place while the tagger is used.

        Raises:
            ValueError: the file is not a model file of CRFsuite.
        """
        tagger = cls(0.0, 0.0)
        tagger._crf = CRF(model_filename=str(path))
        tagger._crf.tagger_  # noqa: B018 - opens the file
        return tagger
