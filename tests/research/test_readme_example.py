"""The example in the README is what its commands print: it is run here, trained model and all."""

import getpass
import re
from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.normalisation import is_installed
from research.readme import Step, masked, render_example, run_example

ROOT = Path(__file__).resolve().parents[2]
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "explanation" / "slots.md"


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the example reads durations with the extra normalise")
def test_the_example_prints_what_the_readme_shows(tmp_path: Path):
    _, shown, _ = README.read_text("utf-8").split("<!-- example -->\n")
    printed = render_example(run_example(tmp_path))
    assert masked(printed) == masked(shown), "run python scripts/write_readme.py"
    assert str(tmp_path) not in printed and not re.search(r"(?:^|\s)/\w+/", shown)
    assert not re.search(rf"\b{re.escape(getpass.getuser())}\b", shown)


def test_the_guide_shows_a_part_of_the_example():
    (block,) = re.findall(r"```console\n(\$ bilstm-nlu parse .*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    assert masked(block) in masked(README.read_text("utf-8"))


def test_a_long_output_has_a_marked_gap():
    step = Step(("check-data", "my skill"), head=1, tail=1)
    assert render_example(["a\nb\nc\nd\n"], [step]) == (
        '```console\n$ bilstm-nlu check-data "my skill"\na\n  ... (2 lines left out)\nd\n```\n'
    )
    assert "left out" not in render_example(["a\nb\nc\n"], [step])  # a mark for one line would save nothing


def test_what_differs_between_machines_is_masked():
    here = "trained 100 steps in 30 s, best at step 90; 4,563,880 parameters\nnext: parse 'a b'\n"
    there = "trained 100 steps in 7.5 s; 4,563,880 parameters\nnext: parse 'c'\n"
    assert masked(here) == masked(there) != masked(here.replace("parameters", "numbers"))
    here = "slot F1   9.2 %    (3 to 27 %)\nfor example, it understands 'a b': Play, song 'b'\n"
    there = "slot F1  95.2 %  (86 to 100 %)\nfor example, it understands 'stop it': Stop\n"
    assert masked(here) == masked(there) != masked(here.replace("27 %)", "27 points)"))


def test_a_command_that_fails_is_named(tmp_path: Path):
    with pytest.raises(NluError, match="bilstm-nlu no-such-command ended with code"):
        run_example(tmp_path, [Step(("no-such-command",))])
