"""The network, computed by the kernel. A call releases the lock of the interpreter, so threads run in parallel."""

import ctypes
import itertools
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..errors import NluError
from ..hubfiles.format_bilstm_nlu import MAX_CHARACTERS
from .checkpoint import SCALE, Checkpoint
from .native import ERRORS, INSTRUCTIONS, KEPT, VERSION, Call, Kernel, Plan, Tensor, address_of, zeros
from .outputs import NetOutput, WordMatches
from .settings import POOLINGS, NetSettings
from .word_tables import runs
from .words import Normalised, end_of_reading, normalise

__all__ = ["KernelNet"]

_KINDS = {"F32": 1, "F16": 2, "BF16": 3, "F64": 4, "I8": 5, "I64": 6, "BOOL": 7}
_WITH_STATES, _WITH_SLOT_LOGITS = 1, 2
#: Bytes of the first workspace, which is enough for an utterance, and of the largest that is kept.
_WORKSPACE, _LARGEST_WORKSPACE = 2**19, 2**24

_TENSORS = (
    "encoder.embeddings.words.weight",
    "encoder.embeddings.ngrams.weight",
    "encoder.embeddings.table",
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
)


class KernelNet:
    """The network of a checkpoint.

    Args:
        checkpoint: the checkpoint.
        kernel: the library.
        weights: how matrices are kept, a key of `KEPT`.
        instructions: a set of instructions, a key of `INSTRUCTIONS`; by default, the best of this processor.

    Raises:
        NluError: a weight is not finite, or too large for `float16`.
        ValueError: the processor does not have the instructions.
    """

    def __init__(
        self, checkpoint: Checkpoint, kernel: Kernel, *, weights: str = "float16", instructions: str | None = None
    ):
        found = kernel.instructions()
        if instructions is not None and instructions not in found:
            raise ValueError(f"instructions must be one of {', '.join(found)} on this processor, got {instructions!r}")
        self.engine = f"kernel ({instructions or found[0]}, {weights})"
        self._settings, self._kernel = checkpoint.settings, kernel
        self._max_bytes, self._tensors = checkpoint.max_bytes, checkpoint.tensors  # the memory stays in use
        names = [*_TENSORS, *_names_of_lstms(checkpoint.settings)]
        plan, kept = _plan(checkpoint, names)
        plan.instructions, plan.kept = INSTRUCTIONS[instructions or found[0]], KEPT[weights]
        size = kernel.model_bytes(ctypes.addressof(plan))
        if size > 0:
            self._memory = zeros(size)
            start = address_of(self._memory)
            self._model = start + -start % 64
            size = kernel.make_model(ctypes.addressof(plan), self._model)
        if size < 0:
            raise _error(size, names, checkpoint.name)
        del kept  # the kernel has copied it
        self._workspaces: list[_Workspace] = []

    def run(
        self,
        texts: Sequence[str],
        *,
        allowed: Sequence[int] | None = None,
        matches: Sequence[WordMatches] | None = None,
        with_states: bool = False,
        with_slot_logits: bool = False,
    ) -> list[NetOutput]:
        """Compute the network for texts, in one batch.

        Args:
            texts: the texts.
            allowed: numbers of the intents that are allowed; all by default. The slots are those of the best of them.
            matches: for every text, the catalog matches of this call.
            with_states: also return the inputs of the heads.
            with_slot_logits: also return the scores of the slot tags.

        Raises:
            ValueError: the matches do not fit the words of the texts.
        """
        if not texts:
            return []
        normalised = [normalise(text) for text in texts]
        content = [one.text.encode() for one in normalised]
        try:
            workspace = self._workspaces.pop()
        except IndexError:  # another thread may have taken the last one
            workspace = _Workspace(_WORKSPACE, self._kernel.memory_bytes(self._model))
        call = workspace.call
        call.num_texts, call.max_bytes, call.texts = len(texts), self._max_bytes, b"".join(content)
        call.flags = (with_states and _WITH_STATES) | (with_slot_logits and _WITH_SLOT_LOGITS)
        offsets = array("q", [0, *itertools.accumulate(map(len, content))])
        call.offsets = offsets.buffer_info()[0]
        call.allowed = call.own = call.any = None
        if allowed is not None:
            call.allowed = bytes(place in allowed for place in range(len(self._settings.intents)))
        if matches is not None:
            self._set_matches(call, matches)
        while (size := self._kernel.run(self._model, workspace.call_address, workspace.address, workspace.size)) > 0:
            workspace.resize(size)
        if size < 0:
            raise ValueError("the catalog matches do not fit the words of the texts; make them of these texts")
        outputs = self._outputs(texts, normalised, workspace)
        if workspace.size <= _LARGEST_WORKSPACE:
            self._workspaces.append(workspace)
        return outputs

    def multiply(self, num_words: int, *, with_vectors: bool = True) -> Callable[[], int]:
        """Return a function that computes only the matrix products of a text, to measure them.

        Args:
            num_words: number of words in the text.
            with_vectors: also those with the vectors of the words, which are not computed for remembered words.
        """
        arguments = (self._model, num_words, with_vectors)
        workspace = zeros(self._kernel.products(*arguments, None, 0))

        def compute() -> int:
            return self._kernel.products(*arguments, address_of(workspace), len(workspace))

        return compute

    def _set_matches(self, call: Call, matches: Sequence[WordMatches]) -> None:
        """Pass the matches of all words to the kernel; a text without matches is an error there."""
        own = b"".join(one.own or b"" for one in matches)
        of_any = b"".join(one.any or b"" for one in matches)
        width = 2 * len(self._settings.gazetteers)
        call.own, call.any = own or None, of_any or None
        sizes = {len(of_any) / 2} if of_any else set()
        sizes |= {len(own) / width if width else -1} if own else set()
        call.num_matched = int(sizes.pop()) if len(sizes) == 1 else -1

    def _outputs(self, texts: Sequence[str], normalised: list[Normalised], workspace: "_Workspace") -> list[NetOutput]:
        call, settings = workspace.call, self._settings
        num_texts, num_words, num_intents = len(texts), call.num_words, len(settings.intents)
        counts = workspace.integers(call.counts, num_texts)
        num_bytes = workspace.integers(call.bytes, num_texts)
        spans = workspace.integers(call.spans, 2 * num_words)
        tags = workspace.integers(call.tags, num_words)
        scores = workspace.floats(call.scores, num_texts * num_intents)
        probabilities = workspace.floats(call.probabilities, num_texts * num_intents)
        decisions = workspace.floats(call.decisions, num_texts) if settings.decision_dims else []
        outputs, word = [], 0
        for place, (text, one, count) in enumerate(zip(texts, normalised, counts, strict=True)):
            last, intents = word + count, slice(place * num_intents, (place + 1) * num_intents)
            words = list(zip(spans[2 * word : 2 * last : 2], spans[2 * word + 1 : 2 * last : 2], strict=True))
            if one.starts is not None:
                words = [one.span(start, end) for start, end in words]
            is_full, end = num_bytes[place] >= self._max_bytes, None
            if is_full or len(text) > MAX_CHARACTERS:
                end = end_of_reading(text, words, is_full=is_full)
            of_states = self._states(workspace, place, word, count) if call.flags else ()
            if not count:
                intents = slice(0)
            decision = decisions[place] if decisions and count else None
            numbers = (scores[intents], probabilities[intents], tags[word:last])
            outputs.append(NetOutput(words, end, *numbers, decision, *of_states))
            word = last
        return outputs

    def _states(self, workspace: "_Workspace", place: int, word: int, count: int) -> Iterator[Sequence[float] | None]:
        """The inputs of the heads, and the scores of the slot tags, as far as they were asked for."""
        call, settings = workspace.call, self._settings
        has_states, has_logits = call.flags & _WITH_STATES, call.flags & _WITH_SLOT_LOGITS
        pooled, states, tags = settings.pooled_size, 2 * settings.slot_hidden, len(settings.slot_tags)
        for flag, start, first, size in (
            (has_states, call.pooled, place * pooled, pooled if count else 0),
            (has_states, call.slot_states, word * states, count * states),
            (has_logits, call.slot_logits, word * tags, count * tags),
        ):
            yield workspace.floats(start + 4 * first, size) if flag else None


class _Workspace:
    """Memory for one call at a time, and the structure that describes the call; it remembers words between calls."""

    def __init__(self, size: int, memory_size: int):
        self.call = Call()
        self.call_address = ctypes.addressof(self.call)
        self._words = zeros(memory_size)
        self.call.memory = address_of(self._words)
        self.resize(size)

    def resize(self, size: int) -> None:
        """Replace the memory by this number of bytes."""
        self.size, self._view = size, zeros(size)
        self.address = address_of(self._view)

    def integers(self, start: int, count: int) -> list[int]:
        return self._view[start : start + 4 * count].cast("i").tolist()  # type: ignore[return-value]

    def floats(self, start: int, count: int) -> list[float]:
        return self._view[start : start + 4 * count].cast("f").tolist()  # type: ignore[return-value]


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


def _plan(checkpoint: Checkpoint, names: list[str]) -> tuple[Plan, list[Any]]:
    """The plan of a model, and the memory that it points to."""
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
        setattr(plan, field, ctypes.addressof(tensors) if memory is tensors else memory.buffer_info()[0])
    return plan, held


def _tensor(checkpoint: Checkpoint, name: str) -> Tensor:
    stored, scale = checkpoint.tensors.get(name), checkpoint.tensors.get(name + SCALE)
    if stored is None:
        return Tensor()
    rows, cols = stored.shape if len(stored.shape) == 2 else (stored.shape[0], 1)
    tensor = Tensor(address_of(stored.content), _KINDS[stored.kind], rows, cols)
    if scale is not None:
        tensor.scale, tensor.scale_kind = address_of(scale.content), _KINDS[scale.kind]
    return tensor


def _error(number: int, names: list[str], name: str) -> NluError:
    for kind, cure in (
        ("too large", "are too large for weights='float16'; use weights='float32'"),
        ("not finite", "are not finite; train again, or copy the checkpoint again"),
    ):
        place = ERRORS[kind] - number
        if 0 <= place < len(names):
            return NluError(f"{name}: the weights {names[place]} {cure}")
    return NluError(f"{name}: the kernel does not fit this version of bilstm-nlu; install the package again")
