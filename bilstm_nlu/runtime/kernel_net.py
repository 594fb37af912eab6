"""The network, computed by the kernel. A call releases the lock of the interpreter, so threads run in parallel."""

import ctypes
import itertools
import threading
from array import array
from collections.abc import Callable, Iterator, Sequence

from ..hubfiles.call_phrases_bilstm_nlu import CallPhrases
from ..hubfiles.format_bilstm_nlu import MAX_CHARACTERS
from .bases import Base
from .checkpoint import Checkpoint
from .delta import Delta
from .kernel_plan import make_plan, model_error, tensor_names
from .native import INSTRUCTIONS, KEPT, Call, Kernel, address_of, zeros
from .outputs import NetOutput
from .words import Normalised, end_of_reading, normalise

__all__ = ["KernelNet"]

_WITH_STATES, _WITH_SLOT_LOGITS, _WITH_STARTS, _WHOLES_ONLY = 1, 2, 4, 8
#: Bytes of the first workspace, which is enough for an utterance, and of the largest that is kept.
_WORKSPACE, _LARGEST_WORKSPACE = 2**19, 2**24
#: Number of workspaces that are kept in a process, whatever the number of networks.
_MOST_WORKSPACES = 16


class KernelNet:
    """The network of a checkpoint.

    Args:
        checkpoint: the checkpoint.
        kernel: the library.
        weights: how matrices are kept, a key of `KEPT`; `shared` is `float16` for a checkpoint that is not a delta.
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
        base = _net_of_base(checkpoint, kernel) if weights == "shared" else None
        weights = "float16" if weights == "shared" and base is None else weights
        self.engine = f"kernel ({instructions or found[0]}, {weights})"
        self._settings, self._kernel = checkpoint.settings, kernel
        self._max_bytes = checkpoint.max_bytes
        self._tensors, self._stored_words = checkpoint.tensors, checkpoint.stored_words  # the memory stays in use
        names = tensor_names(checkpoint.settings)
        plan, kept = make_plan(checkpoint, names)
        plan.instructions, plan.kept = INSTRUCTIONS[instructions or found[0]], KEPT[weights]
        self._base_net = base  # its memory stays in use
        if base is not None:
            plan.base = base._model
        size = kernel.model_bytes(ctypes.addressof(plan))
        if size > 0:
            self._memory = zeros(size)
            start = address_of(self._memory)
            self._model: int = start + -start % 64
            size = kernel.make_model(ctypes.addressof(plan), self._model)
        if size < 0:
            raise model_error(size, names, checkpoint.name)
        del kept  # the kernel has copied it
        self._delta: Delta | None = checkpoint.delta
        if self._delta is not None:
            self._delta.release()
        self._number = next(_numbers)

    @property
    def base(self) -> Base | None:
        """The base of a delta."""
        return None if self._delta is None else self._delta.base

    @property
    def num_bytes(self) -> int:
        """Bytes that this network alone has in memory. The memory of calls and the base of a delta are shared."""
        own = len(self._memory) + (0 if self._stored_words is None else self._stored_words.num_bytes)
        if self._delta is not None:
            return own + self._delta.num_bytes
        return own + sum(len(tensor.content) for tensor in self._tensors.values())

    def run(
        self,
        texts: Sequence[str],
        *,
        allowed: Sequence[int] | None = None,
        phrases: CallPhrases | None = None,
        with_states: bool = False,
        with_slot_logits: bool = False,
        with_starts: bool = False,
    ) -> list[NetOutput]:
        """Compute the network for texts, in one batch; see `Net.run`."""
        if not texts:
            return []
        flags = (with_states and _WITH_STATES) | (with_slot_logits and _WITH_SLOT_LOGITS)
        workspace, normalised = self._run(texts, flags | (with_starts and _WITH_STARTS), allowed, phrases)
        outputs = self._outputs(texts, normalised, workspace)
        _give_back(workspace)
        return outputs

    def wholes(self, texts: Sequence[str]) -> list[float]:
        """Return the log-odds that each text is one whole utterance; see `Net.wholes`."""
        if not texts:
            return []
        workspace, _ = self._run(texts, _WHOLES_ONLY, None, None)
        found = workspace.floats(workspace.call.wholes, len(texts))
        _give_back(workspace)
        return found

    def _run(
        self, texts: Sequence[str], flags: int, allowed: Sequence[int] | None, phrases: CallPhrases | None
    ) -> tuple["_Workspace", list[Normalised]]:
        """Run the kernel, and return the memory with the results."""
        normalised = [normalise(text) for text in texts]
        content = [one.text.encode() for one in normalised]
        workspace = _take_workspace(self._number, self._kernel, self._kernel.memory_bytes(self._model))
        call = workspace.call
        call.num_texts, call.max_bytes, call.texts = len(texts), self._max_bytes, b"".join(content)
        offsets = array("q", [0, *itertools.accumulate(map(len, content))])
        call.offsets, call.flags, call.allowed, call.num_more = offsets.buffer_info()[0], flags, None, 0
        if allowed is not None:
            call.allowed = bytes(place in allowed for place in range(len(self._settings.intents)))
        if phrases is not None:
            call.more_keys, call.num_more = phrases.keys.buffer_info()
            call.more_catalogs = phrases.catalogs
        while (size := self._kernel.run(self._model, workspace.call_address, workspace.address, workspace.size)) > 0:
            workspace.resize(size)
        if size < 0:
            raise ValueError(f"the kernel refused the call with {size}; the checkpoint cannot compute what was asked")
        return workspace, normalised

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

    def _outputs(self, texts: Sequence[str], normalised: list[Normalised], workspace: "_Workspace") -> list[NetOutput]:
        call, settings = workspace.call, self._settings
        num_texts, num_words, num_intents = len(texts), call.num_words, len(settings.intents)
        counts, num_bytes = workspace.integers(call.counts, num_texts), workspace.integers(call.bytes, num_texts)
        edges, tags = workspace.integers(call.spans, 2 * num_words), workspace.integers(call.tags, num_words)
        spans = list(zip(edges[::2], edges[1::2], strict=True))
        scores = workspace.floats(call.scores, num_texts * num_intents)
        probabilities = workspace.floats(call.probabilities, num_texts * num_intents)
        decisions = workspace.floats(call.decisions, num_texts) if settings.decision_dims else []
        outputs, word = [], 0
        for place, (text, one, count) in enumerate(zip(texts, normalised, counts, strict=True)):
            last, intents = word + count, slice(place * num_intents, (place + 1) * num_intents)
            words = spans[word:last]
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
        """The inputs of the heads, the scores of the slot tags, and the starts, as far as they were asked for."""
        call, settings = workspace.call, self._settings
        has_states, has_logits = call.flags & _WITH_STATES, call.flags & _WITH_SLOT_LOGITS
        has_starts = call.flags & _WITH_STARTS
        pooled, states, tags = settings.pooled_size, 2 * settings.slot_hidden, len(settings.slot_tags)
        for flag, start, first, size in (
            (has_states, call.pooled, place * pooled, pooled if count else 0),
            (has_states, call.slot_states, word * states, count * states),
            (has_logits, call.slot_logits, word * tags, count * tags),
            (has_starts, call.starts, word, count),
        ):
            yield workspace.floats(start + 4 * first, size) if flag else None


def _net_of_base(checkpoint: Checkpoint, kernel: Kernel) -> "KernelNet | None":
    """The network of the base of a delta, with its weights in half precision."""
    if checkpoint.delta is None:
        return None
    return checkpoint.delta.base.net(kernel.path, lambda base: KernelNet(base, kernel))


class _Workspace:
    """Memory for one call at a time, and the structure that describes the call.

    It remembers words between the calls of one network, its owner.
    """

    def __init__(self, size: int, memory_size: int):
        self.call = Call()
        self.call_address = ctypes.addressof(self.call)
        self._words = zeros(memory_size)
        self.memory_size, self.call.memory = memory_size, address_of(self._words)
        self.owner = -1
        self.resize(size)

    def resize(self, size: int) -> None:
        """Replace the memory by this number of bytes."""
        self.size, self._view = size, zeros(size)
        self.address = address_of(self._view)

    def integers(self, start: int, count: int) -> list[int]:
        return self._view[start : start + 4 * count].cast("i").tolist()  # type: ignore[return-value]

    def floats(self, start: int, count: int) -> list[float]:
        return self._view[start : start + 4 * count].cast("f").tolist()  # type: ignore[return-value]


_numbers = itertools.count()
_lock = threading.Lock()
#: The memory of calls that is free now, of all networks; what was used last is last.
_workspaces: list[_Workspace] = []


def _take_workspace(owner: int, kernel: Kernel, memory_size: int) -> _Workspace:
    """Memory for a call: that of the last call of the same network, new memory, or that of another network.

    Args:
        owner: the number of the network.
        kernel: the library.
        memory_size: bytes for the words that are remembered.
    """
    with _lock:
        found = next((one for one in reversed(_workspaces) if one.owner == owner), None)
        if found is None and len(_workspaces) >= _MOST_WORKSPACES:
            found = next((one for one in _workspaces if one.memory_size >= memory_size), None)
        if found is not None:
            _workspaces.remove(found)
    workspace = _Workspace(_WORKSPACE, memory_size) if found is None else found
    if workspace.owner != owner:
        kernel.forget(workspace.call.memory)
        workspace.owner = owner
    return workspace


def _give_back(workspace: _Workspace) -> None:
    """Keep the memory of a call for the next one."""
    if workspace.size <= _LARGEST_WORKSPACE:
        with _lock:
            _workspaces.append(workspace)
            del _workspaces[:-_MOST_WORKSPACES]
