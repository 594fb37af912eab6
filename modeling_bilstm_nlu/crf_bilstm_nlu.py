"""Linear-chain CRF over BIO tags: constrained Viterbi decoding and the CRF loss (Lafferty et al. 2001)."""

from functools import lru_cache

import torch
from torch import Tensor, nn

#: Number of sums that are computed at a time on a CPU (4 MiB of float32), so that they stay in its cache.
_CACHED = 2**20


@lru_cache(maxsize=16)
def bio_constraints(num_tags: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return which tags may start a sequence (num_tags,), and which tag (column) may follow which (row), both bool.

    Tags are in the order of `tags_for`: `O`, then `B-x`, `I-x` for each slot type.
    """
    with torch.inference_mode(False):  # the result is cached, and training may use it later
        tag = torch.arange(num_tags, device=device)
        slot_type = (tag + 1) // 2  # 0 for O
        is_inside = (tag > 0) & (tag % 2 == 0)
        return ~is_inside, ~is_inside[None, :] | (slot_type[:, None] == slot_type[None, :])


def viterbi(emissions: Tensor, mask: Tensor, transitions: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Find the best valid tag sequence of each row.

    Args:
        emissions: (batch, words, tags) scores.
        mask: (batch, words) bool, true for the words of a row, which come first.
        transitions: (tags, tags) score of the column's tag after the row's tag.
        start: (tags,) score of a first tag.
        end: (tags,) score of a last tag.

    Returns:
        (batch, words) tag ids; 0 (`O`) where there is no word.
    """
    num_tags = emissions.shape[-1]
    may_start, may_follow = bio_constraints(num_tags, emissions.device)
    emissions = emissions.float().nan_to_num(0.0).clamp(-1e30, 1e30)  # with larger scores, a forbidden tag could win
    lowest = torch.finfo(emissions.dtype).min / 4
    transitions = transitions.float().masked_fill(~may_follow, lowest)
    score = emissions[:, 0] + start.float().masked_fill(~may_start, lowest)  # (batch, tags)
    scores, is_padded = [score], _is_padded(mask)
    for word in range(1, emissions.shape[1]):
        following = (_best_before(score, transitions) + emissions[:, word]).clamp(min=lowest)
        score = torch.where(mask[:, word, None], following, score) if is_padded else following
        scores.append(score)
    # The best tag before is computed only for the tags on the way back: for all tags it would take ten times as long.
    tag = (score + end.float()).argmax(-1)  # (batch,)
    tags = [tag]
    for word in range(emissions.shape[1] - 1, 0, -1):
        previous = (scores[word - 1] + transitions.T[tag]).argmax(-1)
        tag = torch.where(mask[:, word], previous, tag) if is_padded else previous
        tags.append(tag)
    return torch.stack(tags[::-1], dim=1).masked_fill(~mask, 0)


def _is_padded(mask: Tensor) -> bool:
    """Whether rows of (batch, words) may have padding; checked only for a single row, which must be fast."""
    return len(mask) > 1 or not bool(mask.all())


def _best_before(score: Tensor, transitions: Tensor) -> Tensor:
    """Return the best score before each tag: (batch, tags), from the scores (batch, tags) of the word before."""
    rows = max(1, _CACHED // transitions.numel()) if score.device.type == "cpu" else len(score)
    parts = [(part[:, :, None] + transitions).amax(1) for part in score.split(rows)]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


class CrfLayer(nn.Module):
    """The layer of a CRF: learnt scores of transitions, first tags and last tags."""

    def __init__(self, num_tags: int):
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.start = nn.Parameter(torch.zeros(num_tags))
        self.end = nn.Parameter(torch.zeros(num_tags))

    def negative_log_likelihood(
        self, emissions: Tensor, mask: Tensor, tags: Tensor, tag_subset: Tensor | None = None
    ) -> Tensor:
        """Return -log p(tags | emissions) of each row, over valid BIO sequences only.

        Args:
            emissions: (batch, words, tags) scores.
            mask: (batch, words) bool; every row has a word, and its words come first.
            tags: (batch, words) gold ids, any valid id where there is no word.
            tag_subset: (tags,) the layer's tag of each column of `emissions`, if `emissions` does not have all tags:
                `O` first, then both tags of some slot types. Then `tags` are the numbers of columns.

        Returns:
            (batch,) losses in nats.
        """
        # With autocast, the matrix product would run in half precision: wrong in the third digit, NaN in fp16.
        with torch.autocast(emissions.device.type, enabled=False):
            emissions = emissions.float()
            transitions, start, end = self.transitions.float(), self.start.float(), self.end.float()
            if tag_subset is not None:
                transitions, start, end = transitions[tag_subset][:, tag_subset], start[tag_subset], end[tag_subset]
            partition = log_partition(emissions, mask, transitions, start, end)
            return partition - path_score(emissions, mask, tags, transitions, start, end)


def path_score(
    emissions: Tensor, mask: Tensor, tags: Tensor, transitions: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Return the score of a tag sequence.

    Args:
        emissions: (batch, words, tags) scores.
        mask: (batch, words) bool, true for the words of a row, which come first.
        tags: (batch, words) ids, any valid id where there is no word.
        transitions: (tags, tags) score of the column's tag after the row's tag.
        start: (tags,) score of a first tag.
        end: (tags,) score of a last tag.

    Returns:
        (batch,) scores.
    """
    words = mask.to(emissions.dtype)
    score = (emissions.gather(2, tags[..., None])[..., 0] * words).sum(1) + start[tags[:, 0]]
    score = score + (transitions[tags[:, :-1], tags[:, 1:]] * words[:, 1:]).sum(1)
    last = tags.gather(1, (mask.sum(1) - 1).clamp(min=0)[:, None])[:, 0]
    return score + end[last]


def log_partition(emissions: Tensor, mask: Tensor, transitions: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Return the logarithm of the sum of exp(score) over all valid BIO sequences.

    Args:
        emissions: (..., batch, words, tags) scores.
        mask: (batch, words) bool.
        transitions: (..., tags, tags) score of the column's tag after the row's tag.
        start: (tags,) or (..., 1, tags) score of a first tag.
        end: (tags,) or (..., 1, tags) score of a last tag.

    Returns:
        (..., batch) logarithms in nats.
    """
    may_start, may_follow = bio_constraints(emissions.shape[-1], emissions.device)
    # Sums of exponentials as one matrix product for each word: exp(transitions) is computed once, rows are scaled by
    # their maximum, and impossible tags get exp(-69) instead of zero, because the logarithm of zero has no gradient.
    factors = transitions.exp() * may_follow
    score = emissions[..., 0, :] + start.masked_fill(~may_start, -69.0)
    is_padded = _is_padded(mask)
    for word, emission in enumerate(emissions.unbind(-2)[1:], 1):
        highest = score.detach().amax(-1, keepdim=True)
        following = ((score - highest).exp() @ factors).clamp(min=1e-30).log() + highest + emission
        score = torch.where(mask[:, word, None], following, score) if is_padded else following
    return torch.logsumexp(score + end, dim=-1)
