"""Make the training rows of a domain: its train split, utterances from label names, variants with other values."""

import random
from collections.abc import Sequence

from datasets import Dataset, concatenate_datasets
from transformers import PreTrainedTokenizerFast

from ..data.domains import Domain, to_dataset
from ..data.encoded import EncodedUtterances
from ..data.encoding import encode_dataset
from ..data.label_names import label_name_utterances
from ..data.mixtures.mixture import Mixture
from ..data.noise import with_noise
from ..data.schema import NO_INTENT, Utterance
from ..data.substitution import slot_values, with_fewer_words, with_other_values
from .arguments import NluTrainingArguments
from .decision.background import background_for

__all__ = ["encoded_training_rows", "has_background", "training_rows", "with_background"]

_VARIANTS = 10  # variants of an utterance, including the utterance
_MOST_VARIANTS = 20_000  # rows of a domain with all variants; larger train splits have enough values
_WORDS_LESS = 0.3  # share of the words outside slots that a variant loses, if it loses any
_LEAST_BACKGROUND = 100  # texts of the background in an epoch, if any
_NONE_OF_THEM = "\0none of them"  # the intent of these; no intent of a skill has this name


def training_rows(
    domain: Domain,
    *,
    name_utterances: bool,
    value_substitution: float,
    carrier_word_deletion: float,
    noise: float,
    seed: int,
) -> tuple[Dataset, int]:
    """Return the rows to train on.

    Args:
        domain: domain with a train split.
        name_utterances: add utterances from the names of labels; see `label_name_utterances`.
        value_substitution: probability that a slot whose type has a catalog has another value in a variant.
        carrier_word_deletion: probability that a variant loses words outside its slots, and trains only slots.
        noise: probability that a variant is noisy, see `with_noise`.
        seed: seed of the draws.

    Returns:
        The first variant of all rows, then the second, and so on; and the number of rows of each variant.
    """
    dataset, utterances = domain.splits["train"], domain.utterances("train")
    if name_utterances and (named := label_name_utterances(domain, utterances, seed=seed)):
        dataset, utterances = concatenate_datasets([dataset, to_dataset(named)]), utterances + named
    values = slot_values(domain.catalogs) if value_substitution or carrier_word_deletion else {}
    num_variants = min(_VARIANTS, _MOST_VARIANTS // len(dataset)) if values or noise else 1
    if num_variants < 2:
        return dataset, len(dataset)
    rng = random.Random(seed)

    def vary(row: Utterance) -> Utterance:
        varied = row
        if values:
            varied = with_other_values(row, values, value_substitution, rng)
            varied = with_fewer_words(varied, _WORDS_LESS, rng) if rng.random() < carrier_word_deletion else varied
        return with_noise(varied, rng) if noise and rng.random() < noise else varied

    varied = (vary(row) for _ in range(num_variants - 1) for row in utterances)
    return concatenate_datasets([dataset, to_dataset(varied)]), len(dataset)


def has_background(domain: Domain, args: NluTrainingArguments) -> bool:
    """Whether texts of the background train a network, next to a domain; see `with_background`."""
    return bool(args.background_share) and domain.spec.intents != (NO_INTENT,) and not isinstance(domain, Mixture)


def with_background(rows: Dataset, num_rows: int, domain: Domain, *, share: float, seed: int) -> tuple[Dataset, int]:
    """Add texts of the background to each variant of the rows of a domain; each variant has others.

    Args:
        rows: the first variant of all rows, then the second, and so on.
        num_rows: number of rows of each variant.
        domain: the domain.
        share: number of texts that are added to a variant, as a share of its rows; at least 100 texts are added.
        seed: seed of the draw.

    Returns:
        The new rows, in the same order, and the number of rows of each variant.
    """
    texts = [row.text for row in background_for(domain) if not row.is_held_back]
    random.Random(seed).shuffle(texts)
    count = min(len(texts), max(_LEAST_BACKGROUND, round(share * num_rows)))
    parts = []
    for variant in range(len(rows) // num_rows):
        parts.append(rows.select(range(variant * num_rows, (variant + 1) * num_rows)))
        drawn = [texts[(variant * count + place) % len(texts)] for place in range(count)]
        parts.append(to_dataset(Utterance(text, _NONE_OF_THEM, None) for text in drawn))
    return concatenate_datasets(parts), num_rows + count


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

    Returns:
        The rows. Texts of the background have the intent id after that of the last intent, see `JointLoss`.

    Raises:
        DataError: the domain has a label that the model does not have.
    """
    rows, num_rows = training_rows(
        domain,
        name_utterances=args.name_utterances,
        value_substitution=args.value_substitution,
        carrier_word_deletion=args.carrier_word_deletion,
        noise=args.noise,
        seed=args.seed,
    )
    if has_background(domain, args):
        rows, num_rows = with_background(rows, num_rows, domain, share=args.background_share, seed=args.seed)
        intents = [*intents, _NONE_OF_THEM]
    encoded = encode_dataset(rows, tokenizer, intents, slot_types, split=f"{domain.name}/train")
    return EncodedUtterances(encoded, num_rows)
