"""Scores of texts: what a model says of each, and how well its scores separate foreign texts."""

from collections.abc import Sequence
from typing import NamedTuple

from transformers import PreTrainedTokenizerFast

from modeling_bilstm_nlu.metrics.decisions import auroc
from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline

__all__ = ["Answer", "answers", "separation"]


class Answer(NamedTuple):
    """What a model says of a text.

    Attributes:
        best: the best intent, also if the frame is rejected.
        score: the score of the frame.
        is_accepted: whether the frame is accepted.
    """

    best: str | None
    score: float
    is_accepted: bool


def answers(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]
) -> list[Answer]:
    """Parse texts with the network, as the pipeline does, at the default threshold."""
    nlu = BiLstmNluPipeline(model=model, tokenizer=tokenizer, device="cpu")  # type: ignore[arg-type]
    found = []
    for frame in nlu(list(texts), top_k=None, normalise=None, exact=False) if texts else ():
        ranked = [choice["intent"] for choice in frame["intents"]]
        own = [intent for intent in ranked if intent != model.config.fallback_intent]
        found.append(Answer(own[0] if own else None, frame["score"], frame["accepted"]))
    return found


def separation(own: Sequence[Answer], foreign: Sequence[Answer]) -> float:
    """Return how likely a foreign text has a lower score than one of the skill's own (the AUROC)."""
    scores = [-answer.score for answer in (*own, *foreign)]
    return auroc(scores, [False] * len(own) + [True] * len(foreign))
