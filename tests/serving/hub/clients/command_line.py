"""What `hf repos`, `hf discussions` and the like do, through the command's own entry point; one process for all."""

import io
import json
import sys
from contextlib import redirect_stdout

from huggingface_hub.cli.hf import main


def hf(*arguments: str) -> str:
    """What the command prints; it must end well."""
    sys.argv = ["hf", *arguments]
    with redirect_stdout(io.StringIO()) as output:
        try:
            main()
        except SystemExit as end:
            assert not end.code, (arguments, output.getvalue())
    return output.getvalue()


def repos() -> set[str]:
    return {repo["id"] for repo in json.loads(hf("repos", "ls", "--namespace", "acme", "--format", "json"))}


assert "ann" in hf("auth", "whoami")
hf("repos", "create", "acme/by-hand", "--repo-type", "dataset", "--private")
assert "acme/by-hand" in repos()
hf("repos", "delete", "acme/by-hand", "--repo-type", "dataset", "--yes")
assert "acme/by-hand" not in repos()

hf("repos", "tag", "create", "acme/cli", "v1")
assert "refs/tags/v1" in hf("repos", "tag", "list", "acme/cli")
hf("repos", "branch", "create", "acme/cli", "dev/x", "--revision", "v1")
hf("repos", "branch", "delete", "acme/cli", "dev/x")
assert "acme/cli" in hf("models", "ls", "--author", "acme", "--format", "json")
assert json.loads(hf("models", "info", "acme/cli", "--format", "json"))["private"] is True
hf("repos", "settings", "acme/cli", "--public")
assert json.loads(hf("models", "info", "acme/cli", "--format", "json"))["private"] is False
hf("repos", "duplicate", "acme/cli", "acme/cli2")
hf("repos", "move", "acme/cli2", "acme/cli3")
hf("repos", "delete-files", "acme/cli3", "sub/*")
hf("repos", "cp", "hf://acme/cli3/README.md", "hf://acme/cli3/copied.md")
files = {file["rfilename"] for file in json.loads(hf("models", "info", "acme/cli3", "--format", "json"))["siblings"]}
assert files == {".gitattributes", "README.md", "copied.md"}, files
hf("discussions", "create", "acme/cli3", "--title", "A question", "--body", "why?")
hf("discussions", "comment", "acme/cli3", "1", "--body", "because")
hf("discussions", "close", "acme/cli3", "1", "--yes")
assert "closed" in hf("discussions", "list", "acme/cli3", "--status", "all")
hf("repos", "delete", "acme/cli3", "--yes")
assert "acme/cli3" not in repos()
