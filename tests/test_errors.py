"""Errors with their cures, in the words of Python and in those of the command."""

import pickle

import pytest

from bilstm_nlu.cli.cures import in_words_of_the_command
from bilstm_nlu.errors import Cure, DataError, NluError, RecipeError

PIP = 'pip install "bilstm-nlu[train]"'
ADD = Cure("add some")
LEAVE_OUT = Cure("leave it out with {}", option="drop_unseen", value=True)
KEEP = Cure("keep it with {}", option="allow_unseen", value=True)


@pytest.mark.parametrize(
    "cure, in_python, typed",
    [
        ((), "", ""),
        (Cure("fetch it again"), "; fetch it again", "; fetch it again"),
        (Cure("name it as {}", option="data_dir"), "; name it as data_dir", "; name it as --data-dir"),
        (Cure("{} skips", option="on_error", value="drop"), "; on_error='drop' skips", "; --drop-broken skips"),
        (KEEP, "; keep it with allow_unseen=True", ""),
        (Cure("run {}", install="train"), f"; run {PIP}", f"; run {PIP}"),
        (Cure("use {}", call="read(x)", command="convert x"), "; use `read(x)`", "; use `bilstm-nlu convert x`"),
        (Cure("use {}", call="read(x)"), "; use `read(x)`", ""),
        (Cure("use {}", command="train"), "", "; use `bilstm-nlu train`"),
        ([Cure("mend it"), Cure("drop it")], "; mend it, or drop it", "; mend it, or drop it"),
        (
            [ADD, LEAVE_OUT, KEEP],
            "; add some, leave it out with drop_unseen=True, or keep it with allow_unseen=True",
            "; add some, or leave it out with --set data.drop_unseen=true",
        ),
        ([ADD, ADD], "; add some", "; add some"),
    ],
)
@pytest.mark.parametrize("kind", [NluError, DataError, RecipeError])
def test_a_cure_is_said_in_the_words_of_who_reads_it(kind: type[NluError], cure: Cure, in_python: str, typed: str):
    error = kind("x.json: broken", cure=cure)
    assert str(error) == "x.json: broken" + in_python
    assert in_words_of_the_command(error) == "x.json: broken" + typed
    assert error.message == "x.json: broken"


def test_an_error_survives_another_process():
    error = pickle.loads(pickle.dumps(DataError("broken", cure=Cure("mend it"))))
    assert type(error) is DataError and str(error) == "broken; mend it"


def test_an_error_without_words_and_texts_with_braces():
    assert str(NluError()) == ""
    assert str(NluError("{room}", cure=Cure("write {} for {room}", option="tag"))) == "{room}; write tag for {room}"
