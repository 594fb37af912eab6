"""Verify that a repository works on its own: load it in a process that cannot import this package."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError

from ..frames_bilstm_nlu import Frame
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .card_data import parse_with
from .load import load_checkpoint

__all__ = ["parse_as_stranger", "run_as_stranger", "verify_repository"]

_PACKAGE = __name__.partition(".")[0]
_TOLERANCE = 1e-6  # of a score: another number of threads may add in another order

_PRELUDE = """
import json, sys

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker)
import torch
torch.set_num_threads({threads})
given = json.load(open(sys.argv[1], encoding="utf-8"))
"""

_PARSE = """
from transformers import pipeline
nlu = pipeline(model=given["folder"], trust_remote_code=True, device="cpu")
answer = [nlu(text, exact=exact) for exact in given["exact"] for text in given["texts"]]
"""

_POSTLUDE = """
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(answer, file)
"""


def run_as_stranger(code: str, given: dict, *, timeout: float = 300) -> object:
    """Run code in a new process that cannot import this package and has no network, token or model cache.

    Args:
        code: Python that reads the dict `given` and sets `answer`; both must be valid JSON.
        given: the input of the code.
        timeout: seconds after which the process is stopped.

    Raises:
        NluError: the code raised, or took too long; the message ends with the last line of its error output.
    """
    with tempfile.TemporaryDirectory(prefix="bilstm-nlu-stranger-") as home:
        asked, answered = Path(home) / "given.json", Path(home) / "answer.json"
        asked.write_text(json.dumps(given), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PYTHON"))}
        environment |= {
            "HF_HOME": home,
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": str(torch.get_num_threads()),
            "TOKENIZERS_PARALLELISM": "false",
        }
        script = _PRELUDE.format(package=_PACKAGE, threads=torch.get_num_threads()) + code + _POSTLUDE
        try:
            result = subprocess.run(
                [sys.executable, "-c", script, str(asked), str(answered)],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            raise NluError(f"a process without this package gave no answer within {timeout:.0f} seconds") from error
        if result.returncode != 0 or not answered.is_file():
            last = (result.stderr.strip().splitlines() or ["no error output"])[-1]
            raise NluError(f"a process without this package failed: {last}")
        return json.loads(answered.read_text(encoding="utf-8"))


def parse_as_stranger(folder: str | Path, texts: Sequence[str], *, exact: Sequence[bool] = (True,)) -> list[Frame]:
    """The frames of `pipeline(model=folder, trust_remote_code=True)` in a process without this package.

    Args:
        folder: the repository.
        texts: utterances to parse.
        exact: whether to use the exact layer; with several values, all texts are parsed with each of them.
    """
    given = {"folder": str(Path(folder).resolve()), "texts": list(texts), "exact": list(exact)}
    answer = run_as_stranger(_PARSE, given)
    assert isinstance(answer, list)
    return answer


def verify_repository(
    folder: str | Path,
    texts: Sequence[str],
    *,
    model: BiLstmNluForIntentAndSlots | None = None,
    tokenizer: PreTrainedTokenizerFast | None = None,
) -> list[Frame]:
    """Load a repository folder in a process without this package, and compare its results with the model here.

    Args:
        folder: the repository.
        texts: utterances to parse.
        model: the model in memory that the folder was written from; by default the folder is loaded here, too.
        tokenizer: the tokenizer of that model.

    Returns:
        The frames of the process without this package. What the network reads is compared, too, where the exact layer
        answers.

    Raises:
        NluError: the folder cannot be loaded, or a frame differs.
    """
    if model is None or tokenizer is None:
        model, tokenizer = load_checkpoint(Path(folder))
    exact = (True, False) if model.exact_phrases else (True,)
    expected = [frame for is_exact in exact for frame in parse_with(model, tokenizer, texts, exact=is_exact)]
    frames = parse_as_stranger(folder, texts, exact=exact)
    for text, ours, theirs in zip([*texts] * len(exact), expected, frames, strict=True):
        if not _same(ours, theirs):
            raise NluError(
                f"{str(folder)!r}: without this package {text!r} is parsed as {theirs}, with it as {ours}; "
                "write the repository again from the model, and do not mix files of different checkpoints"
            )
    return frames[: len(texts)]


def _same(ours: Frame, theirs: Frame) -> bool:
    rest = {**ours, "score": None}, {**theirs, "score": None}
    return rest[0] == rest[1] and math.isclose(ours["score"], theirs["score"], rel_tol=0, abs_tol=_TOLERANCE)
