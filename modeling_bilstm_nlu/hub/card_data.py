"""The data of a model card: data about a checkpoint and about the run that made it."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from transformers import PreTrainedTokenizerFast

from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..frames_bilstm_nlu import Frame
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..packing_bilstm_nlu import pack
from ..pipeline_bilstm_nlu import BiLstmNluPipeline
from .integrity import sha256_of
from .latency import Latency
from .origin import origin_of

__all__ = ["CardData", "DatasetFacts", "parse_with", "source_of"]

_LIBRARIES = ("bilstm-nlu", "torch", "transformers", "tokenizers", "safetensors")
_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class DatasetFacts:
    """One dataset that a checkpoint was trained or scored on.

    Args:
        name: the usual name of the dataset.
        licence: of the data.
        utterances: split -> number of utterances.
        hub_id: `owner/name` of the dataset repository, if there is one.
        citation: authors, title, venue and year, in one line.
        url: the page of its publisher.
        is_part: whether this dataset is a part of the last dataset before it that is not a part.
    """

    name: str
    licence: str | None = None
    utterances: Mapping[str, int] = field(default_factory=dict)
    hub_id: str | None = None
    citation: str | None = None
    url: str | None = None
    is_part: bool = False


@dataclass(frozen=True)
class CardData:
    """Everything that a model card can say. Empty fields and `None` are left out of the card.

    Args:
        model_name: name of the checkpoint, or its repository id `owner/name`.
        intents: intent names in the order of the logits.
        slot_types: slot types in the order of the tags.
        config: sizes and switches of the network.
        num_parameters: number of trainable parameters.
        size_in_bytes: size of all tensors of the checkpoint, including key tables.
        num_words: number of words that have a vector of their own.
        max_bytes: number of UTF-8 bytes that are read of a text; the rest is cut.
        metrics: split -> metric -> value, as returned by `metrics.score_frames`: names without prefix, fractions.
        intervals: split -> metric -> lower and upper end of its 95 % interval, from
            `metrics.bootstrap_intervals`; those of accuracies follow from the counts in the metrics.
        datasets: the datasets it was trained and scored on.
        intent_counts: intent -> number of training utterances.
        hyper_parameters: name -> value.
        learning_curve: one dict per evaluation: `step`, `examples`, `seconds` and scores.
        base_model: repository id or name of the checkpoint that training started from.
        base_model_revision: its commit, or a hash of its weights.
        base_licence: the licence of that checkpoint, if it is known.
        language: language codes.
        licence: of the checkpoint, as the hub spells it.
        versions: library -> version.
        examples: utterances with their predicted frames.
        gazetteers: names of the slot catalogs that are an input of the network.
        catalog_sizes: slot type -> number of values that the checkpoint can resolve a slot to.
        num_phrases: number of the skill's own phrases in the checkpoint, which it answers without the network.
        num_own_words: number of words of the skill's texts, with which the checkpoint reads misheard texts again.
        limits: further known limits, one sentence each.
        data_terms: what the licences of the data demand of those who redistribute it, in one sentence.
        latency: how long one utterance takes.
        code_hashes: code file -> its SHA-256.
        has_picture: whether a picture of the learning curve, `learning_curve.png`, is next to the card.
        intent_scores: split -> intent -> its F1 and its number of utterances.
        score_notes: what to know about the scores, one sentence each.
        last_fit_steps: steps of the last fit on the utterances of all splits, after the scores; 0 without it.
        seen_texts: digests of the utterances of the last fit, see `pack_texts`.
    """

    model_name: str
    intents: Sequence[str] = ()
    slot_types: Sequence[str] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    num_parameters: int | None = None
    size_in_bytes: int | None = None
    num_words: int | None = None
    max_bytes: int | None = None
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intervals: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    datasets: Sequence[DatasetFacts] = ()
    intent_counts: Mapping[str, int] = field(default_factory=dict)
    hyper_parameters: Mapping[str, Any] = field(default_factory=dict)
    learning_curve: Sequence[Mapping[str, float]] = ()
    base_model: str | None = None
    base_model_revision: str | None = None
    base_licence: str | None = None
    language: str | Sequence[str] | None = None
    licence: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    examples: Sequence[Frame] = ()
    gazetteers: Sequence[str] = ()
    catalog_sizes: Mapping[str, int] = field(default_factory=dict)
    num_phrases: int = 0
    num_own_words: int = 0
    limits: Sequence[str] = ()
    data_terms: str | None = None
    latency: Latency | None = None
    code_hashes: Mapping[str, str] = field(default_factory=dict)
    has_picture: bool = False
    intent_scores: Mapping[str, Mapping[str, tuple[float, int]]] = field(default_factory=dict)
    score_notes: Sequence[str] = ()
    last_fit_steps: int = 0
    seen_texts: str = ""

    @classmethod
    def from_model(
        cls,
        model_name: str,
        model: BiLstmNluForIntentAndSlots,
        tokenizer: PreTrainedTokenizerFast | None = None,
        *,
        texts: Sequence[str] = (),
        packed: bool | None = None,
        **card_data: Any,
    ) -> "CardData":
        """Read what the model itself can tell, and take the rest from the arguments.

        Args:
            model_name: name of the checkpoint, or its repository id.
            model: the model.
            tokenizer: its tokenizer; needed for `texts`.
            texts: utterances to parse for the card.
            packed: whether the weights are saved packed; by default, as the file that the model was loaded from.
            card_data: further fields; they override what is read from the model.
        """
        config = cast(BiLstmNluConfig, model.config)
        weights = model.state_dict()
        packed = config.packed_weights if packed is None else packed
        known: dict[str, Any] = {
            "intents": tuple(config.intents),
            "slot_types": tuple(config.slot_types),
            "config": {**_sizes(config), "packed_weights": packed},
            "num_parameters": sum(weight.numel() for weight in model.parameters()),
            "size_in_bytes": _size_in_bytes(model, packed),
            "num_words": sum(key != 0 for key in weights["encoder.embeddings.table"].tolist()),
            "gazetteers": tuple(config.gazetteers),
            "catalog_sizes": {name: size for name, size in model.slot_catalogs.num_values.items() if size},
            "num_phrases": model.exact_phrases.num_phrases,
            "num_own_words": len(model.own_words.words),
            "versions": library_versions(),
        }
        if tokenizer is not None:
            known["max_bytes"] = tokenizer.model_max_length
            known["examples"] = tuple(parse_with(model, tokenizer, texts))
        return cls(model_name, **{**known, **card_data})

    def as_packed(self, model: BiLstmNluForIntentAndSlots, packed: bool) -> "CardData":
        """The card data, with packing, size and format (if it has them) corrected to how the weights are saved."""
        if "packed_weights" not in self.config:
            return self
        config = {**self.config, "packed_weights": packed}
        if "format_version" in config:
            config["format_version"] = model.config.format_version
        return replace(self, config=config, size_in_bytes=_size_in_bytes(model, packed))


def _size_in_bytes(model: BiLstmNluForIntentAndSlots, packed: bool) -> int:
    weights = model.state_dict()
    tensors = (pack(weights) if packed else weights).values()
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def parse_with(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], *, exact: bool = True
) -> list[Frame]:
    """Parse texts with a model in memory. The model keeps its mode (training or evaluation).

    The frames are equal to those of a process without this package: dates and the like are not normalised.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        texts: the texts.
        exact: whether the exact layer answers.
    """
    was_training = model.training
    nlu = BiLstmNluPipeline(model=model.eval(), tokenizer=cast(Any, tokenizer), device=model.device)
    try:
        return [nlu(text, normalise=None, exact=exact) for text in texts]
    finally:
        model.train(was_training)


def source_of(model: BiLstmNluForIntentAndSlots) -> tuple[str | None, str | None]:
    """Where a loaded model came from, for the lineage of checkpoints that are trained from it: (name, revision).

    A repository gives its id and the commit that `load_checkpoint` found; a folder that was pulled from a repository
    gives both, too. Any other folder gives its own name (not its path) and the SHA-256 of its weights. A model that
    was not loaded gives (None, None). Call this before training: saving the model elsewhere does not change the
    result, but overwriting the folder that it came from does.
    """
    name = model.name_or_path
    if not name:
        return None, None
    if not (folder := Path(name)).is_dir():
        return name, getattr(model.config, "_commit_hash", None)
    if (origin := origin_of(folder)) is not None:
        return origin
    weights = folder / _WEIGHTS
    digest = sha256_of(weights) if weights.is_file() else None
    return folder.resolve().name, digest and f"sha256:{digest}"


def _sizes(config: BiLstmNluConfig) -> dict[str, Any]:
    """The network's sizes and switches, in the order of the configuration's arguments."""
    names = inspect.signature(BiLstmNluConfig.__init__).parameters
    unused = () if config.decision_dims else ("decision_dims", "decision_words", "threshold")
    values = {name: getattr(config, name, None) for name in names if name not in unused}
    return {name: value for name, value in values.items() if isinstance(value, bool | int | float | str)}


def library_versions() -> dict[str, str]:
    """The versions of this package and of the libraries that a checkpoint depends on, if they are installed."""
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # run from a source tree without installation
            continue
    return found
