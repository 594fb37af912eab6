"""Turn utterances into the input of the network: byte ids, an intent id, and a slot tag id for every word."""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, List, Value
from datasets.fingerprint import Hasher
from pyarrow import compute
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import DataError

from .. import labels_bilstm_nlu
from ..format_bilstm_nlu import MAX_CHARACTERS
from ..labels_bilstm_nlu import IGNORED, spans_to_tags, tags_for, word_offsets
from .schema import Utterance

__all__ = ["ENCODED_FEATURES", "IGNORED", "encode_dataset", "encode_utterances", "fit_spans"]

logger = logging.getLogger(__name__)

#: `length` is the number of words, for batches of similar lengths. The last three columns count the slots of a row,
#: those that were widened to whole words, and those that were left out.
ENCODED_FEATURES = Features(
    {
        "input_ids": List(Value("int16")),
        "intent_labels": Value("int32"),
        "slot_labels": List(Value("int16")),
        "length": Value("int32"),
        "num_slots": Value("int32"),
        "num_widened": Value("int32"),
        "num_cut": Value("int32"),
    }
)


_COUNTS = ("num_slots", "num_widened", "num_cut")


def encode_dataset(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerFast,
    intents: Sequence[str],
    slot_types: Sequence[str],
    *,
    split: str = "data",
) -> Dataset:
    """Tokenize a dataset with the columns of `data.schema.FEATURES` and turn its labels into ids.

    A span that starts or ends inside a word is widened to the whole word. A span beyond the maximal length of the
    tokenizer, and a span that overlaps another one after widening, is left out. Both are logged with their numbers.
    Rows from files are encoded once: the next call finds the result in the cache of ``datasets``, next to the rows.

    Args:
        dataset: dataset with the columns of `FEATURES`.
        tokenizer: tokenizer from `build_tokenizer` or of a checkpoint.
        intents: the model's intents, in the order of their ids.
        slot_types: the model's slot types, in the order of their tags.
        split: name of the data in messages.

    Returns:
        A dataset with the columns of `ENCODED_FEATURES`, in torch format.

    Raises:
        DataError: an intent or slot type that the model does not have, or a text without words.
    """
    encoded = dataset.map(
        _encode_batch,
        batched=True,
        fn_kwargs={
            "tokenizer": tokenizer,
            "intent_ids": {intent: i for i, intent in enumerate(intents)},
            "tag_ids": {tag: i for i, tag in enumerate(tags_for(slot_types))},
            "split": split,
        },
        remove_columns=dataset.column_names,
        features=ENCODED_FEATURES,
        # hashes what the tokenizer does: the hash of the object changes when the tokenizer is used
        new_fingerprint=Hasher.hash(
            [
                *(dataset._fingerprint, _code_digest(), split),
                *(tokenizer.backend_tokenizer.to_str(), tokenizer.model_max_length, list(intents), list(slot_types)),
            ]
        ),
        desc=f"tokenizing {split}" if len(dataset) > 20_000 else None,
    )
    counts = encoded.with_format("arrow")[:]
    _log_counts({name: compute.sum(counts[name]).as_py() or 0 for name in _COUNTS}, split)
    return encoded.with_format("torch", columns=["input_ids", "intent_labels", "slot_labels", "length"])


def encode_utterances(
    utterances: Sequence[Utterance],
    tokenizer: PreTrainedTokenizerFast,
    intents: Sequence[str],
    slot_types: Sequence[str],
    *,
    split: str = "data",
) -> dict[str, list[Any]]:
    """Encode utterances that are in no dataset, which takes half the time; see `encode_dataset`.

    Returns:
        The columns of `ENCODED_FEATURES`.
    """
    spans = [None if row.spans is None else [span._asdict() for span in row.spans] for row in utterances]
    columns = _encode_batch(
        {"text": [row.text for row in utterances], "intent": [row.intent for row in utterances], "spans": spans},
        tokenizer,
        {intent: i for i, intent in enumerate(intents)},
        {tag: i for i, tag in enumerate(tags_for(slot_types))},
        split,
    )
    _log_counts({name: sum(columns[name]) for name in _COUNTS}, split)
    return columns


def _log_counts(counts: Mapping[str, int], split: str) -> None:
    for column, what in (
        ("num_widened", "start or end inside a word and were widened to whole words"),
        ("num_cut", "are beyond the maximal length or overlap another slot, and were left out"),
    ):
        if count := counts[column]:
            total = counts["num_slots"]
            logger.warning("%s: %d of %d slots (%.1f%%) %s", split, count, total, 100 * count / total, what)


@cache
def _code_digest() -> str:
    """Return a digest of the code that encodes, so that data is encoded again when the code changes."""
    return Hasher.hash([Path(file).read_bytes() for file in (__file__, labels_bilstm_nlu.__file__)])


def _encode_batch(
    batch: dict[str, list[Any]],
    tokenizer: PreTrainedTokenizerFast,
    intent_ids: dict[str, int],
    tag_ids: dict[str, int],
    split: str,
) -> dict[str, list[Any]]:
    encoded = tokenizer(
        [text[:MAX_CHARACTERS] for text in batch["text"]], truncation=True, return_offsets_mapping=True
    )
    columns: dict[str, list[Any]] = {name: [] for name in ENCODED_FEATURES}
    for i, (text, intent, spans) in enumerate(zip(batch["text"], batch["intent"], batch["spans"], strict=True)):
        words = word_offsets(encoded.word_ids(i), encoded["offset_mapping"][i])
        if not words:
            raise DataError(f"{split}: the text {text!r} has no words; remove it")
        if intent is not None and intent not in intent_ids:
            raise DataError(
                f"{split}: the model does not have the intent {intent!r} of {text!r}; its intents: {list(intent_ids)}"
            )
        if spans is None:
            tags, widened, cut = [IGNORED] * len(words), 0, 0
        else:
            fitted, widened, cut = fit_spans(words, spans)
            try:
                tags = [tag_ids[tag] for tag in spans_to_tags(words, fitted)]
            except KeyError as error:
                raise DataError(f"{split}: the model does not have the slot type of tag {error} of {text!r}") from None
        columns["input_ids"].append(encoded["input_ids"][i])
        columns["intent_labels"].append(IGNORED if intent is None else intent_ids[intent])
        columns["slot_labels"].append(tags)
        columns["length"].append(len(words))
        columns["num_slots"].append(len(spans or ()))
        columns["num_widened"].append(widened)
        columns["num_cut"].append(cut)
    return columns


def fit_spans(
    words: Sequence[tuple[int, int]], spans: Sequence[dict[str, Any]]
) -> tuple[list[tuple[str, int, int]], int, int]:
    """Return the spans moved to word edges, and the numbers of spans that were widened and that were left out."""
    fitted: list[tuple[str, int, int]] = []
    widened = cut = 0
    for span in sorted(spans, key=lambda span: span["start"]):
        inside = [word for word in words if word[0] < span["end"] and word[1] > span["start"]]
        if not inside or (fitted and inside[0][0] < fitted[-1][2]):
            cut += 1
            continue
        start, end = inside[0][0], inside[-1][1]
        widened += start < span["start"] or end > span["end"]
        fitted.append((span["slot_type"], start, end))
    return fitted, widened, cut
