"""Turn texts into frames: plain dicts with the intent, its score, and slots with character offsets."""

import itertools
import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sized
from functools import cache, partial
from typing import Any, ClassVar

import torch
from torch.utils.data import Dataset
from transformers import Pipeline

from .call_phrases_bilstm_nlu import CallPhrases  # noqa: F401  transformers 5.0 copies only files that are named here
from .calls_bilstm_nlu import CallValues, CatalogsOfCall, call_values, possible_intents
from .catalogs_bilstm_nlu import SlotCatalogs
from .configuration_bilstm_nlu import DATE_DIRECTIONS
from .format_bilstm_nlu import MAX_CHARACTERS, PAD_TOKEN_ID, PROBE_IDS, PROBE_TEXT
from .forms_bilstm_nlu import FormIndex  # noqa: F401  as above
from .frames_bilstm_nlu import Frame, FrameMaker, Normaliser, Reading, frame_in_text
from .hashing_bilstm_nlu import lay_out_words
from .hearing_bilstm_nlu import Heard, better_reading
from .json_file_bilstm_nlu import read_limited  # noqa: F401  as above
from .labels_bilstm_nlu import word_offsets
from .more_phrases_bilstm_nlu import more_phrases
from .own_words_bilstm_nlu import OwnWords  # noqa: F401  as above
from .phonetics_bilstm_nlu import sound_key  # noqa: F401  as above
from .phrases_bilstm_nlu import ExactAnswer
from .resolution_bilstm_nlu import ValueIndex  # noqa: F401  as above
from .segment_heads_bilstm_nlu import TextSplitter
from .segments_bilstm_nlu import CANNOT_SPLIT, Segment
from .validation_bilstm_nlu import check_threshold

logger = logging.getLogger(__name__)

#: Half a surrogate pair of UTF-16, which text encodings cannot store.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")

#: Default number of texts in a batch. On one CPU core, larger batches are not faster, and single texts take four times
#: as long.
BATCH_SIZE = 32

#: Characters. A longer text is read alone: in a batch, all other texts would be padded to its length.
LONG_TEXT = 512

#: The ids of a text that the network does not read.
_NO_WORDS = torch.tensor([[PAD_TOKEN_ID]])


def _as_text(thing: Any) -> str:
    if not isinstance(thing, str):
        raise TypeError(f"an utterance must be a str, got {type(thing).__name__}: {thing!r:.80}")
    return str(thing)  # NumPy has its own strings


@cache
def _say_that_all_is_accepted(name: str) -> None:
    """Log once for each checkpoint that it has no decision."""
    logger.warning(
        "%s: has no decision whether a text is meant for the skill, so all frames are accepted; train it again with "
        "this version, or give a threshold",
        name or "the model",
    )


def _is_series(inputs: Any) -> bool:
    """Whether the input is a series of texts. A table is not, because iteration gives the names of its columns."""
    if isinstance(inputs, str | bytes | Mapping | set | frozenset):
        return False
    return isinstance(inputs, Iterable) and isinstance(inputs, Sized) and getattr(inputs, "ndim", 1) == 1


class BiLstmNluPipeline(Pipeline):
    """Parses texts into frames.

    Call it with a text to get a `Frame`, or with several texts to get their frames in the same order. A list, a tuple,
    a `pandas.Series`, a NumPy array or a column of a dataset gives a list. A generator, another iterator or a torch
    `Dataset` gives an iterator, which reads `batch_size` texts ahead: use `batch_size=1` if the next text depends on
    the frame of the last one.

    Texts are read in batches, which is much faster. A frame does not depend on the other texts in its batch, except
    for rounding: its score may differ by about 1e-6.

    If the value of a slot is in a slot catalog of the checkpoint, `resolved` has its canonical value and id.

    With `multi=True`, a text may have several intents ("turn off the lamp and set an alarm"). It gives a list of
    frames in the order of the text, usually only one. Each frame is that of its part alone, `text[start:end]`; the
    offsets of its slots are those in the whole text.

    Args:
        batch_size: number of texts in a batch; by default `BATCH_SIZE`, but texts of a list with more than `LONG_TEXT`
            characters are read one by one.
        threshold: the smallest score that is accepted, from 0 to 1; by default that of the checkpoint, fitted in its
            training. In a checkpoint without a decision, the score is the probability of the intent, and all frames
            are accepted by default.
        top_k: with more than 1, each frame also lists this number of `intents` with their scores, best first; with
            `None`, all of them.
        multi: split texts with several intents, and give a list of frames for each text.
        normalise: function that gives `resolved` to slots that are not in the catalogs. Its arguments are the type
            name of the slot, such as `AMAZON.DATE`, and the slot's text; it returns a dict or `None`. `None` turns
            this off; the default is `default_normalise`.
        exact: whether a text that is one of the skill's own sentences gets the frame of that sentence, with the score
            1; with `False`, the network reads it, too.
        intents: the intents that are possible in this call, at least one; `None` allows all.
        catalogs: more values of slot types, for this call alone: slot type -> a list of values, or a dict with the
            synonyms of each value. They count as values of the slot catalogs.
        prefer: whether `default_normalise` takes a date without a year ("march third") as the next such day, with
            `future`, or as the last one, with `past`; the default is `prefer_dates` of the checkpoint's config.

    Raises:
        TypeError: the input is not a text or a series of texts, or `normalise` is not a function.
        ValueError: the tokenizer is not that of these models; or `intents` or `catalogs` have a name that the model
            does not know, or another layout; or `top_k` or `batch_size` is below 1; or `threshold` is not a number
            from 0 to 1; or `prefer` is not one of `DATE_DIRECTIONS`, or it is given with a function `normalise`; or
            scores are not finite; or `multi` is true, and the checkpoint has no heads that split texts.
    """

    #: Set by the package if it is installed: a normaliser of numbers, dates, times and durations, with the keyword
    #: argument `prefer`.
    default_normalise: ClassVar[Callable[..., Any] | None] = None

    model: Any
    tokenizer: Any
    _load_processor: Any = False
    _load_image_processor: Any = False
    _load_feature_extractor: Any = False
    _load_tokenizer: Any = True

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.tokenizer(PROBE_TEXT)["input_ids"] != PROBE_IDS:
            raise ValueError(
                f"the tokenizer of {self.tokenizer.name_or_path!r} is not that of these models, so frames would be "
                "wrong: copy tokenizer.json and tokenizer_config.json from another checkpoint"
            )

    def __call__(self, inputs: Any, *args: Any, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Return a frame for a text, a list of frames for a list of texts, an iterator of frames for an iterator."""
        given = self._batch_size if batch_size is None else batch_size
        if given is not None and given < 1:
            raise ValueError(f"batch_size must be at least 1, got {given}")
        if kwargs.get("multi", self._postprocess_params.get("multi")):
            self._sanitize_parameters(**kwargs)  # wrong arguments are an error now, not at the first frame
            return self._split(inputs, given or BATCH_SIZE, *args, **{**kwargs, "multi": False})
        if isinstance(inputs, Dataset):
            return super().__call__(inputs, *args, batch_size=given or BATCH_SIZE, **kwargs)
        if isinstance(inputs, Iterator):
            self._sanitize_parameters(**kwargs)  # wrong arguments are an error now, not at the first frame
            return self._frames_of(inputs, given or BATCH_SIZE, *args, **kwargs)
        if not _is_series(inputs):
            return super().__call__(_as_text(inputs), *args, **kwargs)
        texts = [_as_text(text) for text in inputs]
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # for little padding
        num_short = len(texts) if given else sum(len(text) <= LONG_TEXT for text in texts)
        frames: list[Any] = [None] * len(texts)
        for places, size in ((order[:num_short], given or BATCH_SIZE), (order[num_short:], 1)):
            if places:
                found = super().__call__([texts[place] for place in places], *args, batch_size=size, **kwargs)
                for place, frame in zip(places, found, strict=True):
                    frames[place] = frame
        return frames

    def _frames_of(self, texts: Iterator[Any], size: int, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """The frames of texts, in order. No more than a batch is read ahead (transformers 5.0 would read them all)."""
        while batch := [_as_text(text) for text in itertools.islice(texts, size)]:
            yield from super().__call__(batch, *args, batch_size=size, **kwargs)

    def _split(self, inputs: Any, size: int, *args: Any, **kwargs: Any) -> Any:
        """A list of frames for a text, a list of lists for a list of texts, an iterator of lists for an iterator."""
        if getattr(self.model, "segment_heads", None) is None:  # older code of a checkpoint does not have it
            raise ValueError(CANNOT_SPLIT)
        if isinstance(inputs, Dataset):
            dataset: Any = inputs
            inputs = (dataset[place] for place in range(len(dataset)))
        if isinstance(inputs, Iterator):
            texts = inputs
            batches = iter(lambda: [_as_text(text) for text in itertools.islice(texts, size)], [])
            return (frames for batch in batches for frames in self._split_batch(batch, size, *args, **kwargs))
        if not _is_series(inputs):
            return self._split_batch([_as_text(inputs)], size, *args, **kwargs)[0]
        return self._split_batch([_as_text(text) for text in inputs], size, *args, **kwargs)

    def _split_batch(self, texts: list[str], size: int, *args: Any, **kwargs: Any) -> list[list[Frame]]:
        self.model.eval()
        options = {**self._preprocess_params, **self._sanitize_parameters(**kwargs)[0]}
        open_texts = [text for text in texts if self.preprocess(text, **options)["answer"] is None]
        with torch.inference_mode():
            found = TextSplitter(self.model, partial(self.preprocess, exact=False)).split(open_texts)
        split = dict(zip(open_texts, found, strict=True))  # the skill's own sentences are not split
        splits = [split.get(text) or [Segment(0, len(text))] for text in texts]
        places = [(text, segment) for text, segments in zip(texts, splits, strict=True) for segment in segments]
        parts = [text[segment.start : segment.end] for text, segment in places]
        frames = iter(self(parts, *args, batch_size=size, **kwargs))
        return [
            [frame_in_text(next(frames), text, *segment) for segment in segments]
            for text, segments in zip(texts, splits, strict=True)
        ]

    def get_inference_context(self) -> Any:
        return torch.inference_mode

    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict, dict, dict]:
        names = ("multi", "normalise", "prefer", "threshold", "top_k")
        given = {name: kwargs[name] for name in names if name in kwargs}
        if (top_k := given.get("top_k")) is not None and top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        if not isinstance(multi := given.get("multi", False), bool):
            raise TypeError(f"multi must be True or False, got {multi!r:.80}")
        if (threshold := given.get("threshold")) is not None:
            check_threshold(threshold)
        if not callable(normalise := given.get("normalise")) and normalise is not None:
            raise TypeError(f"normalise must be a function or None, got {normalise!r:.80}")
        if (prefer := given.get("prefer")) is not None:
            if prefer not in DATE_DIRECTIONS:
                raise ValueError(f"prefer must be one of {', '.join(DATE_DIRECTIONS)}, got {prefer!r:.80}")
            if normalise is not None:
                raise ValueError("prefer is not passed to your function normalise; leave one of the two out")
        call: dict[str, Any] = {}
        if "intents" in kwargs:
            call["intents"] = possible_intents(kwargs["intents"], self.model.config.intents)
        if "catalogs" in kwargs:
            call["values"] = call_values(kwargs["catalogs"], self.model.config.slot_types)
        exact = {"exact": kwargs["exact"]} if "exact" in kwargs else {}
        again = {"hear_again": kwargs["hear_again"]} if "hear_again" in kwargs else {}
        return {**call, **exact}, {**call, **again}, {**given, **call}

    def preprocess(  # type: ignore[override]
        self,
        text: str,
        exact: bool = True,
        intents: Collection[str] | None = None,
        values: CallValues | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        text = _as_text(text)  # a torch dataset is checked only here
        phrases = getattr(self.model, "exact_phrases", None)  # older code of a checkpoint does not have it
        if exact and phrases and (answer := phrases.find(text, self._catalogs(values), intents=intents)):
            return {"input_ids": _NO_WORDS, "text": text, "words": [], "end": None, "answer": answer}
        # same length, so offsets still fit the caller's text
        readable = LONE_SURROGATE.sub("\ufffd", text[:MAX_CHARACTERS])
        encoded = self.tokenizer(readable, truncation=True, return_offsets_mapping=True, split_special_tokens=True)
        words = word_offsets(encoded.word_ids(0), encoded["offset_mapping"])
        ids = encoded["input_ids"] or [PAD_TOKEN_ID]
        end = None
        if len(ids) >= self.tokenizer.model_max_length:
            end = words[-1][1]
        elif len(text) > MAX_CHARACTERS:
            end = MAX_CHARACTERS
        is_cut = end is not None and not text[end:].isspace() and end < len(text)
        found = {"text": text, "words": words, "end": end if is_cut else None, "answer": None}
        return {"input_ids": torch.tensor([ids]), **found}

    def _forward(  # type: ignore[override]
        self,
        model_inputs: dict[str, Any],
        intents: Collection[str] | None = None,
        values: CallValues | None = None,
        hear_again: bool = True,
        **kwargs: Any,
    ) -> Any:
        ids, call = model_inputs["input_ids"], dict[str, Any](intents=intents, values=values)
        if self.model.training:  # a model that was just built or trained: dropout would make frames random
            self.model.eval()
        if (ids == PAD_TOKEN_ID).all():  # no words: postprocess ignores the scores
            found = {"intent_probabilities": ids.float(), "slot_ids": ids}
        else:
            scores, slot_ids, decision = self._read(ids, **call)
            found = {"intent_probabilities": scores.exp(), "slot_ids": slot_ids}
            if decision is not None:
                found["decision"] = decision
        kept = {name: model_inputs[name] for name in ("text", "words", "end", "answer")}
        if not hear_again or not getattr(self.model, "own_words", None):  # older code of a checkpoint has none
            return {**found, **kept, "heard": [None] * len(ids) if isinstance(kept["text"], list) else None}
        if isinstance(kept["text"], list):
            pairs = zip(kept["text"], kept["answer"], strict=True)
            return {**found, **kept, "heard": self._hear([None if answer else text for text, answer in pairs], **call)}
        return {**found, **kept, "heard": self._hear([None if kept["answer"] else kept["text"]], **call)[0]}

    def _hear(self, texts: list[str | None], **call: Any) -> list[tuple[Heard, Reading] | None]:
        """What the texts may have been, and what the network reads then; `None` for a text that stays as it is."""
        heard = [None if text is None else self.model.own_words.hear(text) for text in texts]
        rows = [self.preprocess(one.text, exact=False) for one in heard if one]
        if not rows:
            return [None] * len(texts)
        ids = [row["input_ids"][0] for row in rows]
        padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=PAD_TOKEN_ID)
        scores, tags, decision = self._read(padded.to(self.model.device), **call)
        decisions = [None] * len(rows) if decision is None else decision.tolist()
        readings = (
            Reading(row["text"], row["words"], *of_row)
            for row, *of_row in zip(rows, scores.exp().tolist(), tags.tolist(), decisions, strict=True)
        )
        return [None if one is None else (one, next(readings)) for one in heard]

    def _read(
        self, ids: torch.Tensor, intents: Collection[str] | None, values: CallValues | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Return (batch, intents) log-probabilities, (batch, words) tags, and the (batch,) decision, if any."""
        config, given = self.model.config, dict[str, Any]()
        if values is not None:
            names, max_words = tuple(config.gazetteers), config.gazetteer_max_words
            given["more_phrases"] = more_phrases(values, self.tokenizer, names, max_words, ids.device)
        if intents is not None:
            given["possible"] = torch.tensor([intent in intents for intent in config.intents], device=ids.device)
        if hasattr(self.model, "read"):
            reading = self.model.read(ids, **given)
            return reading.scores, reading.tags, reading.decision
        if given:
            raise ValueError(f"the code of this checkpoint is too old for {', '.join(given)}; train it again")
        output = self.model(input_ids=ids)  # older code of a checkpoint does not have `read`
        return *self.model.decode(output.intent_logits, output.slot_logits, lay_out_words(ids).mask), None

    def postprocess(  # type: ignore[override]
        self,
        model_outputs: Any,
        top_k: int | None = 1,
        intents: Collection[str] | None = None,
        values: CallValues | None = None,
        **kwargs: Any,
    ) -> Frame:
        text, words, end, answer = (model_outputs[name] for name in ("text", "words", "end", "answer"))
        config = self.model.config
        if not getattr(config, "decision_dims", 0):
            _say_that_all_is_accepted(str(getattr(self.model, "name_or_path", "")))
        threshold = kwargs.get("threshold")
        maker = FrameMaker(
            config.intents,
            config.slot_tags,
            self._catalogs(values),
            threshold=getattr(config, "threshold", 0.0) if threshold is None else threshold,
            fallback_intent=getattr(config, "fallback_intent", None),
        )
        normalise = kwargs["normalise"] if "normalise" in kwargs else self._own_normaliser(kwargs.get("prefer"))
        if answer is not None:
            return maker.exact_frame(text, ExactAnswer(*answer), top_k=top_k, normalise=normalise, intents=intents)
        probabilities, tags = (model_outputs[name][0].tolist() for name in ("intent_probabilities", "slot_ids"))
        score = model_outputs["decision"][0].item() if "decision" in model_outputs else None
        reading = Reading(text, words, probabilities, tags, score, end)
        if (found := model_outputs["heard"]) is not None:
            heard, again = found
            reading = better_reading(reading, Reading(*again), Heard(*heard))
        return maker.frame(reading, top_k=top_k, normalise=normalise, intents=intents)

    def _catalogs(self, values: CallValues | None) -> SlotCatalogs | CatalogsOfCall:
        own = self.model.slot_catalogs
        return own if values is None else CatalogsOfCall(own, values)

    def _own_normaliser(self, prefer: str | None) -> Normaliser | None:
        own = type(self).default_normalise
        stored = getattr(self.model.config, "prefer_dates", "future")  # older code of a checkpoint does not have it
        return None if own is None else partial(own, prefer=prefer or stored)
