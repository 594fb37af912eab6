"""Decode the scores of both tasks in NumPy, as `decoding_bilstm_nlu` does it with torch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .settings import NetSettings

__all__ = ["FrameDecoding"]

_LOWEST = np.finfo(np.float32).min / 4  # of a transition that is not valid


class FrameDecoding:
    """Decodes the scores of a text into log-probabilities of intents, and slot tags of the best intent.

    Args:
        settings: the labels of the network.
        weights: its weights; those of the CRF are used if there is one.
    """

    def __init__(self, settings: NetSettings, weights: Mapping[str, Any]):
        self._settings = settings
        num_tags = len(settings.slot_tags)
        tag = np.arange(num_tags)
        is_inside, slot_type = (tag > 0) & (tag % 2 == 0), (tag + 1) // 2
        may_follow = ~is_inside[None, :] | (slot_type[:, None] == slot_type[None, :])
        has_crf = settings.use_crf
        between = weights["crf.transitions"] if has_crf else np.zeros((num_tags, num_tags), np.float32)
        start, end = (
            weights[f"crf.{name}"] if has_crf else np.zeros(num_tags, np.float32) for name in ("start", "end")
        )
        self._crf = (np.where(may_follow, between, _LOWEST), np.where(is_inside, _LOWEST, start), end)
        self._between, self._start, self._end = between, start, end
        self._factors = np.exp(between) * may_follow
        self._first = np.where(is_inside, np.float32(-69), start)
        allowed = np.ones((len(settings.intents), num_tags), bool)
        for place, intent in enumerate(settings.intents):
            if (names := settings.intent_slots.get(intent)) is not None:
                allowed[place, 1:] = np.repeat([name in names for name in settings.slot_types], 2)
        self._allowed = allowed
        chances = settings.undeclared_slot_probabilities
        self._chances = np.array([chances.get(intent, 0) for intent in settings.intents], np.float32)
        sets, self._set_of = np.unique(allowed, axis=0, return_inverse=True)
        self._sets = [None if row.all() else np.flatnonzero(row) for row in sets]

    def decode(self, intent_logits: Any, slot_logits: Any) -> tuple[Any, Any]:
        """Return (intents,) log-probabilities and (words,) tags of the best intent.

        Args:
            intent_logits: (intents,) scores of the intent head.
            slot_logits: (words, tags) scores of the slot head.
        """
        scores = self._score_intents(intent_logits, slot_logits)
        return scores, self._decode_slots(slot_logits, int(scores.argmax()))

    def tag_cost(self, slot_logits: Any, tags: Any) -> float:
        """Minus the log-probability of tags, at least 0."""
        emissions = np.clip(np.nan_to_num(slot_logits), -1e4, 1e4)
        whole = self._log_partition(emissions, self._factors, self._first, self._end)
        return max(float(whole - self._path_score(emissions, tags)), 0.0)

    def _score_intents(self, intent_logits: Any, slot_logits: Any) -> Any:
        scores = _log_softmax(intent_logits)
        if not self._settings.intent_slots or not self._settings.intents_by_slots:
            return scores
        emissions = np.clip(np.nan_to_num(slot_logits), -1e4, 1e4)
        whole = self._log_partition(emissions, self._factors, self._first, self._end)
        shares = np.zeros(len(self._sets), np.float32)
        for place, tags in enumerate(self._sets):
            if tags is not None:
                within = self._factors[np.ix_(tags, tags)]
                part = self._log_partition(emissions[:, tags], within, self._first[tags], self._end[tags])
                shares[place] = min(part - whole, 0)
        shares = shares[self._set_of.ravel()]
        if self._settings.undeclared_slot_probabilities:
            with np.errstate(divide="ignore"):
                shares = np.logaddexp(np.log(1 - self._chances) + shares, np.log(self._chances))
        return _log_softmax(scores + shares)

    @staticmethod
    def _log_partition(emissions: Any, factors: Any, start: Any, end: Any) -> Any:
        """The logarithm of the sum of exp(score) over all valid BIO sequences of some tags."""
        score = emissions[0] + start
        for emission in emissions[1:]:
            highest = score.max()
            score = np.log(np.maximum(np.exp(score - highest) @ factors, np.float32(1e-30))) + highest + emission
        score = score + end
        return np.log(np.exp(score - score.max()).sum()) + score.max()

    def _decode_slots(self, slot_logits: Any, intent: int) -> Any:
        best = self._viterbi(slot_logits)
        if not self._settings.intent_slots or self._allowed[intent][best].all():
            return best
        own = self._viterbi(np.where(self._allowed[intent], slot_logits, np.float32(-1e30)))
        chance = self._chances[intent]
        if self._settings.undeclared_slot_probabilities and chance > 0:
            if self._path_score(slot_logits, best) + np.log(chance) > self._path_score(slot_logits, own):
                return best
        return own

    def _viterbi(self, emissions: Any) -> Any:
        between, start, end = self._crf
        emissions = np.clip(np.nan_to_num(emissions), -1e30, 1e30).astype(np.float32)
        scores = [emissions[0] + start]
        for emission in emissions[1:]:
            scores.append(np.maximum((scores[-1][:, None] + between).max(0) + emission, _LOWEST))
        tags = [int((scores[-1] + end).argmax())]
        for score in scores[-2::-1]:
            tags.append(int((score + between[:, tags[-1]]).argmax()))
        return np.array(tags[::-1])

    def _path_score(self, emissions: Any, tags: Any) -> Any:
        score = emissions[np.arange(len(tags)), tags].sum() + self._start[tags[0]] + self._end[tags[-1]]
        return score + self._between[tags[:-1], tags[1:]].sum()


def _log_softmax(scores: Any) -> Any:
    shifted = scores - scores.max()
    return shifted - np.log(np.exp(shifted).sum())
