"""The maximum entropy intent classifier: logistic regression over word and character n-grams."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from .reading import Reading

__all__ = ["IntentClassifier"]


def word_terms(reading: Reading) -> Iterator[str]:
    """Word 1- to 3-grams, shapes that contain a digit, and the cues of the words."""
    words = reading.words
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])
    yield from (f"<shape {shape}>" for shape in reading.shapes if "9" in shape)
    yield from (f"<{cue}>" for cues in reading.cues for cue in cues)


def character_terms(reading: Reading) -> Iterator[str]:
    """Character 2- to 5-grams inside each word, with spaces at its edges."""
    for word in reading.words:
        padded = f" {word} "
        for size in range(2, 6):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
            if size >= len(padded):
                break


_ANALYZERS = {"words": word_terms, "characters": character_terms}


class IntentClassifier:
    """Multinomial logistic regression on TF-IDF features; words and characters are each scaled to length one.

    Args:
        strength: inverse of the L2 regularisation (``C`` of scikit-learn).
    """

    def __init__(self, strength: float):
        self._terms = FeatureUnion(
            [(name, TfidfVectorizer(analyzer=analyzer)) for name, analyzer in _ANALYZERS.items()]
        )
        self._regression = LogisticRegression(C=strength, max_iter=1000)
        self._intents: list[str] = []

    def fit(self, readings: Sequence[Reading], intents: Sequence[str]) -> "IntentClassifier":
        """Fit to readings that have words; with a single intent, there is nothing to fit."""
        self._intents = sorted(set(intents))
        if len(self._intents) > 1:
            self._regression.fit(self._terms.fit_transform(readings), list(intents))
        return self

    def predict(self, readings: Sequence[Reading]) -> list[tuple[str, float]]:
        """The best intent of every reading, with its probability."""
        if len(self._intents) == 1 or not readings:
            return [(self._intents[0], 1.0)] * len(readings)
        probabilities = self._regression.predict_proba(self._terms.transform(readings))  # (utterances, intents)
        best = probabilities.argmax(1)
        return [(self._intents[i], float(row[i])) for i, row in zip(best, probabilities, strict=True)]

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The fitted state: names as JSON values, numbers as arrays."""
        if len(self._intents) == 1:
            return {"intents": self._intents}, {}
        arrays = {"weights": self._regression.coef_, "biases": self._regression.intercept_}
        vectorizers = self._terms.named_transformers
        arrays |= {f"idf_{name}": vectorizer.idf_ for name, vectorizer in vectorizers.items()}
        terms = {name: vectorizer.get_feature_names_out().tolist() for name, vectorizer in vectorizers.items()}
        return {"intents": self._intents, "terms": terms}, arrays

    @classmethod
    def from_state(cls, names: dict[str, Any], arrays: dict[str, np.ndarray]) -> "IntentClassifier":
        """A classifier from the result of ``state``."""
        classifier = cls(1.0)
        classifier._intents = names["intents"]
        if len(classifier._intents) > 1:
            for name, vectorizer in classifier._terms.named_transformers.items():
                vectorizer.set_params(vocabulary=names["terms"][name])
                vectorizer.idf_ = arrays[f"idf_{name}"]
            regression = classifier._regression
            regression.classes_ = np.array(classifier._intents)
            regression.coef_, regression.intercept_ = arrays["weights"], arrays["biases"]
        return classifier
