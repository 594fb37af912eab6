"""The kernel, called with ctypes: it finds the library, and has the structures of `kernel/plan.h`."""

import ctypes
import mmap
from array import array
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = [
    "ERRORS",
    "INSTRUCTIONS",
    "KEPT",
    "LSTMS",
    "VERSION",
    "Call",
    "Kernel",
    "LstmCall",
    "Plan",
    "Tensor",
    "address_of",
    "load_kernel",
    "zeros",
]

#: The version of the structures below; another library is not used.
VERSION = 5

#: Name of a set of instructions -> its number.
INSTRUCTIONS = {"plain": 1, "avx2": 2, "avx512": 3, "neon": 4}

#: How weights are kept -> its number. `shared`: as differences from the weights of another model.
KEPT = {"float16": 0, "int8": 1, "float32": 2, "shared": 3}

#: Index of the first tensor of an LSTM.
LSTMS = 35

#: Name of an error -> its number; numbers of tensors are subtracted from the last two.
ERRORS = {"plan": -1, "call": -2, "not finite": -1000, "too large": -100000}

_Number = ctypes.c_int64
_Address = ctypes.c_void_p


class Tensor(ctypes.Structure):
    """A tensor of a checkpoint."""

    _fields_ = [
        ("data", _Address),
        ("kind", _Number),
        ("rows", _Number),
        ("cols", _Number),
        ("scale", _Address),
        ("scale_kind", _Number),
        ("base", _Address),
        ("base_kind", _Number),
        *((name, _Address) for name in ("changed", "before", "own", "own_scale")),
        ("num_own", _Number),
        *((name, _Address) for name in ("stored", "stored_before")),
        ("num_stored", _Number),
    ]


class Plan(ctypes.Structure):
    """What the kernel must know to make a model."""

    _fields_ = [
        *((name, _Number) for name in ("version", "instructions", "kept")),
        *((name, _Number) for name in ("word_dim", "ngram_dim", "ngram_min", "ngram_max")),
        ("hidden", _Number * 3),
        ("layers", _Number * 3),
        *((name, _Number) for name in ("skips", "is_wide", "pooling", "num_intents", "num_tags", "use_crf")),
        *((name, _Number) for name in ("num_catalogs", "max_phrase", "decision_dims", "fallback")),
        ("segment_hidden", _Number),
        *((name, _Number) for name in ("has_shares", "is_restricted")),
        *((name, _Number) for name in ("has_undeclared", "num_sets", "num_members", "num_runs", "num_tensors")),
        *((name, _Address) for name in ("tensors", "allowed", "set_of", "set_sizes", "set_tags")),
        *((name, _Address) for name in ("undeclared", "runs", "base")),
    ]


class Call(ctypes.Structure):
    """What the kernel must know to compute texts, and where it puts the results."""

    _fields_ = [
        *((name, _Number) for name in ("num_texts", "max_bytes", "flags")),
        ("texts", ctypes.c_char_p),
        ("offsets", _Address),
        ("allowed", ctypes.c_char_p),
        ("num_more", _Number),
        ("more_keys", _Address),
        ("more_catalogs", ctypes.c_char_p),
        ("memory", _Address),
        *((name, _Number) for name in ("num_words", "counts", "bytes", "spans", "scores")),
        *((name, _Number) for name in ("probabilities", "tags", "pooled", "slot_states", "slot_logits")),
        *((name, _Number) for name in ("decisions", "starts", "wholes")),
    ]


class LstmCall(ctypes.Structure):
    """A bidirectional LSTM that is trained: its sizes, its weights, and where its numbers are."""

    _fields_ = [
        *((name, _Number) for name in ("version", "instructions", "hidden", "num_steps")),
        ("active", _Address),
        ("weights", _Address * 2),
        ("gates", _Address * 2),
        *((name, _Address) for name in ("states", "memory", "state_gradients", "before")),
    ]


class Kernel:
    """The library.

    Args:
        library: the library, as ctypes has loaded it.
    """

    def __init__(self, library: ctypes.CDLL):
        for name, arguments in (
            ("kernel_instructions", []),
            ("kernel_check", [_Number]),
            ("kernel_model_bytes", [_Address]),
            ("kernel_make_model", [_Address, _Address]),
            ("kernel_memory_bytes", [_Address]),
            ("kernel_forget", [_Address]),
            ("kernel_products", [_Address, _Number, _Number, _Address, _Number]),
            ("kernel_run", [_Address, _Address, _Address, _Number]),
            ("kernel_lstm", [_Address, _Number, _Address, _Number]),
        ):
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, _Number
        self.model_bytes, self.make_model = library.kernel_model_bytes, library.kernel_make_model
        self.memory_bytes, self.run = library.kernel_memory_bytes, library.kernel_run
        self.forget = library.kernel_forget
        self.products, self.lstm = library.kernel_products, library.kernel_lstm
        self._library, self.path = library, library._name

    @cache  # noqa: B019  there is one kernel in a process
    def instructions(self) -> tuple[str, ...]:
        """The sets of instructions that this processor has and that compute what plain C computes, the best first."""
        found = self._library.kernel_instructions()
        names = [name for name, number in INSTRUCTIONS.items() if found >> number & 1]
        return tuple(name for name in reversed(names) if self._library.kernel_check(INSTRUCTIONS[name]))


def _libraries() -> Iterator[Path]:
    folder = Path(__file__).parent
    for suffix in ("so", "pyd", "dylib"):
        yield from sorted(folder.glob(f"_kernel*.{suffix}"))


@cache
def load_kernel() -> Kernel | None:
    """The kernel; `None` if the package was installed without it, or with one that this process cannot load."""
    for path in _libraries():
        try:
            return Kernel(ctypes.CDLL(str(path)))
        except (OSError, AttributeError):
            continue
    return None


def zeros(size: int) -> memoryview:
    """Memory full of zeros; the system gives each page when it is first used."""
    return memoryview(mmap.mmap(-1, size))


def address_of(content: memoryview | array) -> int:
    """The address of writable memory, which must be kept as long as the address is used."""
    return ctypes.addressof(ctypes.c_char.from_buffer(content))
