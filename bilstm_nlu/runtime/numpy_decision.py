"""The decision whether a text is meant for the skill, in NumPy, as `decision_bilstm_nlu` makes it with torch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .numpy_hashing import look_up
from .settings import NetSettings

__all__ = ["Decision"]

_MOST, _MOST_ODDS = 4.0, 20.0


class Decision:
    """Turns what the network computed of a text into the probability that the best intent is right and in scope.

    Args:
        settings: the labels of the network.
        weights: its weights.
        word_keys: the table of the keys of words.
    """

    def __init__(self, settings: NetSettings, weights: Mapping[str, Any], word_keys: Any):
        self._w = {name.partition(".")[2]: array for name, array in weights.items() if name.startswith("decision.")}
        self._word_keys = word_keys
        fallback = settings.fallback_intent
        self._others = [place for place, intent in enumerate(settings.intents) if intent != fallback]

    def decide(self, pooled: Any, intent_logits: Any, scores: Any, keys: Any, tags: Any, tag_cost: float) -> float:
        """Return the probability.

        Args:
            pooled: (size,) input of the intent head.
            intent_logits: (intents,) scores of the intent head.
            scores: (intents,) log-probabilities of the intents.
            keys: (words,) word keys.
            tags: (words,) slot tags that were found.
            tag_cost: minus their log-probability.
        """
        w = self._w
        best = self._others[int(scores[self._others].argmax())] if self._others else 0
        z = (pooled - w["center"]) @ w["projection"]
        to_class = np.square(z - w["class_means"][best]).sum()
        to_skill = (np.square(z - w["mean"]) * w["precisions"]).sum()
        rest = np.delete(scores, best)
        others = -np.inf
        if len(rest) and (highest := rest.max()) > -np.inf:
            others = highest + np.log(np.exp(rest - highest).sum())
        odds = np.clip(scores[best] - others, -_MOST_ODDS, _MOST_ODDS)
        unknown, elsewhere = w["word_scores"][look_up(self._word_keys, keys)].T
        signals = np.array(
            [
                np.log1p(to_class),
                np.log1p(to_skill),
                z @ w["direction"],
                -intent_logits[best],
                -odds,
                tag_cost,
                unknown.mean(),
                (unknown * (np.asarray(tags) == 0)).mean(),
                elsewhere.mean(),
            ],
            np.float32,
        )
        standard = np.clip((signals - w["location"]) / w["spread"], -_MOST, _MOST)
        return float(1 / (1 + np.exp(-(w["bias"][0] - standard @ w["weight"]))))
