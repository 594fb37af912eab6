"""Vocabulary: the words of a domain get vectors of their own."""

from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.label_names import name_words
from ...data.mixtures.mixture import Mixture
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import count_word_keys

__all__ = ["SHARE_OF_MIXTURE", "grow_vocabulary"]

#: Of the word table of a generic checkpoint: a word of a later domain needs a free one among its `PROBES` rows.
SHARE_OF_MIXTURE = 0.6


def grow_vocabulary(
    model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast, *, share: float = 1.0
) -> int:
    """Give the words of the domain's training split, and of its labels' names, rows of their own, commonest first.

    Args:
        model: whose table of words is filled.
        domain: training texts.
        tokenizer: to find words with.
        share: of the table's rows that may be taken.

    Returns:
        How many words are new.
    """
    names = () if isinstance(domain, Mixture) else (*domain.spec.intents, *domain.spec.slot_types)
    counts = count_word_keys([*domain.splits["train"]["text"], *filter(None, map(name_words, names))], tokenizer)
    most = int(share * model.config.vocabulary_size)
    return model.encoder.add_words(key for key, _ in counts.most_common(most))
