"""Fit the heads that split texts with several intents, to joined utterances and the frozen network."""

import logging
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from ..data.domains import Domain
from ..data.joining import JoinedText, join_utterances, values_by_type, with_conjunctions
from ..data.mixtures.mixture import Mixture
from ..data.schema import FALLBACK_INTENT
from ..labels_bilstm_nlu import word_offsets
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..segment_heads_bilstm_nlu import SegmentHeads, pairs
from ..segments_bilstm_nlu import possible_segments

__all__ = ["fit_segment_heads"]

logger = logging.getLogger(__name__)

_HIDDEN = 32  # cells of the hidden layer
_MOST_UTTERANCES = 1000
_JOINED_TEXTS = 800
_CONJUNCTION_SHARE = 0.2  # texts with two values in a slot, per utterance
_FEWEST_CONJUNCTIONS = 40
_EPOCHS = 5
_BATCH_SIZE = 256
_DROPOUT = 0.3
_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 0.1
_WHOLE_DECAY = 3e-3
#: Smallest deviation that inputs are divided by. With a smaller one, rounding in half precision would matter.
_LEAST_DEVIATION = 0.05
_WRONG_STARTS = 5  # the likeliest wrong starts of a text, from which parts of utterances are made


class _Read(NamedTuple):
    """A text as the network reads it: character offsets of words, states (words, size), pooled (size,) if asked."""

    words: list[tuple[int, int]]
    states: Tensor
    pooled: Tensor | None


def fit_segment_heads(
    model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast, *, seed: int = 0
) -> bool:
    """Give a model heads that split texts with several intents, fitted to the frozen network.

    The data is made of the train split: texts of two or three utterances, single utterances, and utterances with a
    conjunction in a slot. The first head learns where an utterance starts. The second one learns what is a whole
    utterance, against parts of utterances at the likeliest wrong starts, and against two utterances.

    Args:
        model: a trained model; its other weights do not change.
        domain: domain with a train split.
        tokenizer: tokenizer of the model.
        seed: seed of the draws and of the first weights.

    Returns:
        Whether the model has such heads now; `False` if the domain is a mixture, or has fewer than two
        distinct utterances.
    """
    rng = random.Random(seed)
    utterances = [row for row in domain.utterances("train") if row.intent not in (None, FALLBACK_INTENT)]
    utterances = list({row.text: row for row in utterances}.values())
    if len(utterances) < 2 or isinstance(domain, Mixture):
        model.set_segment_heads(0)
        return False
    utterances = rng.sample(utterances, min(len(utterances), _MOST_UTTERANCES))
    values = values_by_type(utterances)
    joined = join_utterances([row.text for row in utterances], _JOINED_TEXTS, rng)
    number = max(_FEWEST_CONJUNCTIONS, round(_CONJUNCTION_SHARE * len(utterances)))
    several = (with_conjunctions(row, values, rng) for row in rng.choices(utterances, k=number))
    texts = list(dict.fromkeys([*(row.text for row in utterances), *filter(None, several)]))
    rows = [*joined, *(JoinedText(text, (0,)) for text in texts)]
    was_training = model.training
    model.eval()
    with torch.random.fork_rng(), torch.autocast(model.device.type, enabled=False):
        torch.manual_seed(seed)
        model.set_segment_heads(_HIDDEN)
        heads = model.segment_heads
        assert heads is not None
        read = [
            *_read(model, tokenizer, [row.text for row in joined], is_pooled=False),
            *_read(model, tokenizer, texts),
        ]
        kept = [(row, what, starts) for row, what in zip(rows, read, strict=True) if (starts := _starts(row, what))]
        _fit_starts(heads, [(what.states, starts) for _, what, starts in kept])
        log_odds = _log_odds(heads, [what.states for _, what, _ in kept])
        parts = {
            part
            for (row, what, starts), odds in zip(kept, log_odds, strict=True)
            if (part := _wrong_part(odds, row, what, starts, rng))
        }
        wrong = sorted(parts - set(texts))
        if wrong:
            _fit_whole(heads, _pooled(read[len(joined) :]), _pooled(_read(model, tokenizer, wrong)))
    model.train(was_training)
    logger.info("segment heads fitted to %d joined and %d single texts", len(joined), len(texts))
    return True


@torch.no_grad()
def _read(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str],
    *,
    is_pooled: bool = True,
) -> Iterator[_Read]:
    encoded = tokenizer(list(texts), truncation=True, return_offsets_mapping=True, split_special_tokens=True)
    order = sorted(range(len(texts)), key=lambda place: len(encoded["input_ids"][place]))
    found: dict[int, _Read] = {}
    for start in range(0, len(order), _BATCH_SIZE):
        places = order[start : start + _BATCH_SIZE]
        ids = nn.utils.rnn.pad_sequence(
            [torch.tensor(encoded["input_ids"][place]) for place in places],
            batch_first=True,
            padding_value=model.config.pad_token_id,
        ).to(model.device)
        states, pooled = model.segment_features(ids) if is_pooled else (model.encoder(ids).last_hidden_state, None)
        for row, place in enumerate(places):
            words = word_offsets(encoded.word_ids(place), encoded["offset_mapping"][place])
            found[place] = _Read(words, states[row, : len(words)].clone(), None if pooled is None else pooled[row])
    return (found[place] for place in range(len(texts)))


def _pooled(read: Iterable[_Read]) -> Tensor:
    return torch.stack([what.pooled for what in read if what.pooled is not None])


def _place_and_size(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the deviation of each input; `std` takes five times as long."""
    mean = inputs.mean(0)
    deviation = (inputs - mean).square_().sum(0).div(max(len(inputs) - 1, 1)).sqrt()
    return mean, deviation.clamp(min=_LEAST_DEVIATION)


def _starts(row: JoinedText, what: _Read) -> list[int]:
    """The numbers of the words that start an utterance; none if the text was not read whole."""
    places = {start: place for place, (start, _) in enumerate(what.words)}
    return [places[start] for start in row.starts] if set(row.starts) <= set(places) else []


def _fit_starts(heads: SegmentHeads, rows: Sequence[tuple[Tensor, list[int]]]) -> None:
    """Fit the head for starts by gradient steps on all words but the first of each text."""
    inputs = torch.cat([pairs(states[None])[0, 1:] for states, _ in rows])
    labels = torch.cat([_labels(states, starts) for states, starts in rows])
    mean, deviation = _place_and_size(inputs)
    inputs = (inputs - mean) / deviation
    layers = nn.Sequential(heads.hidden, nn.Tanh(), nn.Dropout(_DROPOUT), heads.start)
    is_fused = inputs.device.type == "cpu"  # one call for all weights, which are few
    optimizer = torch.optim.AdamW(
        layers.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY, fused=is_fused or None
    )
    with torch.enable_grad():
        for _ in range(_EPOCHS):
            for batch in torch.randperm(len(inputs), device=inputs.device).split(_BATCH_SIZE):
                optimizer.zero_grad()
                logits = layers(inputs[batch])[:, 0]
                nn.functional.binary_cross_entropy_with_logits(logits, labels[batch]).backward()
                optimizer.step()
    layers.zero_grad()
    _fold(heads.hidden, mean, deviation)


def _labels(states: Tensor, starts: Sequence[int]) -> Tensor:
    labels = states.new_zeros(len(states))
    labels[list(starts)] = 1
    return labels[1:]


@torch.no_grad()
def _log_odds(heads: SegmentHeads, states: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the log-odds that a segment starts at each word of each text, from the states of its words."""
    inputs = torch.cat([pairs(words[None])[0] for words in states])
    return heads.start(torch.tanh(heads.hidden(inputs)))[:, 0].split([len(words) for words in states])


def _wrong_part(
    log_odds: Tensor, row: JoinedText, what: _Read, starts: Sequence[int], rng: random.Random
) -> str | None:
    """A part of the text that is not a whole utterance: cut at a likely wrong start, or two utterances."""
    edges = [*starts, len(what.words)]
    if len(edges) > 2 and rng.random() < 0.3:
        place = rng.randrange(len(edges) - 2)
        return _part(row.text, what.words, edges[place], edges[place + 2])
    likely = log_odds.argsort(descending=True).tolist()
    wrong = [place for place in likely if place and place not in starts][:_WRONG_STARTS]
    if not wrong:
        return None
    cut = wrong[0] if rng.random() < 0.5 else rng.choice(wrong)
    last = max(place for place, edge in enumerate(edges) if edge < cut)
    ways = [(edges[last], cut), (cut, edges[last + 1])]
    ways += [(cut, edges[last + 2])] if last + 2 < len(edges) else []
    ways += [(edges[last - 1], cut)] if last else []
    return _part(row.text, what.words, *rng.choice(ways))


def _part(text: str, words: list[tuple[int, int]], first: int, last: int) -> str | None:
    """The words from one edge to another, without connectives at the edges; `None` if no word is left."""
    starts = sorted({edge for edge in (first, last) if 0 < edge < len(words)})
    segment = possible_segments(text, words, starts).get((first, last))
    return None if segment is None else text[segment.start : segment.end]


def _fit_whole(heads: SegmentHeads, right: Tensor, wrong: Tensor) -> None:
    """Fit the head for whole utterances with L-BFGS; both kinds of texts have the same weight."""
    inputs = torch.cat([right, wrong])
    mean, deviation = _place_and_size(inputs)
    inputs = (inputs - mean) / deviation
    labels = torch.cat([torch.ones(len(right)), torch.zeros(len(wrong))]).to(inputs.device)
    weights = torch.where(labels > 0, 0.5 / len(right), 0.5 / len(wrong))
    head = heads.whole
    with torch.no_grad():
        head.weight.zero_()
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        losses = nn.functional.binary_cross_entropy_with_logits(head(inputs)[:, 0], labels, reduction="none")
        value = (weights * losses).sum() + _WHOLE_DECAY * (head.weight**2).sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    head.zero_grad()
    _fold(head, mean, deviation)


@torch.no_grad()
def _fold(layer: nn.Linear, mean: Tensor, deviation: Tensor) -> None:
    """Change a layer that was fitted to standardised inputs into one for the inputs themselves."""
    layer.weight.div_(deviation)
    layer.bias.sub_(layer.weight @ mean)
