"""Give a model the words of a domain's texts, so that it hears again what noise has changed."""

from ...data.domains import Domain
from ...data.mixtures.mixture import Mixture
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...own_words_bilstm_nlu import OwnWords

__all__ = ["take_words"]


def take_words(model: BiLstmNluForIntentAndSlots, domain: Domain, *, keep_words: bool = True) -> None:
    """Give a model the words of a domain: those of the train split, and of the values of its slot catalogs.

    Other splits give no words, so that scores on them are honest. A mixture of corpora gives no words.

    Args:
        model: model to change in place.
        domain: domain with a train split.
        keep_words: with `False`, the model loses its words and gets no others.
    """
    model.own_words = OwnWords()
    if keep_words and not isinstance(domain, Mixture):
        values = (form for catalog in domain.catalogs.values() for form in catalog.surface_forms())
        model.own_words = OwnWords.of((row.text for row in domain.utterances("train")), values)
