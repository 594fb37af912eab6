"""A client of the hub that `hub_soak` starts as a script, so that it loads only huggingface_hub.

It says that it is ready, waits for a line, does one thing, and prints the result as one line of JSON.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import HfHubHTTPError


def push(repo_id: str, path: str, parent: str = "") -> dict[str, Any]:
    """Push a file or a folder as one commit."""
    api, source = HfApi(), Path(path)
    try:
        if source.is_dir():
            made = api.upload_folder(repo_id=repo_id, folder_path=source, commit_message=source.name)
        else:
            made = api.upload_file(
                repo_id=repo_id, path_or_fileobj=source, path_in_repo=source.name, parent_commit=parent or None
            )
    except HfHubHTTPError as error:
        return {"status": error.response.status_code}
    return {"status": 200, "commit": made.oid}


def pull(repo_id: str, name: str) -> dict[str, Any]:
    """Pull a file into an empty cache."""
    return {"path": hf_hub_download(repo_id, name)}


def check(repo_id: str) -> dict[str, Any]:
    """Pull a repository whose `note.txt` has the hash of `model.safetensors`, and compare."""
    folder = Path(snapshot_download(repo_id))
    content = (folder / "model.safetensors").read_bytes()
    note = (folder / "note.txt").read_text(encoding="utf-8")
    num_commits = len(HfApi().list_repo_commits(repo_id))
    return {"note": note, "is_whole": hashlib.sha256(content).hexdigest() == note, "num_commits": num_commits}


if __name__ == "__main__":
    calls: dict[str, Callable[..., dict[str, Any]]] = {"push": push, "pull": pull, "check": check}
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    found = calls[sys.argv[1]](*sys.argv[2:])
    found["seconds"] = time.perf_counter() - started
    if "path" in found:  # after the time is measured
        found["sha256"] = hashlib.sha256(Path(found.pop("path")).read_bytes()).hexdigest()
    print(json.dumps(found), flush=True)
