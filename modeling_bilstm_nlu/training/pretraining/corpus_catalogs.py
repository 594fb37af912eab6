"""The slot values of a mixture's corpora as catalogs: a generic checkpoint learns what a match in a catalog says."""

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...data.mixtures.mixture import Mixture
from ...gazetteer_bilstm_nlu import PhraseTable, value_keys
from ...hashing_bilstm_nlu import lay_out_words, word_keys
from ...tokenization_bilstm_nlu import phrase_word_keys

__all__ = ["CorpusCatalogs"]


class CorpusCatalogs:
    """Marks the values of slots that a corpus's training utterances have, all of them or a random part.

    A skill's catalogs list some of the values that will be said, besides many that will not, and hold common words.
    So each batch draws how many of its corpus's values are known, and which; other utterances hold them by chance.

    Args:
        domain: the mixture.
        tokenizer: the model's.
        share: of batches that get marks at all, between 0 and 1.
        max_words: words in the longest value that is matched.
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
        """The marks of a batch of a corpus: (batch, bytes) ids to (batch, words, 2) bool; in some batches `None`."""
        chance, known_share = torch.rand(2).tolist()
        if chance >= self.share:
            return None
        table = self.tables[corpus].to(input_ids.device)
        known = torch.rand(len(table.table), device=input_ids.device) < known_share
        return table.match(word_keys(input_ids, lay_out_words(input_ids)), known)
