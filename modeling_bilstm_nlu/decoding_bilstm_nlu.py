"""From the scores of both tasks to a frame: the intent that both make likely, and its best slot tags."""

from typing import Any

import torch
from torch import Tensor

from .crf_bilstm_nlu import CrfLayer, log_partition, path_score, viterbi

#: Scores of tags that are held at a time: sets of tags times rows, words and tags.
_MOST_SCORES = 2**24


class FrameDecoding:
    """The part of the joint model that decodes.

    Attributes:
        config: labels, and `intent_slots` where the slots of intents are known.
        crf: scores of transitions, where there are any.
    """

    config: Any
    crf: CrfLayer | None

    def decode(self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor) -> tuple[Tensor, Tensor]:
        """What `score_intents` says of every intent, and the slots that `decode_slots` finds for the likeliest one.

        Args:
            intent_logits: (batch, intents).
            slot_logits: (batch, words, tags).
            word_mask: (batch, words) bool.

        Returns:
            (batch, intents) log-probabilities and (batch, words) tag ids.
        """
        scores = self.score_intents(intent_logits, slot_logits, word_mask)
        return scores, self.decode_slots(slot_logits, word_mask, scores.argmax(-1))

    def score_intents(self, intent_logits: Tensor, slot_logits: Tensor, word_mask: Tensor) -> Tensor:
        """What the intent head says of each intent, times how likely the tagger finds slots of that intent only.

        Where `config.other_slot_chances` gives the intent a chance of others, that likelihood counts for the rest.

        "Shuffle hip hop" may look like the intent that plays an artist: if the tagger is sure of a genre, and that
        intent has no slot for one, it is another. The intent head alone counts without `config.intent_slots`, and
        where `config.intents_by_slots` is off.

        Args:
            intent_logits: (batch, intents).
            slot_logits: (batch, words, tags).
            word_mask: (batch, words) bool; the intent head alone counts for a row without words.

        Returns:
            (batch, intents) log-probabilities.
        """
        scores = intent_logits.float().log_softmax(-1)
        if not self.config.intent_slots or not self.config.intents_by_slots:
            return scores
        every_intent = torch.arange(scores.shape[-1], device=scores.device)
        tag_sets, places = self._allowed_tags(every_intent).unique(dim=0, return_inverse=True)
        limited = ~tag_sets.all(1)  # where any slot may stand, none is unlikely
        shares = scores.new_zeros(len(tag_sets), len(scores))
        if limited.any():
            shares[limited] = _log_shares(slot_logits, word_mask, self._transitions(slot_logits), tag_sets[limited])
        shares = shares.masked_fill(~word_mask.any(1), 0)
        shares = shares.T[:, places]
        if self.config.other_slot_chances:
            others = self._other_slot_chances(every_intent)
            shares = torch.logaddexp((1 - others).log() + shares, others.log())
        return (scores + shares).log_softmax(-1)

    def decode_slots(self, slot_logits: Tensor, word_mask: Tensor, intents: Tensor | None = None) -> Tensor:
        """The best valid BIO sequence of each row.

        Args:
            slot_logits: (batch, words, tags).
            word_mask: (batch, words) bool.
            intents: (batch,) the intents found; slots keep to those that `config.intent_slots` gives them, or others
                are likelier by more than their chance (`config.other_slot_chances`) makes them unlikely.

        Returns:
            (batch, words) tag ids, 0 at padding.
        """
        transitions = self._transitions(slot_logits)
        if intents is None or not self.config.intent_slots:
            return viterbi(slot_logits, word_mask, *transitions)
        slot_logits = slot_logits.float()
        own = viterbi(slot_logits.masked_fill(~self._allowed_tags(intents)[:, None], -1e30), word_mask, *transitions)
        if not self.config.other_slot_chances:
            return own
        best = viterbi(slot_logits, word_mask, *transitions)
        own_score, best_score = (path_score(slot_logits, word_mask, tags, *transitions) for tags in (own, best))
        is_likelier = best_score + self._other_slot_chances(intents).log() > own_score
        return torch.where(is_likelier[:, None], best, own)

    def _transitions(self, slot_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of transitions (tags, tags), first tags (tags,) and last tags (tags,)."""
        if self.crf is not None:
            return self.crf.transitions, self.crf.start, self.crf.end
        silent = slot_logits.new_zeros(slot_logits.shape[-1])
        return slot_logits.new_zeros(2 * silent.shape), silent, silent

    def _other_slot_chances(self, intents: Tensor) -> Tensor:
        """Chance of slots that the intents are not known to have: (batch,) to (batch,)."""
        chances = [self.config.other_slot_chances.get(intent, 0.0) for intent in self.config.intents]
        return torch.tensor(chances, device=intents.device)[intents]

    def _allowed_tags(self, intents: Tensor) -> Tensor:
        """Which tags may stand in utterances of these intents: (batch,) to (batch, tags) bool; `O` always may."""
        config = self.config
        places = {slot_type: i for i, slot_type in enumerate(config.slot_types)}
        names = [config.intent_slots.get(config.intents[intent]) for intent in intents.tolist()]
        allowed = torch.tensor([of_intent is None for of_intent in names])[:, None].repeat(1, len(places))
        pairs = [(row, places[name]) for row, of_intent in enumerate(names) for name in of_intent or ()]
        if pairs:
            allowed[tuple(zip(*pairs, strict=True))] = True
        outside = torch.ones(len(intents), 1, dtype=torch.bool)
        return torch.cat([outside, allowed.repeat_interleave(2, dim=1)], dim=1).to(intents.device)


def _log_shares(
    emissions: Tensor, mask: Tensor, transitions: tuple[Tensor, Tensor, Tensor], tag_sets: Tensor
) -> Tensor:
    """Log-probability that all tags of a row lie in a set: sets (sets, tags) bool to (sets, batch)."""
    emissions = emissions.float().nan_to_num(0.0).clamp(-1e4, 1e4)
    between, start, end = (scores.float() for scores in transitions)
    everything = log_partition(emissions, mask, between, start, end)
    sizes = tag_sets.sum(1)
    # the tags of each set in their order, then others to fill up, which count for nothing
    members = (~tag_sets).to(torch.uint8).sort(dim=1, stable=True).indices[:, : int(sizes.max())]
    is_member = torch.arange(members.shape[1], device=members.device) < sizes[:, None]
    at_once = max(1, _MOST_SCORES // max(1, emissions[..., 0].numel() * members.shape[1]))
    parts = []
    for tags, counts in zip(members.split(at_once), is_member.split(at_once), strict=True):
        scores = emissions[:, :, tags].permute(2, 0, 1, 3).masked_fill(~counts[:, None, None], -1e5)
        within = between[tags[:, :, None], tags[:, None, :]]  # (sets, tags, tags)
        parts.append(log_partition(scores, mask, within, start[tags][:, None], end[tags][:, None]) - everything)
    return torch.cat(parts).clamp(max=0)
