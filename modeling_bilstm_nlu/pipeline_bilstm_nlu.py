"""From text to frame: a plain dict with the intent, its score, and slots with character offsets."""

import re
from typing import Any, TypedDict

import torch
from transformers import Pipeline

from .hashing_bilstm_nlu import PAD_TOKEN_ID, lay_out_words
from .labels_bilstm_nlu import tags_to_spans, word_offsets

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Slot(TypedDict):
    """One slot of a frame; `value` is `text[start:end]`, offsets are characters, end exclusive."""

    slot_type: str
    value: str
    start: int
    end: int


class Frame(TypedDict, total=False):
    """The meaning of an utterance. A text without a single word has the intent `None`, score 0 and no slots."""

    text: str
    intent: str | None
    score: float
    slots: list[Slot]
    intents: list[dict[str, Any]]


class BiLstmNluPipeline(Pipeline):
    """Parse texts into frames.

    Calling it with a text gives a `Frame`, with a list of texts a list of frames.

    Args:
        top_k: with more than 1, each frame also lists that many `intents` with their scores, best first.

    Raises:
        TypeError: the input is no text.
        ValueError: `top_k` is below 1.
    """

    model: Any
    tokenizer: Any
    _load_processor: Any = False
    _load_image_processor: Any = False
    _load_feature_extractor: Any = False
    _load_tokenizer: Any = True

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """One frame for a text, a list of frames for a list of texts."""
        if isinstance(inputs, tuple):
            inputs = list(inputs)
        return [] if inputs == [] else super().__call__(inputs, *args, **kwargs)

    def _sanitize_parameters(self, top_k: int | None = None, **kwargs: Any) -> tuple[dict, dict, dict]:
        if top_k is not None and top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        return {}, {}, {} if top_k is None else {"top_k": top_k}

    def preprocess(self, text: str, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        if not isinstance(text, str):
            raise TypeError(f"an utterance must be a str, got {type(text).__name__}: {text!r:.80}")
        readable = _LONE_SURROGATE.sub("\ufffd", text)  # same length, so offsets still fit the caller's text
        encoded = self.tokenizer(readable, truncation=True, return_offsets_mapping=True, split_special_tokens=True)
        words = word_offsets(encoded.word_ids(0), encoded["offset_mapping"])
        ids = encoded["input_ids"] or [PAD_TOKEN_ID]
        return {"input_ids": torch.tensor([ids]), "text": text, "words": words}

    def _forward(self, model_inputs: dict[str, Any], **kwargs: Any) -> Any:  # type: ignore[override]
        ids = model_inputs["input_ids"]
        if self.model.training:  # a model that was just built or trained: dropout would make frames a matter of chance
            self.model.eval()
        output = self.model(input_ids=ids)
        word_mask = lay_out_words(ids).mask
        return {
            "intent_probabilities": output.intent_logits.float().softmax(-1),
            "slot_ids": self.model.decode_slots(output.slot_logits, word_mask),
            "text": model_inputs["text"],
            "words": model_inputs["words"],
        }

    def postprocess(self, model_outputs: Any, top_k: int = 1, **kwargs: Any) -> Frame:  # type: ignore[override]
        text, words = model_outputs["text"], model_outputs["words"]
        if not words:
            nothing = Frame(text=text, intent=None, score=0.0, slots=[])
            return nothing if top_k == 1 else Frame(**nothing, intents=[])
        config = self.model.config
        tags = config.slot_tags
        predicted = [tags[i] for i in model_outputs["slot_ids"][0, : len(words)].tolist()]
        scores, order = model_outputs["intent_probabilities"][0].sort(descending=True, stable=True)
        ranked = [
            {"intent": config.intents[i], "score": score}
            for i, score in zip(order[:top_k].tolist(), scores[:top_k].tolist(), strict=True)
        ]
        slots = [
            Slot(slot_type=slot_type, value=text[start:end], start=start, end=end)
            for slot_type, start, end in tags_to_spans(words, predicted)
        ]
        frame = Frame(text=text, intent=ranked[0]["intent"], score=ranked[0]["score"], slots=slots)
        if top_k > 1:
            frame["intents"] = ranked
        return frame
