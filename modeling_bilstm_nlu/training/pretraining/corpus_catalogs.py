"""The slot values of a mixture's corpora as catalogs, so that a generic checkpoint learns to use catalog matches."""

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...data.mixtures.mixture import Mixture
from ...gazetteer_bilstm_nlu import PhraseTable, value_keys
from ...hashing_bilstm_nlu import lay_out_words, word_keys
from ...tokenization_bilstm_nlu import phrase_word_keys

__all__ = ["CorpusCatalogs"]


class CorpusCatalogs:
    """Makes catalog matches for a batch from the slot values of its corpus.

    The catalogs of a skill list only some of the values that users will say, many values that they will not say, and
    common words. So each batch draws how many of the slot values of its corpus are known, and which. Words outside
    slots match by chance.

    Args:
        domain: the mixture.
        tokenizer: tokenizer of the model.
        share: share of batches that get catalog matches, from 0 to 1.
        max_words: number of words in the longest value that is matched.
    """

    def __init__(self, domain: Mixture, tokenizer: PreTrainedTokenizerFast, share: float, max_words: int):
        self.share = share
        self.tables = []
        for rows in domain.corpus_splits("train").values():
            values: dict[str, None] = {}
            for batch in rows.select_columns(["text", "spans"]).iter(10_000):
                for text, spans in zip(batch["text"], batch["spans"], strict=True):
                    values.update((text[span["start"] : span["end"]], None) for span in spans or ())
            keys = value_keys(phrase_word_keys(list(values), tokenizer, max_words=max_words), max_words)
            table = PhraseTable(1, max(64, 8 * len(keys)), max_words)
            table.fill({"values": keys})
            self.tables.append(table)

    def draw(self, corpus: int, input_ids: Tensor) -> Tensor | None:
        """Return the catalog matches of a batch: (batch, bytes) ids to (batch, words, 2) bool, or `None` for none."""
        chance, known_share = torch.rand(2).tolist()
        if chance >= self.share:
            return None
        table = self.tables[corpus].to(input_ids.device)
        known = torch.rand(len(table.table), device=input_ids.device) < known_share
        return table.match(word_keys(input_ids, lay_out_words(input_ids)), known)
