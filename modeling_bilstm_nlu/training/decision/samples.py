"""The texts that a decision is fitted on: the skill's own, those of its fallback intent, and the background."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.fallback_intents import fallback_intent
from ...data.schema import NO_INTENT, Utterance
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .background import background_for
from .geometry import typical_distances
from .measuring import Measured, measure

__all__ = ["Samples", "measured_samples"]

#: Most training texts that are measured, and most of one intent beyond that number.
_MOST_ROWS, _MOST_OF_INTENT = 2500, 20
#: Most texts of the background that are measured. With all of them, skills do not reject better.
_MOST_BACKGROUND = 1500
#: A group of background texts is near to a skill if this share of it is nearer than this share of the skill's texts.
_NEAR_SHARE, _NEAR_TEXTS = 0.3, 0.9
#: A single background text is near if it is nearer than this share of the skill's texts.
_NEAREST_TEXTS = 0.25
#: One of this number of texts shapes nothing, where the texts do not say which are new.
_NEW_ONE_OF = 3


@dataclass(frozen=True)
class Samples:
    """What a network computes of the texts that a decision is fitted on.

    Attributes:
        train: training texts of the skill.
        train_intents: (texts,) ids of their intents.
        held_out: texts of the skill that did not train the network; there may be none.
        is_right: (texts,) bool, whether the best intent of a held-out text is right.
        background: texts that are not meant for the skill, in random order.
        is_new: (texts,) bool, which of these are new to the network, and shape nothing.
        num_near: number of background texts that were left out because they are near to the skill.
        fallback: id of the fallback intent, if the network has one.
    """

    train: Measured
    train_intents: Tensor
    held_out: Measured | None
    is_right: Tensor
    background: Measured
    is_new: Tensor
    num_near: int
    fallback: int | None


def measured_samples(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    domain: Domain,
    *,
    train: Sequence[Utterance],
    held_out: Sequence[Utterance] = (),
    seed: int = 0,
) -> Samples | None:
    """Measure the texts that a decision is fitted on.

    Args:
        model: the trained model.
        tokenizer: tokenizer of the model.
        domain: the domain of the model.
        train: the utterances that trained it; of many, a part is drawn.
        held_out: utterances that did not train it.
        seed: seed of the draws.

    Returns:
        The samples; `None` if no utterance has an intent of its own.
    """
    ids = model.config.intent2id
    fallback = ids.get(fallback_intent(domain) or "")
    if domain.spec.intents == (NO_INTENT,):  # only slots were annotated, so every text has the only intent
        own, intents_of = list(train), [0] * len(train)
        tested, gold = list(held_out), [0] * len(held_out)
    else:
        own = _drawn([row for row in train if row.intent in ids and ids[row.intent] != fallback], seed)
        tested = [row for row in held_out if row.intent is not None and ids.get(row.intent, -1) != fallback]
        intents_of, gold = [ids[str(row.intent)] for row in own], [ids.get(str(row.intent), -1) for row in tested]
    if not own:
        return None
    known = measure(model, tokenizer, [row.text for row in own])
    unseen = measure(model, tokenizer, [row.text for row in tested]) if tested else None
    texts, is_new, num_near = _background(model, tokenizer, domain, known, unseen, seed)
    foreign = [
        row.text for row in [*train, *held_out] if fallback is not None and ids.get(str(row.intent)) == fallback
    ]
    if foreign:
        theirs = measure(model, tokenizer, foreign[:_MOST_ROWS])
        texts = Measured.joined([texts, theirs])
        is_new = torch.cat([is_new, torch.arange(len(theirs.pooled)) % _NEW_ONE_OF == 0])
    if is_new.all() or not is_new.any():  # a few texts alone are left
        is_new = torch.arange(len(is_new)) % _NEW_ONE_OF == 0
    order = torch.randperm(len(texts.pooled), generator=torch.Generator().manual_seed(seed))
    return Samples(
        train=known,
        train_intents=torch.tensor(intents_of),
        held_out=unseen,
        is_right=torch.zeros(0, dtype=torch.bool) if unseen is None else unseen.best(fallback) == torch.tensor(gold),
        background=texts.rows(order),
        is_new=is_new[order],
        num_near=num_near,
        fallback=fallback,
    )


def _drawn(rows: list[Utterance], seed: int) -> list[Utterance]:
    """Draw from many rows: some of each intent first."""
    if len(rows) <= _MOST_ROWS:
        return rows
    rows = random.Random(seed).sample(rows, len(rows))
    counts: dict[str | None, int] = {}
    for row in rows:
        counts[row.intent] = counts.get(row.intent, 0) + 1
    most = max(_MOST_ROWS, _MOST_OF_INTENT * len(counts))
    seen: dict[str | None, int] = {}
    ranks = []
    for row in rows:
        seen[row.intent] = seen.get(row.intent, 0) + 1
        ranks.append(seen[row.intent] > _MOST_OF_INTENT)
    order = sorted(range(len(rows)), key=lambda place: ranks[place])
    return [rows[place] for place in order[:most]]


def _background(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    domain: Domain,
    known: Measured,
    unseen: Measured | None,
    seed: int,
) -> tuple[Measured, Tensor, int]:
    """Return the measured background without what is near to the skill, what of it is new, and how much is near."""
    rows = background_for(domain)
    rows = random.Random(seed).sample(rows, min(len(rows), _MOST_BACKGROUND))
    texts = measure(model, tokenizer, [row.text for row in rows])
    theirs, ours = typical_distances(known, [texts, known if unseen is None else unseen])
    limit, nearest = ours.quantile(_NEAR_TEXTS), ours.quantile(_NEAREST_TEXTS)
    groups: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row.group, []).append(place)
    is_far = theirs >= nearest
    for places in groups.values():
        if (theirs[places] < limit).double().mean() > _NEAR_SHARE:
            is_far[places] = False
    if int(is_far.sum()) < len(rows) // 4:  # a skill of everything: the farthest texts are all there is
        is_far = theirs >= theirs.median()
    is_new = torch.tensor([row.is_held_back for row in rows])
    return texts.rows(is_far.nonzero()[:, 0]), is_new[is_far], int((~is_far).sum())
