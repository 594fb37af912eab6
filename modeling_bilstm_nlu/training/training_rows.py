"""What a trainer makes of a domain's training split: utterances out of label names, variants with other values."""

import random
from collections.abc import Sequence

from datasets import Dataset, concatenate_datasets
from transformers import PreTrainedTokenizerFast

from ..data.domains import Domain, to_dataset
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset
from ..data.label_names import label_name_utterances
from ..data.schema import Utterance
from ..data.substitution import slot_values, with_fewer_words, with_other_values
from .arguments import NluTrainingArguments

__all__ = ["encoded_training_rows", "training_rows"]

_VARIANTS = 10  # of an utterance, itself among them
_MOST_VARIANTS = 20_000  # of a domain; larger training splits show enough values themselves
_WORDS_LESS = 0.3  # of those outside slots, where a variant is to lose some


def training_rows(
    domain: Domain, *, name_utterances: bool, value_substitution: float, carrier_word_deletion: float, seed: int
) -> tuple[Dataset, int]:
    """The rows to train on.

    Args:
        domain: with a training split.
        name_utterances: add what the names of labels say; see `label_name_utterances`.
        value_substitution: chance of each slot whose type has a catalog to hold another value of it in a variant.
        carrier_word_deletion: chance of a variant to lose words outside its slots, and to teach slots only.
        seed: of the draws.

    Returns:
        All rows in their first variant, then all in their second, and so on, and how many rows there are of each.
    """
    dataset, utterances = domain.splits["train"], domain.utterances("train")
    if name_utterances and (named := label_name_utterances(domain, utterances, seed=seed)):
        dataset, utterances = concatenate_datasets([dataset, to_dataset(named)]), utterances + named
    values = slot_values(domain.catalogs) if value_substitution or carrier_word_deletion else {}
    num_variants = min(_VARIANTS, _MOST_VARIANTS // len(dataset)) if values else 1
    if num_variants < 2:
        return dataset, len(dataset)
    rng = random.Random(seed)

    def vary(row: Utterance) -> Utterance:
        varied = with_other_values(row, values, value_substitution, rng)
        return with_fewer_words(varied, _WORDS_LESS, rng) if rng.random() < carrier_word_deletion else varied

    varied = (vary(row) for _ in range(num_variants - 1) for row in utterances)
    return concatenate_datasets([dataset, to_dataset(varied)]), len(dataset)


def encoded_training_rows(
    domain: Domain,
    args: NluTrainingArguments,
    tokenizer: PreTrainedTokenizerFast,
    intents: Sequence[str],
    slot_types: Sequence[str],
) -> EncodedUtterances:
    """The rows to train on as the training loop reads them.

    Args:
        domain: with a training split.
        args: say which rows are added and varied.
        tokenizer: to find words with.
        intents: of the model, in the order of their ids.
        slot_types: of the model, likewise.

    Raises:
        DataError: the domain has a label that the model does not have.
    """
    rows, num_rows = training_rows(
        domain,
        name_utterances=args.name_utterances,
        value_substitution=args.value_substitution,
        carrier_word_deletion=args.carrier_word_deletion,
        seed=args.seed,
    )
    encoded = encode_dataset(rows, tokenizer, intents, slot_types, split=f"{domain.name}/train")
    return EncodedUtterances(encoded, num_rows)
