"""Signals: SIGTERM, as `kill` and container runtimes send it, leaves no half-written file, and Ctrl-C is not lost."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bilstm_nlu.cli import parse as command
from bilstm_nlu.cli.console import ctrl_c_kept
from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE


@pytest.mark.parametrize("out", ["frames.jsonl", "frames.jsonl.gz", "frames.parquet"])
def test_a_terminated_parse_leaves_no_file(out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "play some jazz"}\n' * 600)
    written: list[str] = []

    def with_a_signal(rows, share):
        for number, row in enumerate(rows):
            if number == 300:
                written.extend(path.name for path in tmp_path.iterdir() if path != texts)
                os.kill(os.getpid(), signal.SIGTERM)
            yield row

    monkeypatch.setattr(command, "with_progress", with_a_signal)
    before = signal.getsignal(signal.SIGTERM)
    arguments = ["parse", str(texts), "--model", DEFAULT_BASE, "--out", str(tmp_path / out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 128 + signal.SIGTERM
    assert written or out.endswith(".parquet"), "something was half written; a table is begun with its first batch"
    assert [path.name for path in tmp_path.iterdir()] == ["texts.jsonl"]
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_during_a_destructor_ends_the_next_step():
    class Library:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    steps = []
    with pytest.raises(KeyboardInterrupt), ctrl_c_kept() as check:
        for step in range(3):
            if step == 1:
                Library()
            steps.append(step)
            check()
    assert steps == [0, 1] and signal.getsignal(signal.SIGINT) is before
