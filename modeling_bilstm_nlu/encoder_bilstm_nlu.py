"""The shared encoder: word embeddings with character n-grams, and the shared bi-LSTM. Initialises all weights."""

import copy
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers import initialization as init
from transformers.utils import SAFE_WEIGHTS_NAME, cached_file
from transformers.utils import logging as transformers_logging

from .configuration_bilstm_nlu import BiLstmNluConfig
from .crf_bilstm_nlu import CrfLayer
from .decision_bilstm_nlu import Decision
from .format_bilstm_nlu import FORMAT_VERSION
from .gazetteer_bilstm_nlu import MatchProjection, PhraseTable
from .hashing_bilstm_nlu import claim_rows, lay_out_words, word_keys
from .layers_bilstm_nlu import BiLstmStack, WordEmbeddings
from .outputs_bilstm_nlu import BiLstmNluEncoderOutput
from .packing_bilstm_nlu import from_stored, is_packed_file, pack, stored_kinds, unpack

#: Arguments of `from_pretrained` that say where the files are.
WHERE = ("cache_dir", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token")
#: Arguments of `from_pretrained` that load other weights than those of the standard file.
_OTHER_WEIGHTS = ("gguf_file", "state_dict", "variant")
#: Arguments of `save_pretrained` that give the weights another file name. Packed weights are found by their file name.
_OTHER_FILES = ("max_shard_size", "variant")

#: The files that a delta is read from: the first of them says that it is one.
DELTA_FILES = (
    "delta.json",
    "delta.safetensors",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "slot_catalogs.json",
    "exact_phrases.json",
    "own_words.json",
)

_OS_ERROR = re.compile(r"\(os error (\d+)\)")

_Model = TypeVar("_Model", bound="BiLstmNluPreTrainedModel")


def infinite_weights(weights: Mapping[str, Tensor]) -> list[str]:
    """Return the names of the weights that have infinite numbers or NaN."""
    return [
        name
        for name, tensor in weights.items()
        if tensor.is_floating_point() and not tensor.is_meta and not tensor.isfinite().all()
    ]


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

    #: How the names of the weights begin that a file may have and this class does not.
    ignored_weights: ClassVar[tuple[str, ...]] = ()

    #: Reads the folder of a delta and puts its tensors together; the package sets it.
    read_delta: ClassVar[Callable[[Path], Any] | None] = None

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
        elif isinstance(module, Decision):
            for tensor in module.buffers():
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
            packed: round the embeddings to 8 bits and all other weights to half precision, and leave out the vectors
                that no word uses: less than half the space. The weights of this model do not change;
                `config.packed_weights` says how they were saved.
            state_dict: weights to save instead of the model's.
            kwargs: more arguments of `PreTrainedModel.save_pretrained`; `max_shard_size` and `variant` only without
                `packed`.

        Raises:
            ValueError: `packed` with an argument that it does not support, or weights that are not finite.
            OSError: the file of weights cannot be written.
        """
        if packed and (given := [name for name in _OTHER_FILES if kwargs.get(name) is not None]):
            raise ValueError(f"packed=True saves one file with the standard name; leave out {' and '.join(given)}")
        self.config.packed_weights = packed
        weights = self.state_dict() if state_dict is None else state_dict
        if packed:
            weights = state_dict = pack(weights)
            self.config.format_version = FORMAT_VERSION  # older programs expect all rows of the word table
        if names := infinite_weights(weights):
            raise ValueError(f"weights are not finite and cannot be saved: {', '.join(names[:3])}; train again")
        try:
            super().save_pretrained(save_directory, state_dict=state_dict, **kwargs)
        except SafetensorError as error:
            if match := _OS_ERROR.search(str(error)):  # for example, the disk is full
                number = int(match[1])
                raise OSError(number, os.strerror(number), str(Path(save_directory) / SAFE_WEIGHTS_NAME)) from error
            raise

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, pretrained_model_name_or_path: str | Path | None, *args: Any, **kwargs: Any
    ) -> Any:
        """Load a model, see `PreTrainedModel.from_pretrained`; packed weights become floats. No progress bars.

        Args:
            pretrained_model_name_or_path: a folder or a hub id.
            args: more positional arguments of `PreTrainedModel.from_pretrained`.
            kwargs: more keyword arguments of `PreTrainedModel.from_pretrained`. With `ignore_mismatched_sizes=True`,
                weights of another size are initialised.

        Raises:
            ValueError: a weight is missing, unknown, of another size or kind, or not finite.
        """
        with_info = kwargs.pop("output_loading_info", False)
        is_resized = kwargs.pop("ignore_mismatched_sizes", False)
        with _without_progress_bars():
            model, info = cls._load(
                pretrained_model_name_or_path,
                *args,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # for one message about all wrong weights, see below
                **kwargs,
            )
        if faults := model._faults(info, is_resized=is_resized):
            raise ValueError(
                f"the weights of {str(pretrained_model_name_or_path)!r} do not fit its config.json: "
                f"{'; '.join(faults)}; download, copy or save the checkpoint again"
            )
        return (model, info) if with_info else model

    def _faults(self, info: Mapping[str, Any], *, is_resized: bool) -> list[str]:
        """Return what is wrong with loaded weights: kinds of faults with the names of the weights."""
        found = {
            "missing": info["missing_keys"],
            "unknown": (name for name in info["unexpected_keys"] if not name.startswith(self.ignored_weights)),
            "of another size": () if is_resized else (key[0] for key in info["mismatched_keys"]),
            "of another kind": info.get("kinds", ()),
            "not finite": infinite_weights(self.state_dict()),
        }
        faults = [*info["error_msgs"]]
        for fault, names in found.items():
            if names := sorted(names):
                more = f" and {len(names) - 3} more" if len(names) > 3 else ""
                faults.append(f"{fault}: {', '.join(names[:3])}{more}")
        return faults

    def _other_kinds(self, kinds: Mapping[str, str]) -> list[str]:
        """Return the names of weights that a file has as integers instead of floats, or the other way round."""
        tensors = self.state_dict()
        own = {name.removeprefix(f"{self.base_model_prefix}."): name for name in tensors}
        return [
            name
            for name, kind in kinds.items()
            if (place := own.get(name.removeprefix(f"{self.base_model_prefix}."))) is not None
            and tensors[place].is_floating_point() != ("F" in kind)
        ]

    @staticmethod
    def _find_delta(name: str | Path, where: Mapping[str, Any]) -> Path | None:
        """Return the folder of a delta, with its files in the local cache; `None` for a whole checkpoint."""
        folder = None
        for file in DELTA_FILES:
            found = cached_file(name, file, _raise_exceptions_for_missing_entries=False, **where)
            if found is not None:
                folder = Path(found).parent
            elif folder is None:
                return None
        return folder

    @classmethod
    def _whole_tensors(cls, delta: Path) -> Mapping[str, Any]:
        """Return the tensors of a delta, put together with its base."""
        if cls.read_delta is None:
            raise ValueError(
                f"{str(delta)!r} is a delta, which only the package bilstm-nlu opens; run pip install bilstm-nlu and "
                "then import modeling_bilstm_nlu"
            )
        tensors: Mapping[str, Any] = cls.read_delta(delta).tensors
        return tensors

    @classmethod
    def _load(cls, pretrained_model_name_or_path: str | Path | None, *args: Any, **kwargs: Any) -> tuple[Any, dict]:
        """Load a model with the information on its weights; packed weights become floats.

        Raises:
            ValueError: the packed weights are damaged, or the checkpoint is a delta and the package is missing.
        """
        name: Any = pretrained_model_name_or_path
        file = delta = None
        if name is not None and all(kwargs.get(other) is None for other in _OTHER_WEIGHTS):
            where = {option: kwargs[option] for option in WHERE if option in kwargs}
            file = cached_file(name, SAFE_WEIGHTS_NAME, _raise_exceptions_for_missing_entries=False, **where)
            delta = cls._find_delta(name, where) if file is None else None
        if delta is None and (file is None or not is_packed_file(file)):
            loaded: Any = super().from_pretrained(name, *args, **kwargs)
            model, info = loaded
            model.config.packed_weights = False
            return model, {**info, "kinds": [] if file is None else model._other_kinds(stored_kinds(file))}
        config = kwargs.pop("config", None)
        if not isinstance(config, PretrainedConfig):
            for_model: dict[str, Any] = {
                option: kwargs.pop(option) for option in ("dtype", "torch_dtype") if option in kwargs
            }
            config, kwargs = cls.config_class.from_pretrained(config or name, return_unused_kwargs=True, **kwargs)
            kwargs |= for_model
        kwargs = {option: value for option, value in kwargs.items() if option not in WHERE}
        try:
            weights = unpack(load_file(str(file)) if delta is None else from_stored(cls._whole_tensors(delta)))
        except ValueError as error:
            if delta is not None:
                raise
            raise ValueError(f"{file}: {error}; download, copy or save the checkpoint again") from error
        unpacked: Any = super().from_pretrained(None, *args, config=config, state_dict=weights, **kwargs)
        model, info = unpacked
        model.config.name_or_path = model.name_or_path = str(name)
        model.config.packed_weights = True
        return model, info

    def as_saved(self: _Model, *, packed: bool) -> _Model:
        """Return the model with the weights of its saved file: itself, or a copy with rounded weights if packed."""
        if not packed:
            return self
        rounded = copy.deepcopy(self)
        rounded.round_as_packed()
        return rounded

    def round_as_packed(self) -> None:
        """Round the weights as a packed file does. The vectors that no word uses become zeros."""
        self.config.format_version = FORMAT_VERSION
        self.load_state_dict(unpack(pack(self.state_dict())))


class BiLstmNluModel(BiLstmNluPreTrainedModel):
    """The encoder: word embeddings with character n-grams, and the shared bi-LSTM.

    It loads its own files and those of the joint model, but not the other way round.
    """

    ignored_weights = ("any_catalog.", "crf.", "decision.", "gazetteer.", "intent_", "segment_", "slot_")

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

    @torch.no_grad()
    def add_words(self, keys: Iterable[int]) -> int:
        """Give words without a row of their own a free row, in the order of the keys; return how many got one.

        The vector of a new word is that of its row: random, because no word used the row before. Packed weights do
        not have free rows; these are zero, and are drawn here.
        """
        embeddings = self.embeddings
        known = set(embeddings.table.tolist())
        new = [key for key in dict.fromkeys(keys) if key not in known]
        rows = [row for row in claim_rows(embeddings.table, new) if row]
        if rows and embeddings.words is not None:
            weight = embeddings.words.weight
            missing = torch.tensor(rows, device=weight.device)
            missing = missing[(weight[missing] == 0).all(1)]
            drawn = nn.Embedding(len(missing), self.config.word_dim)
            self._init_weights(drawn)
            weight[missing] = drawn.weight.to(weight)
        return len(rows)

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
