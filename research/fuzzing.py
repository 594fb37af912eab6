"""Read mutated files with every reader. Each must give a valid domain or one clear `DataError`."""

import json
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.formats.registry import format_for, read

__all__ = ["FuzzReport", "Sample", "fuzz", "mutate"]

_MAX_BYTES = 64_000
_INSERTS = [
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"\x1f\x8b", b"\r", b"\x0c", b"\x85"),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b"|",
        b"<",
        b">",
        b'"',
        b"'",
        b"\\",
        b"`",
        b"&",
        b"*",
        b"#",
        b"@",
        b"$",
        b":",
    ),
    *(b"{{", b"}}", b"[[", b"]](", b"[](x)", b"{}", b"{|}", b"[x]()", b"()", b"(|)", b"[]", b"<!--", b"---", b"..."),
    *(b"\n", b"\n\n", b"\t", b"  ", b",", b";", b"- ", b"null", b"true", b"-1", b"1e999", b"NaN", b"9" * 400, b"0x"),
    *(b'"\\ud800"', b"\\udfff", "\u2028".encode(), "\U0001f916".encode(), "e\u0301".encode(), "\u200b".encode()),
    *(b"&a [*a]", b"!!python/object:os.system {}", b"[" * 300, b"(" * 200, b"{" * 200, b"- " * 200, b"x" * 5000),
]
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 10**30, 1.5, float("nan"), "", " ", "x", "\ud800", "\x00", [], {}, [[]], [{}]),
    *({"": None}, ["x", 1], {"text": 3}, "{", "[", "a" * 3000, {"name": {"value": None}}, [None]),
]


@dataclass(frozen=True)
class Sample:
    """Data in one format that its reader can read.

    Args:
        format: the reader's name.
        path: a file, or a folder in which one file at a time is mutated.
    """

    format: str
    path: Path


@dataclass
class FuzzReport:
    """The results for the mutated files of a format.

    Args:
        num_cases: files read.
        num_valid: files that gave a domain.
        num_refused: files that gave a `DataError` that names the file, or the folder if no single file is wrong.
        slowest: seconds of the slowest file.
        failures: the other files: what was wrong, and where the file is kept.
    """

    num_cases: int = 0
    num_valid: int = 0
    num_refused: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written to JSON."""
        return asdict(self)


def fuzz(
    samples: Sequence[Sample],
    num_cases: int,
    *,
    folder: Path,
    seed: int = 0,
    time_limit: float = 2.0,
    on_case: Callable[[], object] = lambda: None,
) -> dict[str, FuzzReport]:
    """Read mutated copies of the samples in turn; every second copy of each sample with ``on_error="drop"``.

    Args:
        samples: the samples to mutate.
        num_cases: total number of files to read.
        folder: an empty folder to work in; files that fail are kept in its folder ``failures``.
        seed: for the mutations.
        time_limit: most seconds per file.
        on_case: called after every case, for example the ``update`` of a progress bar.

    Returns:
        Format -> the report on its files.
    """
    rng = random.Random(seed)
    copies = [_copy(sample, folder / f"{number}-{sample.path.name}") for number, sample in enumerate(samples)]
    contents = {file: file.read_bytes()[:_MAX_BYTES] for copy in copies for file in _files(copy.path)}
    others = list(contents.values())
    takes_on_error = {copy.format: "on_error" in format_for(copy.path, copy.format).options for copy in copies}
    reports: dict[str, FuzzReport] = {}
    for case in range(num_cases):
        sample = copies[case % len(copies)]
        files = _files(sample.path)
        file = rng.choice(files)
        mutated = mutate(contents[file], rng, others)
        file.write_bytes(mutated)
        report = reports.setdefault(sample.format, FuzzReport())
        options = {"on_error": "drop"} if case // len(copies) % 2 and takes_on_error[sample.format] else {}
        failure = _try(sample, file, report, time_limit, options)
        if failure is not None:
            kept = folder / "failures" / f"{sample.format}-{case}-{file.name}"
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(mutated)
            report.failures.append(f"{kept}: {failure}")
        file.write_bytes(contents[file])
        on_case()
    return reports


def mutate(content: bytes, rng: random.Random, others: Sequence[bytes] = (b"",)) -> bytes:
    """A broken copy of a file: bytes, lines or JSON values are changed, removed, repeated or moved."""
    if content[:1] in b"[{" and rng.random() < 0.5:
        try:
            return json.dumps(_mutate_value(json.loads(content), rng)).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            pass
    for _ in range(rng.choice((1, 1, 1, 2, 4, 12))):
        content = rng.choice(_BYTE_MUTATIONS)(content, rng, others)
    return content[: 2 * _MAX_BYTES]


def _cut(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _flip(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    if not content:
        return content
    i = rng.randrange(len(content))
    return content[:i] + bytes([rng.randrange(256)]) + content[i + 1 :]


def _insert(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    i = rng.randrange(len(content) + 1)
    return content[:i] + rng.choice(_INSERTS) + content[i:]


def _lose(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    i = rng.randrange(len(content) + 1)
    return content[:i] + content[i + rng.choice((1, 1, 2, 20, 500)) :]


def _repeat(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    i = rng.randrange(len(content) + 1)
    return content[:i] + content[i : i + rng.choice((1, 8, 200))] * rng.choice((2, 3, 50)) + content[i:]


def _splice(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    i, j = rng.randrange(len(content) + 1), rng.randrange(len(other) + 1)
    return content[:i] + other[j : j + rng.choice((10, 300, 5000))] + content[i:]


def _lines(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    lines = content.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], rng.choice((lines[i], b"", lines[i].strip(), b"  " + lines[i]))
    return b"\n".join(lines)


_BYTE_MUTATIONS = (_cut, _flip, _flip, _insert, _insert, _insert, _lose, _repeat, _splice, _lines)


def _mutate_value(value: Any, rng: random.Random) -> Any:
    """A copy of a JSON value with one of its parts replaced or removed."""
    places = list(_places(value, ()))
    place = rng.choice(places)
    node = value = json.loads(json.dumps(value))
    if not place:
        return rng.choice(_VALUES)
    for key in place[:-1]:
        node = node[key]
    action = rng.random()
    if action < 0.2:
        del node[place[-1]]
    elif action < 0.4:
        other = value
        for key in rng.choice(places):
            other = other[key]
        node[place[-1]] = json.loads(json.dumps(other))
    else:
        node[place[-1]] = rng.choice(_VALUES)
    return value


def _places(value: Any, path: tuple) -> Iterator[tuple]:
    yield path
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _places(child, (*path, key))


def _copy(sample: Sample, path: Path) -> Sample:
    path.parent.mkdir(parents=True, exist_ok=True)
    if sample.path.is_dir():
        shutil.copytree(sample.path, path)
    else:
        shutil.copy(sample.path, path)
    return Sample(sample.format, path)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _names_culprit(error: DataError, sample: Sample, file: Path) -> bool:
    """Whether the message names the mutated file, or the folder and no other file in it.

    Errors about a missing file, or about several files that do not fit together, name the folder.
    """
    message = str(error).replace(str(sample.path), sample.path.name)  # parent folders may have the name of a file
    others = {other.name for other in _files(sample.path)} - {file.name}
    return file.name in message or (sample.path.name in message and not any(name in message for name in others))


def _try(sample: Sample, file: Path, report: FuzzReport, time_limit: float, options: Mapping[str, Any]) -> str | None:
    """Detect the format of the sample, and read it with its format's reader; returns what was wrong, if anything."""
    report.num_cases += 1
    start = time.perf_counter()
    try:
        with _alarm(time_limit):
            try:
                format_for(sample.path)
            except DataError as error:
                if not _names_culprit(error, sample, file):
                    return f"does not name {file.name}: {error}"
            try:
                raw = read(sample.path, sample.format, **options)
                if raw.splits.get("train"):
                    Domain.from_utterances(raw.name, raw.splits, catalogs=raw.catalogs, skill=raw.skill)
                report.num_valid += 1
            except DataError as error:
                if not _names_culprit(error, sample, file):
                    return f"does not name {file.name}: {error}"
                report.num_refused += 1
    except _TooSlow:
        return f"took more than {time_limit} s"
    except Exception:
        return traceback.format_exc(limit=-3)
    finally:
        report.slowest = max(report.slowest, time.perf_counter() - start)
    return None


class _TooSlow(BaseException):
    pass


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Stop the block after some seconds; works only in the main thread of a Unix process."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
