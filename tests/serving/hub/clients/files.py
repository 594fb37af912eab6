"""Everything that huggingface_hub does with files, from the first push to the last pull."""

import random
from pathlib import Path

from client import HOME, raises, write
from huggingface_hub import (
    CommitOperationCopy,
    HfApi,
    hf_hub_download,
    model_info,
    snapshot_download,
    upload_file,
    whoami,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

api = HfApi()
assert api.whoami()["name"] == "ann" and [org["name"] for org in api.whoami()["orgs"]] == ["acme"]
url = api.create_repo("acme/flow")
assert url.repo_id == "acme/flow" and api.create_repo("acme/flow", exist_ok=True) == url
raises(HfHubHTTPError, api.create_repo, "acme/flow", says="already created")
assert api.create_repo("mine").repo_id == "ann/mine"

folder = HOME / "folder"
write(
    folder,
    {
        "README.md": "---\nlicense: mit\nlibrary_name: transformers\npipeline_tag: token-classification\n---\n# x",
        "sub/näme 日.txt": "text",
        "model.safetensors": random.Random(0).randbytes(3_000_000),
        "empty.bin": "",
        "config.json": '{"model_type": "bilstm_nlu"}',
    },
)
first = api.upload_folder(repo_id="acme/flow", folder_path=folder, commit_message="first", commit_description="more")
again = api.upload_folder(repo_id="acme/flow", folder_path=folder, commit_message="second")
assert again.oid == first.oid, "nothing changed, so there is no commit"
info = api.model_info("acme/flow", files_metadata=True)
assert info.sha == first.oid and info.pipeline_tag == "token-classification" and info.library_name == "transformers"
assert info.card_data.license == "mit" and "license:mit" in info.tags and info.config["model_type"] == "bilstm_nlu"
sizes = {file.rfilename: (file.size, file.lfs is not None) for file in info.siblings}
assert sizes["model.safetensors"] == (3_000_000, True) and sizes["empty.bin"] == (0, False), sizes
pulled = Path(snapshot_download("acme/flow"))
for path in folder.rglob("*.*"):
    assert (pulled / path.relative_to(folder)).read_bytes() == path.read_bytes(), path
assert snapshot_download("acme/flow", local_files_only=True) == str(pulled)

api.create_tag("acme/flow", tag="v1", tag_message="one")
raises(HfHubHTTPError, api.create_tag, "acme/flow", tag="v1", says="exists")
api.create_tag("acme/flow", tag="v1", exist_ok=True)
raises(RevisionNotFoundError, api.create_tag, "acme/flow", tag="v2", revision="none")
api.create_branch("acme/flow", branch="dev/x", revision="v1")
api.create_branch("acme/flow", branch="dev/x", exist_ok=True)
dev = api.upload_file(repo_id="acme/flow", path_or_fileobj=b"new", path_in_repo="a/new.txt", revision="dev/x")
refs = api.list_repo_refs("acme/flow", include_pull_requests=True)
assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": first.oid, "dev/x": dev.oid}
assert [(ref.name, ref.ref) for ref in refs.tags] == [("v1", "refs/tags/v1")] and refs.pull_requests == []
commits = api.list_repo_commits("acme/flow", revision="dev/x")
assert [commit.title for commit in commits][1:] == ["first", "initial commit"] and commits[1].message == "more"
for revision in ("dev/x", dev.oid):
    assert Path(hf_hub_download("acme/flow", "a/new.txt", revision=revision)).read_bytes() == b"new"
for revision in ("main", "v1"):
    raises(RemoteEntryNotFoundError, hf_hub_download, "acme/flow", "a/new.txt", revision=revision)
assert (HOME / "hub/models--acme--flow/.no_exist" / first.oid / "a/new.txt").exists()
assert api.file_exists("acme/flow", "config.json") and not api.file_exists("acme/flow", "none")
assert api.repo_exists("acme/flow") and not api.repo_exists("acme/none")
assert api.revision_exists("acme/flow", "v1") and not api.revision_exists("acme/flow", "v9")
found = api.get_paths_info("acme/flow", ["sub", "config.json", "none"], expand=True)
assert [entry.path for entry in found] == ["sub", "config.json"] and found[1].last_commit.oid == first.oid
tree = list(api.list_repo_tree("acme/flow", recursive=True, expand=True))
assert len(tree) == 7 and {entry.last_commit.title for entry in tree} == {"first", "initial commit"}
assert api.list_repo_files("acme/flow", revision="dev/x").count("a/new.txt") == 1
api.delete_file("a/new.txt", "acme/flow", revision="dev/x")
raises(EntryNotFoundError, api.delete_file, "a/new.txt", "acme/flow", revision="dev/x")
api.delete_folder("sub", "acme/flow", revision="dev/x")
assert len(api.list_repo_files("acme/flow", revision="dev/x")) == 5
copy = [
    CommitOperationCopy("model.safetensors", "copy/model.safetensors"),
    CommitOperationCopy("config.json", "c.json"),
]
api.create_commit("acme/flow", copy, commit_message="copy")
assert "copy/model.safetensors" in api.list_repo_files("acme/flow")
stale = {"path_or_fileobj": b"1", "path_in_repo": "x", "repo_id": "acme/flow", "parent_commit": first.oid}
error = raises(HfHubHTTPError, api.upload_file, says="commit has happened since", **stale)
assert error.response.status_code == 412
api.delete_tag("acme/flow", tag="v1")
api.delete_branch("acme/flow", branch="dev/x")
assert [ref.name for ref in api.list_repo_refs("acme/flow").branches] == ["main"]

bad = b"---\nmodel-index:\n- name: x\n  results:\n  - task: {type: t}\n    metrics: []\n---\n"
card = {"path_or_fileobj": bad, "path_in_repo": "README.md", "repo_id": "acme/flow"}
raises(ValueError, api.upload_file, says="metadata", **card)

api.update_repo_settings("acme/flow", private=True)
for token in (False, "secret-of-eve"):
    raises(RepositoryNotFoundError, model_info, "acme/flow", token=token)
    raises(
        RepositoryNotFoundError, hf_hub_download, "acme/flow", "c.json", token=token, cache_dir=HOME / f"of-{token}"
    )
assert model_info("acme/flow", token="secret-of-rob").private
raises(HfHubHTTPError, upload_file, says="read", **{**card, "path_in_repo": "x"}, token="secret-of-rob")
assert raises(HfHubHTTPError, whoami, token="wrong-token").response.status_code == 401
api.auth_check("acme/flow", write=True)
api.update_repo_settings("acme/flow", private=False, gated="auto")
raises(GatedRepoError, hf_hub_download, "acme/flow", "empty.bin", token=False, cache_dir=HOME / "of-nobody")
api.update_repo_settings("acme/flow", gated=False)
api.move_repo("acme/flow", "ann/flow2")
assert [info.id for info in api.list_models(author="ann", search="FLOW", full=True)] == ["ann/flow2"]
assert api.list_models(filter="license:mit", author="ann") and not list(api.list_models(filter="license:x"))
assert api.duplicate_repo("ann/flow2", "ann/flow3").repo_id == "ann/flow3"
assert len(api.list_repo_files("ann/flow3")) == 8
own = list(api.list_user_repos())
assert {repo.id for repo in own} >= {"ann/flow2", "ann/flow3", "ann/mine"}
assert round(sum(repo.storage_percent for repo in own)) == 100
api.delete_repo("ann/flow2")
raises(RepositoryNotFoundError, api.delete_repo, "ann/flow2")
api.delete_repo("ann/flow2", missing_ok=True)

space = api.create_repo("acme/demo", repo_type="space", space_sdk="gradio")
assert space.repo_type == "space" and api.space_info("acme/demo").sdk == "gradio"
assert [info.id for info in api.list_spaces(author="acme")] == ["acme/demo"]

NAMES = [
    "a #1.txt",
    "what?.txt",
    "50%.txt",
    "a%2Fb",
    "a+b&c=d;e.txt",
    " x ",
    "'\"$(x)`~",
    "<b>.txt",
    "-rf",
    "CON.txt",
    "re:x",
]
NAMES += [
    "\u00e9",
    "e\u0301",
    "9.41\u202fAM.png",
    "\u65e5\u672c\u3000.txt",
    "\U0001f468\u200d\U0001f33e",
    "x" * 251 + ".txt",
]
NAMES += [f"{'d' * 100}/" * 8 + "deep", ".hidden", "empty"]
odd = write(HOME / "odd", {name: name if name != "empty" else "" for name in NAMES})
api.create_repo("acme/odd")
first = api.upload_folder(repo_id="acme/odd", folder_path=odd)
assert api.upload_folder(repo_id="acme/odd", folder_path=odd).oid == first.oid
assert set(api.list_repo_files("acme/odd")) == {".gitattributes", *NAMES}
pulled = Path(snapshot_download("acme/odd"))
for name in NAMES:
    assert (pulled / name).read_bytes() == (odd / name).read_bytes(), name
    assert api.get_paths_info("acme/odd", [name])[0].path == name
api.create_commit(
    "acme/odd", [CommitOperationCopy(name, f"copies/{name}") for name in NAMES[:8]], commit_message="copy"
)
api.delete_folder("copies", "acme/odd")
raises(
    HfHubHTTPError, api.upload_file, path_or_fileobj=b"x", path_in_repo="x" * 256, repo_id="acme/odd", says="255 bytes"
)
