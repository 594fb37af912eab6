"""Make the training rows of a domain: its train split, utterances from label names, variants with other values."""

import math
import random
from collections.abc import Sequence
from typing import Any

from datasets import Dataset, concatenate_datasets
from transformers import PreTrainedTokenizerFast

from ..data.domains import Domain, to_dataset
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset, encode_utterances
from ..data.label_names import label_name_utterances
from ..data.noise import with_noise
from ..data.schema import Utterance
from ..data.substitution import slot_values, with_fewer_words, with_other_values
from .arguments import NluTrainingArguments

__all__ = ["encoded_training_rows", "training_rows"]

_VARIANTS = 10  # variants of an utterance, including the utterance
_MOST_VARIANTS = 20_000  # rows of a domain with all variants; larger train splits have enough values
_WORDS_LESS = 0.3  # share of the words outside slots that a variant loses, if it loses any


def training_rows(
    domain: Domain,
    *,
    name_utterances: bool,
    value_substitution: float,
    carrier_word_deletion: float,
    noise: float,
    seed: int,
    epochs: float = math.inf,
) -> tuple[Dataset, list[Utterance]]:
    """Return the rows to train on.

    Args:
        domain: domain with a train split.
        name_utterances: add utterances from the names of labels; see `label_name_utterances`.
        value_substitution: probability that a slot whose type has a catalog has another value in a variant.
        carrier_word_deletion: probability that a variant loses words outside its slots, and trains only slots.
        noise: probability that a variant is noisy, see `with_noise`.
        seed: seed of the draws.
        epochs: how often each row is trained on; there are no more variants than that and one.

    Returns:
        The first variant of all rows; and the second variant of all rows, then the third, and so on.
    """
    dataset, utterances = domain.splits["train"], domain.utterances("train")
    if name_utterances and (named := label_name_utterances(domain, utterances, seed=seed)):
        dataset, utterances = concatenate_datasets([dataset, to_dataset(named)]), utterances + named
    values = slot_values(domain.catalogs) if value_substitution or carrier_word_deletion else {}
    num_variants = min(_VARIANTS, _MOST_VARIANTS // len(dataset), epochs + 1) if values or noise else 1
    rng = random.Random(seed)

    def vary(row: Utterance) -> Utterance:
        varied = row
        if values:
            varied = with_other_values(row, values, value_substitution, rng)
            varied = with_fewer_words(varied, _WORDS_LESS, rng) if rng.random() < carrier_word_deletion else varied
        return with_noise(varied, rng) if noise and rng.random() < noise else varied

    return dataset, [vary(row) for _ in range(int(num_variants) - 1) for row in utterances]


def encoded_training_rows(
    domain: Domain,
    args: NluTrainingArguments,
    tokenizer: PreTrainedTokenizerFast,
    intents: Sequence[str],
    slot_types: Sequence[str],
) -> EncodedUtterances:
    """Return the encoded rows to train on.

    Args:
        domain: domain with a train split.
        args: arguments that say which rows are added and varied.
        tokenizer: tokenizer that finds the words.
        intents: intents of the model, in the order of their ids.
        slot_types: slot types of the model, in the order of their tags.

    Raises:
        DataError: the domain has a label that the model does not have.
    """
    dataset, varied = training_rows(
        domain,
        name_utterances=args.name_utterances,
        value_substitution=args.value_substitution,
        carrier_word_deletion=args.carrier_word_deletion,
        noise=args.noise,
        seed=args.seed,
        epochs=_epochs(args, len(domain.splits["train"])),
    )
    settings: dict[str, Any] = {"split": f"{domain.name}/train"}
    encoded = EncodedUtterances(encode_dataset(dataset, tokenizer, intents, slot_types, **settings))
    if not varied:
        return encoded
    return encoded.with_variants(encode_utterances(varied, tokenizer, intents, slot_types, **settings))


def _epochs(args: NluTrainingArguments, num_rows: int) -> int:
    """How often each row is trained on."""
    if args.max_steps < 1:
        return math.ceil(args.num_train_epochs)
    at_a_time = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    return math.ceil(args.max_steps * at_a_time / num_rows)
