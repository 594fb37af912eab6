"""Token files: a line that is not a token is named by its number, and never shown."""

from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub import tokens
from bilstm_nlu.serving.models import access
from bilstm_nlu.serving.secret_texts import given_tokens, read_token_lines


@pytest.mark.parametrize("parse", [tokens.parse_token, access.parse_token], ids=["hub", "models"])
@pytest.mark.parametrize("line", ["s3cr3tOnly", "s3cr3tOnly:", "s3cr3tOnly:ann:read"])
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, parse, line: str):
    path = tmp_path / "tokens"
    path.write_text(f"# mine\n{line}\n")
    with pytest.raises(NluError, match="line 2") as error:
        read_token_lines(path, parse)
    assert "s3cr3t" not in str(error.value) and "NAME:read:SECRET" in str(error.value)


def test_tokens_come_from_the_command_line_and_a_file(tmp_path: Path):
    path = tmp_path / "tokens"
    path.write_text("ann:read:secret-of-ann\n")
    names = [token.name for token in given_tokens(["bob:read:secret-of-bob"], path, access.parse_token, cure="x")]
    assert names == ["bob", "ann"] and given_tokens([], None, access.parse_token, cure="x") == []
    path.write_text("# nothing\n")
    with pytest.raises(NluError, match="tokens: .*write one"):
        given_tokens(["bob:read:secret-of-bob"], path, access.parse_token, cure="write one")
