"""Token files: a line that is not a token is named by its number, and never shown."""

from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub import tokens
from bilstm_nlu.serving.models import access


@pytest.mark.parametrize("read", [tokens.read_tokens, access.read_tokens], ids=["hub", "models"])
@pytest.mark.parametrize("line", ["s3cr3tOnly", "s3cr3tOnly:", "s3cr3tOnly:ann:read"])
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, read, line: str):
    path = tmp_path / "tokens"
    path.write_text(f"# mine\n{line}\n")
    with pytest.raises(NluError, match="line 2") as error:
        read(path)
    assert "s3cr3t" not in str(error.value) and "NAME:read:SECRET" in str(error.value)
