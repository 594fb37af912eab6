"""Feed the runtime random networks, texts and damaged files, under the sanitizers of the compiler.

`run_sanitized` compiles the kernel with the address and the undefined-behaviour sanitizer, and runs `fuzz` in a new
process that has them. Every tensor and every buffer is a memory block of its own, so that a byte too far is found.
"""

import ctypes
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from array import array
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bilstm_nlu.hubfiles.call_phrases_bilstm_nlu import CallPhrases, call_phrases
from bilstm_nlu.hubfiles.calls_bilstm_nlu import CallValues
from bilstm_nlu.hubfiles.catalogs_bilstm_nlu import SlotCatalogs

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime import native, packed_file, tensors
from bilstm_nlu.runtime.checkpoint import TABLE, WORDS, Checkpoint, expected_tensors
from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import KEPT, Kernel
from bilstm_nlu.runtime.packed_file import read_packed, write_packed
from bilstm_nlu.runtime.row_sets import used_rows
from bilstm_nlu.runtime.settings import POOLINGS, NetSettings
from bilstm_nlu.runtime.tensors import StoredTensor
from bilstm_nlu.runtime.words import split_words

__all__ = ["compile_kernel", "fuzz", "run_sanitized"]

_SOURCES = Path(native.__file__).parent / "kernel"
_SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_FLOATS = ("F32", "F16", "BF16", "F64")
_PIECES = (
    *("play", "jazz", "don't", "\u2019s", "e\u0301", "\u0130", "\U0001d15e", "\u6f22", "\u0e01\u0e31", "\u1112\u1161"),
    *("\x00", " ", "\t", "\u3000", "7:30", "\u0660", "\U0001f600", "\ud800", "'", "'ll", "x" * 300, "?!", "\uffff"),
)


def compile_kernel(library: Path, *flags: str) -> None:
    """Compile the kernel of this source.

    Args:
        library: the file to write.
        flags: more flags for the compiler.

    Raises:
        NluError: no C compiler is installed, or it does not accept the flags.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NluError("no C compiler is installed; install one, such as gcc")
    sources = [str(path) for path in sorted(_SOURCES.glob("*.c"))]
    command = [compiler, "-std=c11", "-shared", "-fPIC", *flags, "-o", str(library), *sources, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NluError(f"{compiler} cannot compile the kernel: {done.stderr.strip()[-500:]}; install its sanitizers")


def run_sanitized(folder: Path, *, seconds: float, seed: int) -> dict[str, int]:
    """Compile the kernel with sanitizers, and fuzz it in a new process.

    Args:
        folder: folder for the library.
        seconds: how long to fuzz.
        seed: of the random numbers.

    Returns:
        What was done -> how often.

    Raises:
        NluError: the kernel cannot be compiled with sanitizers, or a fault was found.
    """
    library = folder / "_kernel_sanitized.so"
    compile_kernel(library, *_SANITIZERS)
    found = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True)
    environment = {
        **os.environ,
        "LD_PRELOAD": found.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",  # so that every buffer is a block that the sanitizer knows
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    code = f"from research.speed.fuzzing import main; main({str(library)!r}, {seconds!r}, {seed!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise NluError(f"seed {seed}: {done.stderr.strip()[-4000:]}")
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def main(library: str, seconds: float, seed: int) -> None:
    """Fuzz, and print the counts as JSON."""
    sys.stdout.write(json.dumps(fuzz(Kernel(ctypes.CDLL(library)), seconds=seconds, seed=seed)))


def fuzz(kernel: Kernel, *, seconds: float, seed: int, folder: Path | None = None) -> dict[str, int]:
    """Make random networks and damaged files until the time is over.

    Args:
        kernel: the library.
        seconds: how long to go on.
        seed: of the random numbers.
        folder: folder for the files; by default, a name of this process in the folder for temporary files.

    Returns:
        What was done -> how often.

    Raises:
        AssertionError: a result is not valid.
    """
    counts: Counter[str] = Counter()
    chance, end = random.Random(seed), time.monotonic() + seconds
    path = Path(folder or os.environ.get("TMPDIR", "/tmp"), f"fuzz_runtime_{os.getpid()}.nlu")
    tensors.map_file = packed_file.map_file = _block_of  # type: ignore[assignment]
    try:
        while time.monotonic() < end:
            checkpoint = _random_checkpoint(chance)
            counts["networks"] += 1
            write_packed(checkpoint, path)
            for _ in range(8):
                counts[_open_damaged(kernel, path, chance)] += 1
            net = _open(kernel, checkpoint, chance)
            for _ in range(4):
                counts["texts"] += _parse(net, checkpoint.settings, chance)
                counts["byte strings"] += _split_bytes(net, chance)
    finally:
        path.unlink(missing_ok=True)
    return dict(counts)


def _block_of(path: Path) -> memoryview:
    """The content of a file in a memory block, where a mapping would have the rest of a page after it."""
    content = path.read_bytes()
    if not content:
        raise NluError(f"{path}: it is empty")
    return memoryview(bytearray(content))


def _random_checkpoint(chance: random.Random) -> Checkpoint:
    intents = [f"intent {i}" for i in range(chance.choice((1, 2, 5, 40)))]
    slot_types = [f"slot {i}" for i in range(chance.choice((0, 1, 3, 20)))]
    known = chance.sample(intents, chance.randint(0, len(intents)))
    slots = {intent: chance.sample(slot_types, chance.randint(0, len(slot_types))) for intent in known}
    catalogs = [f"catalog {i}" for i in range(chance.choice((0, 0, 1, 4, 9)))]
    word_dim = chance.choice((0, 1, 5, 16))
    sizes: dict[str, Any] = {}
    for stack in ("shared", "slot", "intent"):
        sizes[f"{stack}_hidden"] = chance.choice((1, 8, 15, 16, 17, 40))
        sizes[f"{stack}_layers"] = chance.choice((1, 2, 3))
    settings = NetSettings(
        intents=intents,
        slot_types=slot_types,
        intent_slots=slots,
        undeclared_slot_probabilities={one: chance.choice((0, 1, 0.1)) for one in known if chance.random() < 0.5},
        intents_by_slots=chance.random() < 0.8,
        vocabulary_size=chance.choice((8, 9, 64)),
        word_dim=word_dim,
        ngram_buckets=chance.choice((8, 33)),
        ngram_dim=chance.choice((1, 7, 16) if not word_dim else (0, 1, 7, 16)),
        ngram_min=(shortest := chance.randint(1, 4)),
        ngram_max=chance.randint(shortest, 9),
        **sizes,
        skip_connections=chance.random() < 0.7,
        wide_intent=chance.random() < 0.7,
        intent_pooling=chance.choice(POOLINGS),
        use_crf=chance.random() < 0.7,
        segment_hidden=chance.choice((0, 1, 20, 65)),
        decision_dims=(dims := chance.choice((0, 1, 20))),
        decision_words=dims and chance.choice((8, 33)),
        fallback_intent=chance.choice((None, "none of them", *intents)),
        gazetteers=catalogs,
        gazetteer_rows=chance.choice((8, 100)) if catalogs else 0,
        gazetteer_max_words=chance.choice((1, 2, 6, 32)),
    )
    stored: dict[str, StoredTensor] = {}
    for name, (kind, shape) in expected_tensors(settings).items():
        stored[name] = _random_tensor(chance, kind, shape)
        if kind == "float" and "embeddings" in name and chance.random() < 0.5:
            stored[name] = _random_bytes(chance, shape)
            stored[f"{name}.scale"] = _random_tensor(chance, "float", (shape[0], 1))
    max_bytes, words = chance.choice((1, 2, 50, 4096, 32768)), stored.get(WORDS)
    rows = None
    if words is not None and words.kind == "I8" and chance.random() < 0.7:
        stored[TABLE] = _with_words(stored[TABLE], chance)
        rows = used_rows(stored[TABLE])
        stored[WORDS] = _random_bytes(chance, (rows.size, word_dim))
        stored[f"{WORDS}.scale"] = _random_tensor(chance, "float", (rows.size, 1))
    rows = rows if rows is not None and rows.size < settings.vocabulary_size else None
    return Checkpoint("random", settings, stored, SlotCatalogs(), max_bytes, stored_words=rows)


def _random_bytes(chance: random.Random, shape: tuple[int, ...]) -> StoredTensor:
    return StoredTensor("I8", shape, _block(chance.randbytes(math.prod(shape))))


def _with_words(table: StoredTensor, chance: random.Random) -> StoredTensor:
    """A table that has some free rows, and some words of the texts."""
    keys = array("q", bytes(table.content))
    share = chance.random()
    for row in range(len(keys)):
        keys[row] = keys[row] if chance.random() < share else 0
    for piece in chance.sample([one for one in _PIECES if split_words(one, 4096).ids], 5):
        for key in call_phrases(
            CallValues((("", ((piece, ()),)),)), lambda text: split_words(text, 4096).ids, [], 1
        ).keys:
            place = 1 + (key + chance.randrange(4) * (1 + key // len(keys) % (len(keys) - 2))) % (len(keys) - 1)
            keys[place] = key
    return StoredTensor("I64", table.shape, _block(keys.tobytes()))


def _random_tensor(chance: random.Random, kind: str, shape: tuple[int, ...]) -> StoredTensor:
    count = math.prod(shape)
    if kind == "flag":
        return StoredTensor("BOOL", shape, _block(bytes(chance.getrandbits(1) for _ in range(count))))
    if kind == "key":
        return StoredTensor("I64", shape, _block(chance.randbytes(8 * count)))
    kind, size = chance.choice(_FLOATS), chance.choice((0.0, 0.3, 3.0, 1000.0))
    numbers = [chance.uniform(-size, size) for _ in range(count)]
    if kind == "BF16":
        content = b"".join(struct.pack("<f", number)[2:] for number in numbers)
    else:
        content = struct.pack(f"<{count}{dict(F32='f', F16='e', F64='d')[kind]}", *numbers)
    return StoredTensor(kind, shape, _block(content))


def _block(content: bytes) -> memoryview:
    return memoryview(bytearray(content or b"\0"))[: len(content)]


def _open(kernel: Kernel, checkpoint: Checkpoint, chance: random.Random) -> KernelNet:
    instructions = chance.choice(kernel.instructions())
    return KernelNet(checkpoint, kernel, weights=chance.choice(list(KEPT)), instructions=instructions)


def _open_damaged(kernel: Kernel, path: Path, chance: random.Random) -> str:
    """Change a packed file behind its digest, so that all later checks are reached; say what became of it."""
    content = bytearray(path.read_bytes())
    original = bytes(content)
    length = struct.unpack_from("<I", content, 12)[0]
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(48, 48 + length) if chance.random() < 0.8 else chance.randrange(len(content))
        place = min(place, len(content) - 1)
        kind = chance.random()
        if kind < 0.4:
            content[place] = chance.choice(b'0123456789-"[]{},:eE\x00\xff')
        elif kind < 0.7:
            content[place : place + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
        elif kind < 0.85:
            del content[max(place, 49) :]
        else:
            content[place] ^= 1 << chance.randrange(8)
    packed_file._digest_of, before = lambda _: bytes(content[16:48]), packed_file._digest_of  # type: ignore
    try:
        path.write_bytes(content)
        checkpoint = read_packed(path)
        own = {name: one._replace(content=_block(bytes(one.content))) for name, one in checkpoint.tensors.items()}
        net = _open(kernel, replace(checkpoint, tensors=own), chance)
        _parse(net, checkpoint.settings, chance)
    except NluError:
        return "damaged files refused"
    finally:
        packed_file._digest_of = before
        path.write_bytes(original)
    return "damaged files read"


def _random_text(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return chance.choice(_PIECES) * chance.choice((0, 1, 100, 3000))
    pieces = (chance.choice(_PIECES) if chance.random() < 0.6 else chr(chance.randrange(0x110000)) for _ in range(40))
    return chance.choice(("", " ")).join([*pieces][: chance.randint(0, 40)])


def _parse(net: KernelNet, settings: NetSettings, chance: random.Random) -> int:
    """Parse a random batch, and check what can be said about every result."""
    texts = [_random_text(chance) for _ in range(chance.choice((1, 1, 2, 9, 33)))]
    allowed = None
    if chance.random() < 0.3:
        allowed = chance.sample(range(len(settings.intents)), chance.randint(1, len(settings.intents)))
    phrases = _random_phrases(texts, settings, chance) if chance.random() < 0.3 else None
    wants = {"with_states": chance.random() < 0.5, "with_slot_logits": chance.random() < 0.5}
    wants["with_starts"] = bool(settings.segment_hidden) and chance.random() < 0.5
    if settings.segment_hidden:
        assert len(net.wholes(texts)) == len(texts)
    num_tags = len(settings.slot_tags)
    for text, output in zip(texts, net.run(texts, allowed=allowed, phrases=phrases, **wants), strict=True):
        assert not wants["with_starts"] or len(output.starts or ()) == len(output.spans), text
        assert len(output.tags) == len(output.spans) and all(0 <= tag < num_tags for tag in output.tags), text
        places = [place for span in output.spans for place in span]
        assert all(0 <= place <= len(text) for place in places), text
        if output.spans and all(map(math.isfinite, output.probabilities)):
            assert abs(sum(output.probabilities) - 1) < 1e-3, (text, asdict(settings))
    return len(texts)


def _random_phrases(texts: list[str], settings: NetSettings, chance: random.Random) -> CallPhrases:
    """Values of a call: words of the texts, or keys that need not be sorted, as only a faulty caller gives them."""
    words = [word for text in texts for word in text.split()] or ["x"]
    forms = tuple((chance.choice(words), ()) for _ in range(chance.randint(1, 9)))
    names = [*settings.gazetteers, "other"]
    found = call_phrases(
        CallValues(((chance.choice(names), forms),)),
        lambda text: split_words(text, 4096).ids,
        settings.gazetteers,
        settings.gazetteer_max_words,
    )
    if chance.random() < 0.2:
        found.keys.reverse()
    return CallPhrases(_array_of(found.keys), found.catalogs)


def _array_of(keys: "array[int]") -> "array[int]":
    """A copy without room at its end, so that a byte too far is found."""
    return array("q", keys.tobytes())


def _split_bytes(net: KernelNet, chance: random.Random) -> int:
    """Run the kernel on bytes that need not be UTF-8, which Python never passes to it."""
    content = _block(chance.randbytes(chance.randint(1, 200)))
    offsets = sorted(chance.randrange(len(content) + 1) for _ in range(3))
    offsets[0] = 0
    call = native.Call(num_texts=2, max_bytes=chance.choice((1, 7, 4096)))
    array: Any = (ctypes.c_int64 * 3)(*offsets)
    call.offsets = ctypes.addressof(array)
    ctypes.c_void_p.from_buffer(call, native.Call.texts.offset).value = native.address_of(content)
    size = 1
    while size > 0:
        workspace = memoryview(bytearray(size))
        size = net._kernel.run(net._model, ctypes.addressof(call), native.address_of(workspace), len(workspace))
    assert size == 0
    return 2
