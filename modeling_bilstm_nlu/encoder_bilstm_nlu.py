"""The shared encoder: word embeddings with character n-grams, and the shared bi-LSTM. Initialises all weights."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers import initialization as init
from transformers.utils import SAFE_WEIGHTS_NAME, cached_file
from transformers.utils import logging as transformers_logging

from .configuration_bilstm_nlu import BiLstmNluConfig
from .crf_bilstm_nlu import CrfLayer
from .gazetteer_bilstm_nlu import MatchProjection, PhraseTable
from .hashing_bilstm_nlu import claim_rows, lay_out_words, word_keys
from .layers_bilstm_nlu import BiLstmStack, WordEmbeddings
from .outputs_bilstm_nlu import BiLstmNluEncoderOutput
from .packing_bilstm_nlu import is_packed_file, pack, unpack

#: Arguments of `from_pretrained` that say where the files are.
WHERE = ("cache_dir", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token")
#: Arguments of `from_pretrained` that load other weights than those of the standard file.
_OTHER_WEIGHTS = ("gguf_file", "state_dict", "variant")

_Model = TypeVar("_Model", bound="BiLstmNluPreTrainedModel")


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Turn off progress bars of transformers, because loading takes milliseconds; then restore the setting.

    `disable_progress_bar` would also change the bars of huggingface_hub, and could not restore their setting.
    """
    before = transformers_logging._tqdm_active
    transformers_logging._tqdm_active = False
    try:
        yield
    finally:
        transformers_logging._tqdm_active = before


class BiLstmNluPreTrainedModel(PreTrainedModel):
    """Weight initialisation, saving and loading, for the encoder and the joint model."""

    config_class = BiLstmNluConfig
    base_model_prefix = "encoder"

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.LSTM):
            for name, weight in module.named_parameters():
                if "weight_hh" in name:
                    init.orthogonal_(weight)
                elif "weight" in name:
                    init.xavier_uniform_(weight)
                else:
                    init.zeros_(weight)
        elif isinstance(module, nn.Linear):
            init.xavier_uniform_(module.weight)
            init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding | nn.EmbeddingBag):
            init.normal_(module.weight, std=self.config.embedding_std)
        elif isinstance(module, CrfLayer):
            for weight in (module.transitions, module.start, module.end):
                init.zeros_(weight)
        elif isinstance(module, WordEmbeddings):
            init.zeros_(module.table)
        elif isinstance(module, PhraseTable):
            for tensor in (module.table, module.catalogs):
                init.zeros_(tensor)
        elif isinstance(module, MatchProjection):
            for tensor in (module.intent_weight, module.slot_weight):
                init.zeros_(tensor)

    def save_pretrained(  # type: ignore[override]
        self,
        save_directory: str | Path,
        *,
        packed: bool = False,
        state_dict: dict[str, Tensor] | None = None,
        **kwargs: Any,
    ) -> None:
        """Save the model in full precision or packed, see `PreTrainedModel.save_pretrained`.

        Args:
            save_directory: folder to save in; it is created if it does not exist.
            packed: round the embeddings to 8 bits and all other weights to half precision: less than half the space.
                The weights of this model do not change; `config.packed_weights` says how they were saved.
            state_dict: weights to save instead of the model's.
            kwargs: more arguments of `PreTrainedModel.save_pretrained`.
        """
        self.config.packed_weights = packed
        if packed:
            state_dict = pack(self.state_dict() if state_dict is None else state_dict)
        super().save_pretrained(save_directory, state_dict=state_dict, **kwargs)

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, pretrained_model_name_or_path: str | Path | None, *args: Any, **kwargs: Any
    ) -> Any:
        """Load a model, see `PreTrainedModel.from_pretrained`; packed weights become floats. No progress bars."""
        with _without_progress_bars():
            return cls._load(pretrained_model_name_or_path, *args, **kwargs)

    @classmethod
    def _load(cls, pretrained_model_name_or_path: str | Path | None, *args: Any, **kwargs: Any) -> Any:
        name: Any = pretrained_model_name_or_path
        file = None
        if name is not None and all(kwargs.get(other) is None for other in _OTHER_WEIGHTS):
            where = {option: kwargs[option] for option in WHERE if option in kwargs}
            file = cached_file(name, SAFE_WEIGHTS_NAME, _raise_exceptions_for_missing_entries=False, **where)
        if file is None or not is_packed_file(file):
            whole: Any = super().from_pretrained(name, *args, **kwargs)
            (whole[0] if isinstance(whole, tuple) else whole).config.packed_weights = False
            return whole
        config = kwargs.pop("config", None)
        if not isinstance(config, PretrainedConfig):
            for_model: dict[str, Any] = {
                option: kwargs.pop(option) for option in ("dtype", "torch_dtype") if option in kwargs
            }
            config, kwargs = cls.config_class.from_pretrained(config or name, return_unused_kwargs=True, **kwargs)
            kwargs |= for_model
        kwargs = {option: value for option, value in kwargs.items() if option not in WHERE}
        loaded: Any = super().from_pretrained(None, *args, config=config, state_dict=unpack(load_file(file)), **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        model.config.name_or_path = model.name_or_path = str(name)
        model.config.packed_weights = True
        return loaded

    def as_saved(self: _Model, *, packed: bool) -> _Model:
        """Return the model with the weights of its saved file: itself, or a copy with rounded weights if packed."""
        if not packed:
            return self
        rounded = copy.deepcopy(self)
        rounded.round_as_packed()
        return rounded

    def round_as_packed(self) -> None:
        """Round the weights as a packed file does."""
        self.load_state_dict(unpack(pack(self.state_dict())))


class BiLstmNluModel(BiLstmNluPreTrainedModel):
    """The encoder: word embeddings with character n-grams, and the shared bi-LSTM."""

    def __init__(self, config: BiLstmNluConfig):
        super().__init__(config)
        self.embeddings = WordEmbeddings(config)
        self.build_shared()
        self.post_init()

    def build_shared(self) -> None:
        """Replace the shared bi-LSTM by a new one, which the caller must initialise."""
        config = self.config
        size = config.word_dim + config.ngram_dim
        self.shared = BiLstmStack(config, size, config.shared_hidden, config.shared_layers)

    @property
    def output_size(self) -> int:
        config = self.config
        return 2 * config.shared_hidden + config.skip_connections * (config.word_dim + config.ngram_dim)

    def get_input_embeddings(self) -> nn.Module:
        words = self.embeddings.words
        return self.embeddings if words is None else words

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, masked_words: Tensor | None = None
    ) -> BiLstmNluEncoderOutput:
        """Compute one state for every word.

        Args:
            input_ids: (batch, bytes) ids from the tokenizer.
            attention_mask: (batch, bytes); padding is recognised without it, too.
            masked_words: (batch, words) bool, the words whose vectors are set to zero.
        """
        layout = lay_out_words(input_ids, attention_mask)
        keys = word_keys(input_ids, layout)
        vectors = self.embeddings(input_ids, layout, keys)
        if masked_words is not None:
            vectors = vectors.masked_fill(masked_words[:, : vectors.shape[1], None], 0)
        states = self.shared(vectors, layout.lengths)
        if self.config.skip_connections:
            states = torch.cat([states, vectors], dim=-1)
        return BiLstmNluEncoderOutput(states, keys, layout.mask, layout.lengths, vectors)

    def add_words(self, keys: Iterable[int]) -> int:
        """Give words without a row of their own a free row, in the order of the keys; return how many got one.

        The vector of a new word is that of its row: random, because no word used the row before.
        """
        known = set(self.embeddings.table.tolist())
        new = [key for key in dict.fromkeys(keys) if key not in known]
        return sum(row != 0 for row in claim_rows(self.embeddings.table, new))

    @torch.no_grad()
    def resize_words(self, num_rows: int) -> int:
        """Change the number of rows of the word table; return how many words found no row in the new table.

        Words keep their vectors, and so does row 0, the vector of unknown words. Other rows are initialised.

        Raises:
            ValueError: the model has no word vectors, or the number of rows is below 8.
        """
        embeddings = self.embeddings
        if embeddings.words is None or num_rows < 8:
            raise ValueError(
                f"cannot change the vocabulary to {num_rows} rows; this needs a model with word vectors "
                "(word_dim above 0) and at least 8 rows"
            )
        old_table, old_vectors = embeddings.table, embeddings.words.weight
        self.config.vocabulary_size = num_rows
        embeddings.words = nn.Embedding(num_rows, self.config.word_dim)
        self._init_weights(embeddings.words)
        embeddings.words.to(old_vectors)
        embeddings.table = torch.zeros(num_rows, dtype=old_table.dtype, device=old_table.device)
        old_rows = old_table.nonzero()[:, 0]
        rows = torch.tensor(claim_rows(embeddings.table, old_table[old_rows].tolist()), device=old_table.device)
        found = rows != 0
        embeddings.words.weight[rows[found]] = old_vectors[old_rows[found]]
        embeddings.words.weight[0] = old_vectors[0]
        return int((~found).sum())
