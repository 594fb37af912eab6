"""Decode the scores of both tasks into a frame: the intent that fits both best, and its best slot tags."""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .crf_bilstm_nlu import CrfLayer, log_partition, path_score, viterbi

#: Largest number of scores in memory at a time: sets of tags times rows, words and tags.
_MOST_SCORES = 2**24


class FrameDecoding:
    """The part of the joint model that decodes scores into intents and slot tags.

    Attributes:
        config: the config with the labels, and with `intent_slots` if the slots of intents are known.
        crf: the CRF layer; `None` without a CRF.
    """

    config: Any
    crf: CrfLayer | None

    def decode(self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score all intents (`score_intents`), and find the slots of the best intent (`decode_slots`).

        Args:
            intent_logits: (batch, intents) scores of the intent head.
            slot_logits: (batch, words, tags) scores of the slot head.
            word_mask: (batch, words) bool, true where there is a word.

        Returns:
            (batch, intents) log-probabilities and (batch, words) tag ids.
        """
        scores = self.score_intents(intent_logits, slot_logits, word_mask)
        return scores, self.decode_slots(slot_logits, word_mask, scores.argmax(-1))

    def decode_with_costs(
        self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Decode as `decode` does, and say how sure the tags are.

        Args:
            intent_logits: (batch, intents) scores of the intent head.
            slot_logits: (batch, words, tags) scores of the slot head.
            word_mask: (batch, words) bool, true where there is a word.

        Returns:
            (batch, intents) log-probabilities, (batch, words) tag ids, and (batch,) minus the log-probability of the
            tags, at least 0.
        """
        scores, partition = self._score_intents(intent_logits, slot_logits, word_mask)
        tags = self.decode_slots(slot_logits, word_mask, scores.argmax(-1))
        emissions = _bounded(slot_logits)
        transitions = [part.float() for part in self._transitions(slot_logits)]
        if partition is None:
            partition = log_partition(emissions, word_mask, *transitions)
        costs = partition - path_score(emissions, word_mask, tags, *transitions)
        return scores, tags, costs.clamp(min=0)

    def score_intents(self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor) -> Tensor:
        """Return the log-probability of each intent, from the intent head and from the slots.

        The probability from the intent head is multiplied by the probability that the tagger finds only slots of the
        intent. `config.undeclared_slot_probabilities` is the probability that the slots do not matter for an intent.

        Example: "shuffle hip hop" may look like the intent that plays an artist. If the tagger is sure of a genre, and
        that intent has no slot for a genre, another intent is right. Only the intent head is used without
        `config.intent_slots`, or if `config.intents_by_slots` is off.

        Args:
            intent_logits: (batch, intents) scores of the intent head.
            slot_logits: (batch, words, tags) scores of the slot head.
            word_mask: (batch, words) bool, true where there is a word; for a row without words, only the intent head
                is used.

        Returns:
            (batch, intents) log-probabilities.
        """
        return self._score_intents(intent_logits, slot_logits, word_mask)[0]

    def _score_intents(
        self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return the result of `score_intents`, and the (batch,) `log_partition` of the tags if it was computed."""
        scores, partition = intent_logits.float().log_softmax(-1), None
        if not self.config.intent_slots or not self.config.intents_by_slots:
            return scores, None
        known = self._known_slots(scores.device)
        shares = scores.new_zeros(1 + len(known.tags), len(scores))  # 0 for intents that may have all slots
        if len(known.tags):
            shares[1:], partition = _log_shares(slot_logits, word_mask, self._transitions(slot_logits), known)
        shares = shares.masked_fill(~word_mask.any(1), 0).T[:, known.places]
        if self.config.undeclared_slot_probabilities:
            shares = torch.logaddexp((1 - known.other_chances).log() + shares, known.other_chances.log())
        return (scores + shares).log_softmax(-1), partition

    def decode_slots(self, slot_logits: Tensor, word_mask: Tensor, intents: Tensor | None = None) -> Tensor:
        """Find the best valid BIO sequence of each row.

        Args:
            slot_logits: (batch, words, tags) scores of the slot head.
            word_mask: (batch, words) bool, true where there is a word.
            intents: (batch,) the predicted intents. A row gets only slots of its intent in `config.intent_slots`,
                unless other slots are more likely even when multiplied by their probability in
                `config.undeclared_slot_probabilities`.

        Returns:
            (batch, words) tag ids, 0 for padding.
        """
        transitions = self._transitions(slot_logits)
        if intents is None or not self.config.intent_slots:
            return viterbi(slot_logits, word_mask, *transitions)
        known = self._known_slots(slot_logits.device)
        slot_logits = slot_logits.float()
        best = viterbi(slot_logits, word_mask, *transitions)
        is_other = ~known.allowed[intents].gather(1, best).all(1)  # `O`, also the tag of padding, is always allowed
        if not is_other.any():
            return best  # the usual case
        intents, slot_logits, word_mask = intents[is_other], slot_logits[is_other], word_mask[is_other]
        own = viterbi(slot_logits.masked_fill(~known.allowed[intents][:, None], -1e30), word_mask, *transitions)
        if self.config.undeclared_slot_probabilities:
            own_score, other_score = (
                path_score(slot_logits, word_mask, tags, *transitions) for tags in (own, best[is_other])
            )
            is_likelier = other_score + known.other_chances[intents].log() > own_score
            own = torch.where(is_likelier[:, None], best[is_other], own)
        return best.masked_scatter(is_other[:, None], own)

    def _transitions(self, slot_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores of transitions (tags, tags), first tags (tags,) and last tags (tags,)."""
        if self.crf is not None:
            return self.crf.transitions, self.crf.start, self.crf.end
        silent = slot_logits.new_zeros(slot_logits.shape[-1])
        return slot_logits.new_zeros(2 * silent.shape), silent, silent

    def _known_slots(self, device: torch.device) -> "_KnownSlots":
        config = self.config
        by_intent = tuple((intent, tuple(names)) for intent, names in config.intent_slots.items())
        chances = tuple(config.undeclared_slot_probabilities.items())
        return _know_slots(tuple(config.intents), tuple(config.slot_types), by_intent, chances, device)


class _KnownSlots(NamedTuple):
    """The slots of intents in a config, as tensors.

    Attributes:
        allowed: (intents, tags) bool, which tags an utterance of an intent may have.
        other_chances: (intents,) probability of other tags.
        tags: (sets, most), the tags of each distinct set that does not have all tags, `O` first, then padding with
            other tags.
        is_member: (sets, most) bool, false for the padding in `tags`.
        places: (intents,) the set of an intent: 0 for all tags, else the number of a set from 1.
    """

    allowed: Tensor
    other_chances: Tensor
    tags: Tensor
    is_member: Tensor
    places: Tensor


@lru_cache(maxsize=16)
def _know_slots(
    intents: tuple[str, ...],
    slot_types: tuple[str, ...],
    by_intent: tuple[tuple[str, tuple[str, ...]], ...],
    chances: tuple[tuple[str, float], ...],
    device: torch.device,
) -> _KnownSlots:
    """Make the tensors once for each config, because every utterance needs them."""
    known, other = dict(by_intent), dict(chances)
    with torch.inference_mode(False):
        rows = [[intent not in known or name in known[intent] for name in slot_types] for intent in intents]
        of_types = torch.tensor(rows, dtype=torch.bool).reshape(len(intents), len(slot_types))
        allowed = torch.cat([torch.ones(len(intents), 1, dtype=torch.bool), of_types.repeat_interleave(2, dim=1)], 1)
        every_set, places = torch.cat([torch.ones_like(allowed[:1]), allowed]).unique(dim=0, return_inverse=True)
        of_all = int(places[0])  # unique() sorts, so the set of all tags is the last one
        sets = every_set[:of_all]
        sizes = sets.sum(1)
        most = int(sizes.max()) if len(sets) else 0
        tags = (~sets).to(torch.uint8).sort(dim=1, stable=True).indices[:, :most]
        return _KnownSlots(
            allowed=allowed.to(device),
            other_chances=torch.tensor([other.get(intent, 0.0) for intent in intents], device=device),
            tags=tags.to(device),
            is_member=(torch.arange(most) < sizes[:, None]).to(device),
            places=((places[1:] + 1) % (of_all + 1)).to(device),
        )


def _log_shares(
    emissions: Tensor, mask: Tensor, transitions: tuple[Tensor, Tensor, Tensor], known: _KnownSlots
) -> tuple[Tensor, Tensor]:
    """Return the log-probability that all tags of a row are in a set, (sets, batch), and the `log_partition`."""
    emissions = _bounded(emissions)
    between, start, end = (scores.float() for scores in transitions)
    everything = log_partition(emissions, mask, between, start, end)
    at_once = max(1, _MOST_SCORES // max(1, emissions[..., 0].numel() * known.tags.shape[1]))
    parts = []
    for tags, counts in zip(known.tags.split(at_once), known.is_member.split(at_once), strict=True):
        scores = emissions[:, :, tags].permute(2, 0, 1, 3).masked_fill(~counts[:, None, None], -1e5)
        within = between[tags[:, :, None], tags[:, None, :]]  # (sets, tags, tags)
        parts.append(log_partition(scores, mask, within, start[tags][:, None], end[tags][:, None]) - everything)
    return torch.cat(parts).clamp(max=0), everything


def _bounded(emissions: Tensor) -> Tensor:
    """Scores in single precision, not too large for sums of exponentials."""
    return emissions.float().nan_to_num(0.0).clamp(-1e4, 1e4)
