"""Read the folder of a checkpoint: its config, weights and slot catalogs, all checked against each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import NluError
from ..files import read_json
from ..hubfiles.catalogs_bilstm_nlu import CATALOGS_FILE, SlotCatalogs
from ..hubfiles.exact_bilstm_nlu import EXACT_FILE, ExactPhrases
from ..hubfiles.format_bilstm_nlu import MAX_CHARACTERS
from ..hubfiles.own_words_bilstm_nlu import OWN_WORDS_FILE, OwnWords
from .row_sets import RowSet, used_rows
from .settings import NetSettings
from .tensors import StoredTensor, read_tensors
from .words import tokenizer_parts

__all__ = [
    "SCALE",
    "TABLE",
    "TABLES",
    "WORDS",
    "Checkpoint",
    "check_tensors",
    "expected_tensors",
    "fill",
    "read_folder",
    "read_settings",
]

#: Numbers that a decision is made of.
NUM_SIGNALS = 9
#: How the names of the scales of packed embeddings end.
SCALE = ".scale"
#: The vectors of the words, and the key of the word in each row.
WORDS, TABLE = "encoder.embeddings.words.weight", "encoder.embeddings.table"
#: How the names of tables begin, whose rows stay in the file of the checkpoint when it is in use.
TABLES = ("encoder.embeddings.", "gazetteer.phrases.", "decision.word_keys")
_EMBEDDINGS = (WORDS, "encoder.embeddings.ngrams.weight")
_FLOATS = {"BF16", "F16", "F32", "F64"}
_KINDS = {"float": _FLOATS, "key": {"I64"}, "flag": {"BOOL"}}
_COMPANIONS = ("config.json", CATALOGS_FILE, EXACT_FILE, OWN_WORDS_FILE)
_AGAIN = "download, copy or save the checkpoint again"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, ready for the runtime.

    Args:
        name: what the user called it, for messages.
        settings: sizes and labels.
        tensors: the weights by their names; packed embeddings are 8-bit integers with a scale.
        catalogs: the known values of slots.
        max_bytes: bytes of a text that are read.
        phrases: the skill's own sentences, which are answered without the network.
        own_words: the words of the skill's texts.
        delta: the `Delta`, if it is stored as its difference from another checkpoint.
        companion_bytes: bytes of JSON that the settings, catalogs, phrases and words were read from.
        stored_words: the rows of the word table that its file has; `None` if it has all of them, or none.
    """

    name: str
    settings: NetSettings
    tensors: Mapping[str, StoredTensor]
    catalogs: SlotCatalogs
    max_bytes: int
    phrases: ExactPhrases = field(default_factory=ExactPhrases)
    own_words: OwnWords = field(default_factory=OwnWords)
    delta: Any = None
    companion_bytes: int = 0
    stored_words: RowSet | None = None


def read_folder(folder: Path, name: str | None = None) -> Checkpoint:
    """Read the folder of a checkpoint. The weights stay in the file, which is mapped into memory.

    Args:
        folder: the folder.
        name: what the user called it; the folder by default.

    Raises:
        NluError: a file is missing, damaged or newer than this program, or the files do not fit each other.
    """
    settings = read_settings(folder)
    weights = folder / "model.safetensors"
    if not weights.is_file() and (folder / "model.safetensors.index.json").is_file():
        raise NluError(f"{folder}: the weights are in several files; save the model again without max_shard_size")
    tensors = read_tensors(weights)
    stored_words = check_tensors(settings, tensors, str(weights))
    return fill(folder, name, settings, tensors, stored_words=stored_words)


def read_settings(folder: Path) -> NetSettings:
    """Read the config of a checkpoint, and check its tokenizer.

    Raises:
        NluError: a file is missing, damaged or newer than this program.
    """
    if missing := [file for file in ("config.json", "tokenizer.json") if not (folder / file).is_file()]:
        raise NluError(f"{folder}: not a checkpoint, it lacks {', '.join(missing)}; give the folder of a checkpoint")
    settings = NetSettings.from_config(read_json(folder / "config.json"), str(folder / "config.json"))
    check_tokenizer(read_json(folder / "tokenizer.json"), str(folder / "tokenizer.json"))
    return settings


def fill(
    folder: Path,
    name: str | None,
    settings: NetSettings,
    tensors: Mapping[str, StoredTensor],
    delta: Any = None,
    stored_words: RowSet | None = None,
) -> Checkpoint:
    """Add the files next to the weights to a checkpoint.

    Raises:
        NluError: a file is damaged.
    """
    catalogs, phrases = _companion(folder, CATALOGS_FILE, SlotCatalogs), _companion(folder, EXACT_FILE, ExactPhrases)
    own_words = _companion(folder, OWN_WORDS_FILE, OwnWords)
    size = sum((folder / file).stat().st_size for file in _COMPANIONS if (folder / file).is_file())
    of_folder = _max_bytes(folder), phrases, own_words, delta, size, stored_words
    return Checkpoint(name or str(folder), settings, tensors, catalogs, *of_folder)


def expected_tensors(settings: NetSettings) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the kind and shape of every tensor of a network: floats, keys of a table, or flags."""
    s = settings
    num_tags = len(s.slot_tags)
    shapes: dict[str, tuple[int, ...]] = {}
    if s.word_dim:
        shapes[WORDS] = (s.vocabulary_size, s.word_dim)
    if s.ngram_dim:
        shapes["encoder.embeddings.ngrams.weight"] = (s.ngram_buckets, s.ngram_dim)
    for stack, size, hidden, layers in (
        ("encoder.shared", s.word_size, s.shared_hidden, s.shared_layers),
        ("intent_stack", s.state_size, s.intent_hidden, s.intent_layers),
        ("slot_stack", s.state_size, s.slot_hidden, s.slot_layers),
    ):
        for layer in range(layers):
            for direction in ("forward", "backward"):
                lstm = f"{stack}.layers.{layer}.{direction}_lstm"
                shapes[f"{lstm}.weight_ih_l0"] = (4 * hidden, 2 * hidden if layer else size)
                shapes[f"{lstm}.weight_hh_l0"] = (4 * hidden, hidden)
                shapes[f"{lstm}.bias_ih_l0"] = shapes[f"{lstm}.bias_hh_l0"] = (4 * hidden,)
    if s.intent_pooling == "attention":
        shapes["intent_pooling.attention.weight"] = (1, 2 * s.intent_hidden)
        shapes["intent_pooling.attention.bias"] = (1,)
    shapes["any_catalog.intent_weight"] = shapes["any_catalog.slot_weight"] = (s.state_size, 2)
    shapes["intent_head.weight"], shapes["intent_head.bias"] = (len(s.intents), s.pooled_size), (len(s.intents),)
    shapes["slot_head.weight"], shapes["slot_head.bias"] = (num_tags, 2 * s.slot_hidden), (num_tags,)
    if s.use_crf:
        shapes["crf.transitions"] = (num_tags, num_tags)
        shapes["crf.start"] = shapes["crf.end"] = (num_tags,)
    if s.gazetteers:
        marks = (s.state_size, 2 * len(s.gazetteers))
        shapes["gazetteer.marks.intent_weight"] = shapes["gazetteer.marks.slot_weight"] = marks
    dims, words = s.decision_dims, s.decision_words
    if dims:
        shapes |= {"decision.center": (s.pooled_size,), "decision.projection": (s.pooled_size, dims)}
        shapes |= {f"decision.{name}": (dims,) for name in ("mean", "precisions", "direction")}
        shapes |= {"decision.class_means": (len(s.intents), dims), "decision.word_scores": (words, 2)}
        shapes |= {f"decision.{name}": (NUM_SIGNALS,) for name in ("location", "spread", "weight")}
        shapes["decision.bias"] = (1,)
    if s.segment_hidden:  # what splits texts with several intents is not computed here
        hidden = s.segment_hidden
        shapes |= {"segment_heads.hidden.weight": (hidden, 2 * s.state_size), "segment_heads.hidden.bias": (hidden,)}
        shapes |= {"segment_heads.start.weight": (1, hidden), "segment_heads.whole.weight": (1, s.pooled_size)}
        shapes["segment_heads.start.bias"] = shapes["segment_heads.whole.bias"] = (1,)
    expected = {name: ("float", shape) for name, shape in shapes.items()}
    if dims:
        expected["decision.word_keys"] = ("key", (words,))
    expected[TABLE] = ("key", (s.vocabulary_size,))
    if s.gazetteers:
        expected["gazetteer.phrases.table"] = ("key", (s.gazetteer_rows,))
        expected["gazetteer.phrases.catalogs"] = ("flag", (s.gazetteer_rows, len(s.gazetteers)))
    return expected


def check_tensors(settings: NetSettings, tensors: Mapping[str, StoredTensor], where: str) -> RowSet | None:
    """Make sure that tensors are those of a network.

    Returns:
        The rows of the word table that are stored, which are those in use; `None` if all are stored.

    Raises:
        NluError: a tensor is missing, or of another shape or kind, or not a part of the network.
    """
    expected, stored_words = expected_tensors(settings), _stored_words(settings, tensors)
    if stored_words is not None:
        expected[WORDS] = ("float", (stored_words.size, settings.word_dim))
    if faults := list(_faults(expected, tensors)):
        more = f" and {len(faults) - 3} more faults" if len(faults) > 3 else ""
        raise NluError(f"{where}: the weights do not fit the config: {'; '.join(faults[:3])}{more}; {_AGAIN}")
    return stored_words


def _stored_words(settings: NetSettings, tensors: Mapping[str, StoredTensor]) -> RowSet | None:
    """The rows that packed vectors of words must have, if these are not all rows."""
    words, table, num_rows = tensors.get(WORDS), tensors.get(TABLE), settings.vocabulary_size
    if words is None or words.kind != "I8" or words.shape[:1] == (num_rows,):
        return None
    return used_rows(table) if table is not None and (table.kind, table.shape) == ("I64", (num_rows,)) else None


def _faults(expected: Mapping[str, tuple[str, tuple[int, ...]]], tensors: Mapping[str, StoredTensor]) -> Iterator[str]:
    """Yield what is wrong with the tensors of a file."""
    for name, (kind, shape) in expected.items():
        tensor = tensors.get(name)
        if tensor is None:
            yield f"{name} is missing"
        elif tensor.shape != shape:
            yield f"{name} has the shape {tensor.shape}, not {shape}"
        elif tensor.kind == "I8" and name in _EMBEDDINGS:
            scale = tensors.get(name + SCALE)
            if scale is None or scale.kind not in _FLOATS or scale.shape != (shape[0], 1):
                yield f"the scale of {name} is missing or does not fit"
        elif tensor.kind not in _KINDS[kind]:
            yield f"{name} has numbers of the kind {tensor.kind}"
    for name in tensors:
        whole = name.removesuffix(SCALE)
        is_scale = whole != name and whole in _EMBEDDINGS and whole in tensors and tensors[whole].kind == "I8"
        if name not in expected and not is_scale:
            yield f"{name} is not a part of this network"


def check_tokenizer(content: Any, where: str) -> None:
    """Make sure that a `tokenizer.json` is the one that all checkpoints have, because the runtime has no other.

    Raises:
        NluError: it is another one.
    """
    for part, own in tokenizer_parts().items():
        found = content.get(part) if isinstance(content, dict) else None
        if isinstance(own, dict) and isinstance(found, dict):
            found = {key: found.get(key) for key in own}
        if found != own:
            raise NluError(
                f"{where}: {part} is not that of this package; copy tokenizer.json and tokenizer_config.json from "
                "another checkpoint"
            )


def _max_bytes(folder: Path) -> int:
    path = folder / "tokenizer_config.json"
    content = read_json(path) if path.is_file() else {}
    limit = content.get("model_max_length") if isinstance(content, dict) else None
    if type(limit) is not int or not 1 <= limit <= MAX_CHARACTERS:
        raise NluError(
            f"{path}: model_max_length must be a whole number from 1 to {MAX_CHARACTERS}, "
            f"found {limit!r:.80}; {_AGAIN}"
        )
    return limit


def _companion(folder: Path, name: str, kind: Any) -> Any:
    """A file next to the weights; empty if the checkpoint does not have it."""
    try:
        return kind.load(folder / name) if (folder / name).is_file() else kind()
    except ValueError as error:
        raise NluError(str(error)) from error
