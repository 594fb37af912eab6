"""A fresh model for a domain."""

from typing import Any

from transformers import PreTrainedTokenizerFast, set_seed

from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..data.domains import Domain
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer, count_word_keys, phrase_word_keys

__all__ = ["add_gazetteers", "build_model", "grow_vocabulary"]


def build_model(
    domain: Domain, *, tokenizer: PreTrainedTokenizerFast | None = None, seed: int = 0, **config: Any
) -> BiLstmNluForIntentAndSlots:
    """A randomly initialised model with the domain's labels, and a row for every word of its training split.

    Args:
        domain: labels and training texts.
        tokenizer: the tokenizer to find words with; the package's own by default.
        seed: of the weights.
        config: arguments of `BiLstmNluConfig`.
    """
    set_seed(seed)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(domain.spec.intents, domain.spec.slot_types, **config))
    grow_vocabulary(model, domain, tokenizer or build_tokenizer())
    return model


def grow_vocabulary(model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast) -> int:
    """Give the words of the domain's training split rows of their own, commonest first; returns how many are new."""
    counts = count_word_keys(domain.splits["train"]["text"], tokenizer)
    return model.encoder.add_words(key for key, _ in counts.most_common())


def add_gazetteers(model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast) -> None:
    """Feed the domain's slot catalogs to the upper stacks (section 3 of the paper)."""
    model.set_gazetteers(
        {
            slot_type: phrase_word_keys(catalog.surface_forms(), tokenizer, max_words=model.config.gazetteer_max_words)
            for slot_type, catalog in sorted(domain.catalogs.items())
        }
    )
