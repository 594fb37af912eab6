"""What all subcommands share: one-line errors, quiet libraries, tables, colours, JSON."""

import functools
import gc
import json
import logging
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer

from ..errors import NluError
from .cures import in_words_of_the_command

__all__ = [
    "AsJson",
    "coloured",
    "ctrl_c_kept",
    "echo",
    "ended_in_order",
    "fail",
    "is_terminal",
    "plural",
    "prepare",
    "print_json",
    "print_table",
    "to_json",
    "with_one_line_errors",
    "without_garbage",
]

P = ParamSpec("P")
R = TypeVar("R")

BAD_INPUT = 1
#: Libraries of the extras. If a command lacks one, the error names the extra.
_SERVER_LIBRARIES = {"anyio", "markdown_it", "nh3", "prometheus_client", "starlette", "uvicorn"}
_OTHER_LIBRARIES = {"ray", "sklearn"}
_TRAINING_LIBRARIES = {
    *("accelerate", "babel", "datasets", "faker", "filelock", "huggingface_hub", "jinja2", "numpy", "pydantic"),
    *("safetensors", "tokenizers", "torch", "tqdm", "transformers", "unicode_rbnf", "yaml"),
}
#: Subcommands with an extra of their own; the others need `train`.
_EXTRAS = {"fleet": "fleet", "hub": "server", "serve": "server", "suggest": "suggest"}
#: Objects that may be made before Python looks for garbage; its default is 700.
_ALLOCATIONS = 100_000
INTERRUPTED = 130  # 128 + SIGINT, the convention of shells

#: The option of commands that print one result.
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object with the result; all else is on stderr.")]
#: Whether standard output is for JSON alone, so that lines for people go to standard error.
_is_json: ContextVar[bool] = ContextVar("_is_json", default=False)
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Print one line on standard error and exit."""
    line = " ".join(str(message).split())
    typer.echo(f"error: {_printable(line)}" if code != INTERRUPTED else _printable(line), err=True)
    raise typer.Exit(code)


def with_one_line_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a subcommand: bad input ends it with one line that names the cure, not with a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _is_json.set(False)
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # the reader of the pipe is closed: not an error here; the library exits quietly
        except NluError as error:
            fail(in_words_of_the_command(error))
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in _SERVER_LIBRARIES | _OTHER_LIBRARIES | _TRAINING_LIBRARIES:
                raise  # a bug here, or a broken installation
            subcommand = command.__module__.rpartition(".")[2]
            extra = "server" if library in _SERVER_LIBRARIES else _EXTRAS.get(subcommand, "train")
            fail(f'this command needs {library}; run pip install "bilstm-nlu[{extra}]"')
        except OSError as error:
            # a copy has two names: where it reads, and where it writes, which is the one that can be full
            name = getattr(error, "filename2", None) or error.filename
            fail(f"{name}: {error.strerror}" if name and error.strerror else str(error))
        except KeyboardInterrupt:
            fail("stopped", INTERRUPTED)
        finally:
            _is_json.reset(before)

    return wrapped


@contextmanager
def without_garbage() -> Iterator[None]:
    """Do not look for garbage while libraries are imported, and never in what they make.

    That lives as long as the command: looking for garbage in it again and again takes a fifth of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Within this block, SIGTERM ends the command as an error would, so that files that are half written are removed.

    Without it, the system ends the process on the spot.
    """

    def end(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)  # the convention of shells

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def ctrl_c_kept() -> Iterator[Callable[[], None]]:
    """Within this block, Ctrl-C is not lost, even while a library runs a destructor, which drops all errors.

    Yields:
        A function that ends the command if Ctrl-C was pressed; call it between two steps of long work.
    """
    was_pressed = threading.Event()

    def press(number: int, frame: object) -> NoReturn:
        was_pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if was_pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield check
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def prepare(*, computes: bool = True, as_json: bool = False) -> None:
    """Hide progress bars and warnings of libraries, and limit the number of compute threads.

    Warnings of this package are shown, one per line.

    Args:
        computes: the command needs torch and transformers; if false, they are not loaded.
        as_json: standard output is for JSON alone; lines for people go to standard error.

    Raises:
        NluError: an environment variable asks for an invalid number of threads.
    """
    _is_json.set(as_json)
    # libraries read these when they are imported
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    if datasets := sys.modules.get("datasets"):
        datasets.disable_progress_bars()
    warnings.simplefilter("ignore")
    for name in ("transformers", "datasets", "accelerate", "huggingface_hub", "torch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    for name in ("bilstm_nlu", "modeling_bilstm_nlu", "research"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    if not computes:
        return
    gc.set_threshold(_ALLOCATIONS)
    with without_garbage():
        from transformers.utils import logging as transformers_logging

        from modeling_bilstm_nlu.hub.threads import limit_threads

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        limit_threads()
    except ValueError as error:
        raise NluError(str(error)) from error


def echo(text: str = "") -> None:
    """Print a line. Characters that the terminal's encoding cannot show are escaped."""
    typer.echo(_printable(text), err=_is_json.get())


def print_json(value: Any) -> None:
    """Print one line of JSON on standard output.

    Raises:
        ValueError: a number is not finite.
    """
    typer.echo(to_json(value))


def is_terminal() -> bool:
    """Whether people read the output, who may be shown colours: see https://no-color.org."""
    stream = sys.stderr if _is_json.get() else sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str, style: str) -> str:
    """The text in a colour or in bold on a terminal, and unchanged everywhere else."""
    if not is_terminal():
        return text
    return typer.style(text, bold=True) if style == "bold" else typer.style(text, fg=style)


def plural(number: int, noun: str, many: str | None = None) -> str:
    """A number with its noun: 1 text, 2 texts.

    Args:
        number: the number.
        noun: the noun for 1.
        many: the noun for other numbers; by default, with an `s`.
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {many or noun + 's'}"


def to_json(value: Any) -> str:
    """One line of JSON. Half surrogate pairs, which no encoding can write, are escaped.

    Raises:
        ValueError: a number is not finite.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return line if _printable(line) == line else json.dumps(value)


def _printable(text: str) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def print_table(rows: Iterable[Sequence[str]], *, indent: int = 0, align: str = "right") -> None:
    """Print columns of text. The first is aligned left, the others to the side that `align` names."""
    lines = [list(row) for row in rows]
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = []
        for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
            blanks = " " * (width - _width(cell))
            cells.append(blanks + cell if place and align == "right" else cell + blanks)
        echo(" " * indent + "  ".join(cells).rstrip())


def _width(cell: str) -> int:
    """The characters of a cell that can be seen."""
    return len(_ESCAPE.sub("", cell))
