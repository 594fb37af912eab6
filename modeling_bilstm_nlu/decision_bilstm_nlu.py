"""The decision: whether a text is meant for the skill and its best intent is right, as one calibrated probability."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .format_bilstm_nlu import FORMAT_VERSION
from .hashing_bilstm_nlu import look_up

#: The signals of a decision in the order of its weights. All grow the less a text looks like the skill's own.
SIGNALS = ("class", "skill", "background", "logit", "odds", "tags", "unknown", "unknown_outside", "words")

#: A standard signal counts at most this much, in either direction.
MOST = 4.0
#: Largest logarithm of the odds of an intent.
_MOST_ODDS = 20.0


class Decision(nn.Module):
    """Turns what the network computed of a text into the log-odds that the best intent is right and in scope.

    The best intent is the most probable one that is not the fallback intent. With `x` the input of the intent head,
    `z = (x - center) @ projection` is the text in a small space in which the training texts of an intent have the
    covariance 1. The signals are

    - `class`: `log(1 + |z - class_means[best]|^2)`;
    - `skill`: `log(1 + sum((z - mean)^2 * precisions))`;
    - `background`: `z @ direction`, from a classifier between the skill's texts and everyday requests;
    - `logit`: minus the logit of the best intent;
    - `odds`: minus the log-odds of the best intent, from -20 to 20, after `score_intents`;
    - `tags`: minus the log-probability of the tags that were found;
    - `unknown`: the share of words that are not in the skill's texts and catalogs (column 0 of `word_scores`);
    - `unknown_outside`: the same, but only words outside slots are counted as unknown;
    - `words`: the mean of column 1 of `word_scores`, a log-ratio: how much likelier the word is elsewhere.

    `word_keys` is a key table (`look_up`); a word that is not in it has row 0 of `word_scores`. Every signal is made
    standard, `u = clamp((signal - location) / spread, -4, 4)`, and the log-odds are `bias - sum(weight * u)`. All is
    computed in single precision.

    Args:
        size: size of `x`.
        num_intents: number of intents.
        dims: size of `z`.
        word_rows: rows of the table of words.
    """

    center: Tensor
    projection: Tensor
    class_means: Tensor
    mean: Tensor
    precisions: Tensor
    direction: Tensor
    word_keys: Tensor
    word_scores: Tensor
    location: Tensor
    spread: Tensor
    weight: Tensor
    bias: Tensor

    def __init__(self, size: int, num_intents: int, dims: int, word_rows: int):
        super().__init__()
        shapes = {
            "center": (size,),
            "projection": (size, dims),
            "class_means": (num_intents, dims),
            "mean": (dims,),
            "precisions": (dims,),
            "direction": (dims,),
            "word_scores": (word_rows, 2),
            "location": (len(SIGNALS),),
            "spread": (len(SIGNALS),),
            "weight": (len(SIGNALS),),
            "bias": (1,),
        }
        for name, shape in shapes.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("word_keys", torch.zeros(word_rows, dtype=torch.long))

    def forward(self, signals: Tensor) -> Tensor:
        """Turn signals (batch, signals) into log-odds (batch,)."""
        location, spread, weight, bias = (
            tensor.float() for tensor in (self.location, self.spread, self.weight, self.bias)
        )
        standard = ((signals - location) / spread).clamp(-MOST, MOST)
        return bias - standard @ weight

    def signals(
        self,
        pooled: Tensor,
        intent_logits: Tensor,
        scores: Tensor,
        word_keys: Tensor,
        tags: Tensor,
        tag_costs: Tensor,
        *,
        fallback: int | None = None,
    ) -> Tensor:
        """Compute the signals of texts.

        Args:
            pooled: (batch, size) inputs of the intent head.
            intent_logits: (batch, intents) scores of the intent head.
            scores: (batch, intents) log-probabilities of the intents, from `score_intents`.
            word_keys: (batch, words) word keys, 0 after the last word.
            tags: (batch, words) ids of the slot tags that were found.
            tag_costs: (batch,) minus their log-probability.
            fallback: id of the fallback intent, if the network has one.

        Returns:
            (batch, signals) in the order of `SIGNALS`.
        """
        own = scores if fallback is None else scores.index_fill(1, _index(fallback, scores), -torch.inf)
        best = own.argmax(1, keepdim=True)  # (batch, 1)
        z = (pooled.float() - self.center.float()) @ self.projection.float()
        to_class = (z - self.class_means.float()[best[:, 0]]).square().sum(1)
        to_skill = ((z - self.mean.float()).square() * self.precisions.float()).sum(1)
        others = scores.scatter(1, best, -torch.inf).logsumexp(1)
        odds = (scores.gather(1, best)[:, 0] - others).clamp(-_MOST_ODDS, _MOST_ODDS)
        is_word = word_keys != 0
        counts = is_word.sum(1).clamp(min=1)
        of_words = self.word_scores.float()[look_up(self.word_keys, word_keys)] * is_word[..., None]
        unknown, elsewhere = of_words.unbind(-1)  # (batch, words)
        return torch.stack(
            [
                to_class.log1p(),
                to_skill.log1p(),
                z @ self.direction.float(),
                -intent_logits.float().gather(1, best)[:, 0],
                -odds,
                tag_costs.float(),
                unknown.sum(1) / counts,
                (unknown * (tags == 0)).sum(1) / counts,
                elsewhere.sum(1) / counts,
            ],
            dim=1,
        )


def _index(place: int, like: Tensor) -> Tensor:
    return torch.tensor([place], device=like.device)


class FrameDecision:
    """The part of the joint model that decides whether a frame is accepted.

    Attributes:
        config: the config; `decision_dims` is 0 for a model without a decision.
        decision: the fitted decision, or `None`.
    """

    config: Any
    decision: Decision | None
    register_module: Callable[[str, nn.Module | None], None]
    intent_head: nn.Linear

    def build_decision(self) -> None:
        """Replace the decision by an empty one of the sizes in the config, or by none."""
        config = self.config
        self.register_module("decision", None)  # keeps its place, so that equal models have equal files
        if config.decision_dims:
            size = self.intent_head.in_features
            self.decision = Decision(size, config.num_intents, config.decision_dims, config.decision_words)

    def set_decision(
        self, tensors: Mapping[str, Tensor] | None, *, threshold: float = 0.0, fallback_intent: str | None = None
    ) -> None:
        """Give the model a fitted decision, or none.

        Args:
            tensors: the buffers of a `Decision` by name; `None` removes the decision.
            threshold: the smallest score that is accepted, from 0 to 1.
            fallback_intent: the intent of frames that are not accepted.
        """
        config = self.config
        shape = (0, 0) if tensors is None else (tensors["projection"].shape[1], len(tensors["word_keys"]))
        config.decision_dims, config.decision_words = shape
        config.threshold, config.fallback_intent = threshold, fallback_intent
        self.build_decision()
        if tensors is not None and self.decision is not None:
            config.format_version = FORMAT_VERSION
            self.decision.load_state_dict(dict(tensors))
            self.decision.to(self.intent_head.weight.device)

    @property
    def fallback_id(self) -> int | None:
        """The id of the fallback intent; `None` if the network has no such intent."""
        return self.config.intent2id.get(self.config.fallback_intent)

    def decide(
        self,
        pooled: Tensor,
        intent_logits: Tensor,
        scores: Tensor,
        word_keys: Tensor,
        tags: Tensor,
        tag_costs: Tensor,
    ) -> Tensor | None:
        """Return the probability that the best intent is right and in scope; `None` without a decision.

        The arguments are those of `Decision.signals`; the result has the shape (batch,).
        """
        if self.decision is None:
            return None
        signals = self.decision.signals(
            pooled, intent_logits, scores, word_keys, tags, tag_costs, fallback=self.fallback_id
        )
        return self.decision(signals).sigmoid()
