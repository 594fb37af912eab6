"""What all subcommands share: one-line errors, quiet libraries, tables."""

import functools
import gc
import json
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from ..errors import NluError
from .cures import in_words_of_the_command

__all__ = [
    "echo",
    "ended_in_order",
    "fail",
    "plural",
    "print_scores",
    "prepare",
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


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Print one line on standard error and exit."""
    line = " ".join(str(message).split())
    typer.echo(f"error: {_printable(line)}" if code != INTERRUPTED else _printable(line), err=True)
    raise typer.Exit(code)


def with_one_line_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a subcommand: bad input ends it with one line that names the cure, not with a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
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


def prepare(*, computes: bool = True) -> None:
    """Hide progress bars and warnings of libraries, and limit the number of compute threads.

    Warnings of this package are shown, one per line.

    Args:
        computes: the command needs torch and transformers; if false, they are not loaded.

    Raises:
        NluError: an environment variable asks for an invalid number of threads.
    """
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
    typer.echo(_printable(text))


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 text, 2 texts."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


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
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [
            f"{cell:{'>' if align == 'right' else '<'}{width}}" for cell, width in zip(others, widths[1:], strict=True)
        ]
        echo(" " * indent + "  ".join([first.ljust(widths[0]), *cells]).rstrip())


_SHOWN = {
    "intent_accuracy": "intent accuracy",
    "slot_precision": "slot precision",
    "slot_recall": "slot recall",
    "slot_f1": "slot F1",
    "frame_accuracy": "frame accuracy",
    "combined_error": "combined error",
}

#: Scores of the decision whether to accept a frame, see `metrics.decision_scores`.
_COUNTED = {
    "num_accepted": "accepted",
    "num_rejected": "rejected",
    "num_wrongly_accepted": "wrongly accepted",
    "num_wrongly_rejected": "wrongly rejected",
    "num_out_of_scope": "out of scope",
}
_DECIDED = {
    "out_of_scope_recall": "of these rejected",
    "calibration_error": "calibration error",
}


def print_scores(scores: Mapping[str, float], names: Sequence[str] = tuple(_SHOWN)) -> None:
    """Print one score per line, in percent. Scores that the data does not have are left out."""
    print_table([(_SHOWN[name], f"{100 * scores[name]:.1f} %") for name in names if name in scores])


def print_decisions(scores: Mapping[str, float]) -> None:
    """Print how many frames were accepted and rejected, if the model decides; the threshold is on the last line."""
    if "num_accepted" not in scores:
        return
    counted = [(shown, f"{int(scores[name]):,}") for name, shown in _COUNTED.items() if name in scores]
    shares = [(shown, f"{100 * scores[name]:.1f} %") for name, shown in _DECIDED.items() if name in scores]
    print_table([*counted, *shares, ("threshold", f"{scores['threshold']:.3f}")])
