"""From text to frame: a plain dict with the intent, its score, and slots with character offsets."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, TypedDict

import torch
from transformers import Pipeline

from .catalogs_bilstm_nlu import Resolved
from .hashing_bilstm_nlu import PAD_TOKEN_ID, lay_out_words
from .labels_bilstm_nlu import tags_to_spans, word_offsets

#: Half of a pair of UTF-16, which no encoding of text can hold.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


#: From the name of a type of values (or the slot type) and a slot's text to what it means, or `None`.
Normaliser = Callable[[str, str], Any]


class _SlotSpan(TypedDict):
    slot_type: str
    value: str
    start: int
    end: int


class Slot(_SlotSpan, total=False):
    """One slot of a frame; `value` is `text[start:end]`, offsets are characters, end exclusive.

    `resolved` says what the value means, where that is known: see `Resolved`.
    """

    resolved: Resolved


class Frame(TypedDict, total=False):
    """The meaning of an utterance. A text without a single word has the intent `None`, score 0 and no slots."""

    text: str
    intent: str | None
    score: float
    slots: list[Slot]
    intents: list[dict[str, Any]]


class BiLstmNluPipeline(Pipeline):
    """Parse texts into frames.

    Calling it with a text gives a `Frame`, with a list of texts a list of frames. A slot whose value stands in a slot
    catalog of the checkpoint has its canonical value and id under `resolved`.

    Args:
        top_k: with more than 1, each frame also lists that many `intents` with their scores, best first.
        normalise: gives `resolved` to slots that the catalogs do not: a function of the name of a type of values, such
            as `AMAZON.DATE`, and of the slot's text, that answers with a dict or `None`. `None` does without;
            `default_normalise` where nothing is given.

    Raises:
        TypeError: the input is no text, or `normalise` no function.
        ValueError: `top_k` is below 1.
    """

    #: Set by the package where it is installed: it knows numbers, dates, times and durations.
    default_normalise: ClassVar[Normaliser | None] = None

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

    def get_inference_context(self) -> Any:
        return torch.inference_mode

    def _sanitize_parameters(self, top_k: int | None = None, **kwargs: Any) -> tuple[dict, dict, dict]:
        if top_k is not None and top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        given = {name: kwargs[name] for name in ("normalise",) if name in kwargs}
        if not callable(normalise := given.get("normalise")) and normalise is not None:
            raise TypeError(f"normalise must be a function or None, got {normalise!r:.80}")
        return {}, {}, given if top_k is None else {"top_k": top_k, **given}

    def preprocess(self, text: str, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        if not isinstance(text, str):
            raise TypeError(f"an utterance must be a str, got {type(text).__name__}: {text!r:.80}")
        readable = LONE_SURROGATE.sub("\ufffd", text)  # same length, so offsets still fit the caller's text
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
        scores, slot_ids = self.model.decode(output.intent_logits, output.slot_logits, word_mask)
        return {
            "intent_probabilities": scores.exp(),
            "slot_ids": slot_ids,
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
        normalise = kwargs.get("normalise", type(self).default_normalise)
        slots = [
            self._slot(slot_type, text[start:end], start, normalise)
            for slot_type, start, end in tags_to_spans(words, predicted)
        ]
        frame = Frame(text=text, intent=ranked[0]["intent"], score=ranked[0]["score"], slots=slots)
        if top_k > 1:
            frame["intents"] = ranked
        return frame

    def _slot(self, slot_type: str, value: str, start: int, normalise: Normaliser | None) -> Slot:
        catalogs = self.model.slot_catalogs
        slot = Slot(slot_type=slot_type, value=value, start=start, end=start + len(value))
        resolved = catalogs.resolve(slot_type, value)
        if resolved is None and normalise is not None:
            resolved = normalise(catalogs.type_name(slot_type), value)
        if resolved is not None:
            slot["resolved"] = resolved
        return slot
