"""Vocabulary: give the words of a domain vectors of their own."""

from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.label_names import name_words
from ...data.mixtures.mixture import Mixture
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import count_word_keys

__all__ = ["SHARE_OF_MIXTURE", "grow_vocabulary"]

#: Largest share of used rows in the word table of a generic checkpoint, so that words of a later domain, which can be
#: in one of `PROBES` rows, find a free row.
SHARE_OF_MIXTURE = 0.6


def grow_vocabulary(
    model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast, *, share: float = 1.0
) -> int:
    """Give words of the domain's train split and of its label names vectors of their own, most frequent words first.

    Args:
        model: model whose vocabulary is filled.
        domain: domain with the training texts.
        tokenizer: tokenizer that finds the words.
        share: share of the rows of the word table that may be used.

    Returns:
        The number of new words.
    """
    names = () if isinstance(domain, Mixture) else (*domain.spec.intents, *domain.spec.slot_types)
    counts = count_word_keys([*domain.splits["train"]["text"], *filter(None, map(name_words, names))], tokenizer)
    most = int(share * model.config.vocabulary_size)
    return model.encoder.add_words(key for key, _ in counts.most_common(most))
