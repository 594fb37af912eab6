"""What the kernel must know to make the network of a checkpoint."""

from array import array
from collections.abc import Iterator
from ctypes import addressof
from typing import Any

from ..errors import NluError
from .checkpoint import SCALE, TABLE, WORDS, Checkpoint
from .delta import Delta
from .native import ERRORS, VERSION, Plan, Tensor, address_of
from .row_sets import RowSet
from .settings import POOLINGS, NetSettings
from .word_tables import runs

__all__ = ["make_plan", "model_error", "tensor_names"]

_KINDS = {"F32": 1, "F16": 2, "BF16": 3, "F64": 4, "I8": 5, "I64": 6, "BOOL": 7}
_DIFFERENCE = 8

_TENSORS = (
    WORDS,
    "encoder.embeddings.ngrams.weight",
    TABLE,
    "gazetteer.phrases.table",
    "gazetteer.phrases.catalogs",
    "any_catalog.intent_weight",
    "any_catalog.slot_weight",
    "gazetteer.marks.intent_weight",
    "gazetteer.marks.slot_weight",
    "intent_pooling.attention.weight",
    "intent_head.weight",
    "intent_head.bias",
    "slot_head.weight",
    "slot_head.bias",
    "crf.transitions",
    "crf.start",
    "crf.end",
    *(f"decision.{name}" for name in ("center", "projection", "class_means", "mean", "precisions", "direction")),
    *(f"decision.{name}" for name in ("word_scores", "word_keys", "location", "spread", "weight", "bias")),
    *(f"segment_heads.{head}.{part}" for head in ("hidden", "start", "whole") for part in ("weight", "bias")),
)


def tensor_names(settings: NetSettings) -> list[str]:
    """The tensors of a network, in the order that the kernel has."""
    return [*_TENSORS, *_names_of_lstms(settings)]


def _names_of_lstms(settings: NetSettings) -> Iterator[str]:
    for stack, layers in (
        ("encoder.shared", settings.shared_layers),
        ("intent_stack", settings.intent_layers),
        ("slot_stack", settings.slot_layers),
    ):
        for layer in range(layers):
            for direction in ("forward", "backward"):
                for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                    yield f"{stack}.layers.{layer}.{direction}_lstm.{part}_l0"


def make_plan(checkpoint: Checkpoint, names: list[str]) -> tuple[Plan, list[Any]]:
    """Return the plan of a model, and the memory that it points to.

    Args:
        checkpoint: the checkpoint.
        names: its tensors, as `tensor_names` gives them.
    """
    s = checkpoint.settings
    tensors = (Tensor * len(names))(*(_tensor(checkpoint, name) for name in names))
    by_intent = [s.intent_slots.get(intent) for intent in s.intents]
    rows = [
        bytes([1, *(slots is None or name in slots for name in s.slot_types for _ in "BI")]) for slots in by_intent
    ]
    sets = {row: place for place, row in enumerate(dict.fromkeys(row for row in rows if 0 in row))}
    members = [[tag for tag, is_member in enumerate(row) if is_member] for row in sets]
    held: list[Any] = [
        tensors,
        array("B", b"".join(rows)),
        array("i", [sets.get(row, -1) for row in rows]),
        array("i", [len(tags) for tags in members] or [0]),
        array("i", [tag for tags in members for tag in tags] or [0]),
        array("f", [s.undeclared_slot_probabilities.get(intent, 0) for intent in s.intents]),
        runs(),
    ]
    plan = Plan(
        version=VERSION,
        word_dim=s.word_dim,
        ngram_dim=s.ngram_dim,
        ngram_min=s.ngram_min,
        ngram_max=s.ngram_max,
        hidden=(s.shared_hidden, s.intent_hidden, s.slot_hidden),
        layers=(s.shared_layers, s.intent_layers, s.slot_layers),
        skips=s.skip_connections,
        is_wide=s.wide_intent,
        pooling=POOLINGS.index(s.intent_pooling),
        num_intents=len(s.intents),
        num_tags=len(s.slot_tags),
        use_crf=s.use_crf,
        num_catalogs=len(s.gazetteers),
        max_phrase=s.gazetteer_max_words,
        decision_dims=s.decision_dims,
        segment_hidden=s.segment_hidden,
        fallback=-1 if s.fallback_intent not in s.intents else s.intents.index(s.fallback_intent),
        has_shares=bool(s.intent_slots) and s.intents_by_slots,
        is_restricted=bool(s.intent_slots),
        has_undeclared=bool(s.undeclared_slot_probabilities),
        num_sets=len(sets),
        num_members=sum(map(len, members)),
        num_runs=len(runs()),
        num_tensors=len(names),
    )
    fields = ("tensors", "allowed", "set_of", "set_sizes", "set_tags", "undeclared", "runs")
    for field, memory in zip(fields, held, strict=True):
        setattr(plan, field, addressof(tensors) if memory is tensors else memory.buffer_info()[0])
    return plan, held


def _tensor(checkpoint: Checkpoint, name: str) -> Tensor:
    """A tensor, where it is in memory."""
    if checkpoint.delta is not None and name not in checkpoint.delta.parts:
        return _tensor_of_delta(checkpoint.delta, checkpoint, name)
    return _stored_tensor(checkpoint, name)


def _tensor_of_delta(delta: Delta, checkpoint: Checkpoint, name: str) -> Tensor:
    """A tensor of which the base of a delta has a part or all."""
    if name not in checkpoint.tensors:
        return Tensor()
    tensor = _stored_tensor(delta.base.checkpoint, name)
    if (found := delta.difference(name)) is not None:
        tensor.base, tensor.base_kind = tensor.data, tensor.kind
        tensor.data, tensor.kind = address_of(found[0].content), _DIFFERENCE
        tensor.scale, tensor.scale_kind = address_of(found[1].content), _KINDS[found[1].kind]
    elif (rows := delta.rows.get(name)) is not None:
        tensor.changed, tensor.before = _addresses(rows.changed)
        tensor.num_own = rows.changed.size
        if tensor.num_own:
            tensor.own = address_of(rows.rows.content)
            tensor.own_scale = None if rows.scales is None else address_of(rows.scales.content)
    else:
        tensor.base = tensor.data
    return tensor


def _stored_tensor(checkpoint: Checkpoint, name: str) -> Tensor:
    stored, scale = checkpoint.tensors.get(name), checkpoint.tensors.get(name + SCALE)
    if stored is None:
        return Tensor()
    rows, cols = stored.shape if len(stored.shape) == 2 else (stored.shape[0], 1)
    tensor = Tensor(address_of(stored.content), _KINDS[stored.kind], rows, cols, num_stored=rows)
    if name == WORDS and checkpoint.stored_words is not None:
        tensor.rows = checkpoint.settings.vocabulary_size
        tensor.stored, tensor.stored_before = _addresses(checkpoint.stored_words)
    if scale is not None:
        tensor.scale, tensor.scale_kind = address_of(scale.content), _KINDS[scale.kind]
    return tensor


def _addresses(rows: RowSet) -> tuple[int, int]:
    return rows.bits.buffer_info()[0], rows.before.buffer_info()[0]


def model_error(number: int, names: list[str], name: str) -> NluError:
    """Return the error that the kernel means.

    Args:
        number: what it returned.
        names: the tensors of the network.
        name: what the user called the checkpoint.
    """
    for kind, cure in (
        ("too large", "are too large for weights='float16'; use weights='float32'"),
        ("not finite", "are not finite; train again, or copy the checkpoint again"),
    ):
        place = ERRORS[kind] - number
        if 0 <= place < len(names):
            return NluError(f"{name}: the weights {names[place]} {cure}")
    return NluError(f"{name}: the kernel does not fit this version of bilstm-nlu; install the package again")
