"""Pull requests of those who may write and of those who may not, merged and in conflict."""

from pathlib import Path

from client import HOME, raises, write
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

api = HfApi()
api.create_repo("acme/requests")
folder = write(HOME / "folder", {"a.txt": "1", "w.safetensors": "2" * 5000})
done = api.upload_folder(repo_id="acme/requests", folder_path=folder, create_pr=True, commit_message="Better weights")
assert done.pr_num == 1 and done.pr_revision == "refs/pr/1"
eve = HfApi(token="secret-of-eve")
done = eve.upload_file(repo_id="acme/requests", path_or_fileobj=b"3", path_in_repo="b.txt", create_pr=True)
assert done.pr_num == 2
eve.upload_file(repo_id="acme/requests", path_or_fileobj=b"4", path_in_repo="b.txt", revision="refs/pr/2")
change = {"path_or_fileobj": b"3", "path_in_repo": "b.txt", "repo_id": "acme/requests"}
raises(HfHubHTTPError, eve.upload_file, says="write", **change)
raises(HfHubHTTPError, eve.merge_pull_request, "acme/requests", 2, says="write")
assert api.list_repo_files("acme/requests") == [".gitattributes"]
assert Path(hf_hub_download("acme/requests", "a.txt", revision="refs/pr/1")).read_bytes() == b"1"
refs = api.list_repo_refs("acme/requests", include_pull_requests=True)
assert [ref.ref for ref in refs.pull_requests] == ["refs/pr/1", "refs/pr/2"]
api.comment_discussion("acme/requests", 1, comment="Looks *good*")
api.merge_pull_request("acme/requests", 1, comment="thanks")
details = api.get_discussion_details("acme/requests", 1)
assert details.status == "merged" and details.merge_commit_oid == api.model_info("acme/requests").sha
assert [event.type for event in details.events] == ["commit", "comment", "comment", "status-change"]
assert set(api.list_repo_files("acme/requests")) == {".gitattributes", "a.txt", "w.safetensors"}
api.upload_file(repo_id="acme/requests", path_or_fileobj=b"5", path_in_repo="b.txt")
assert api.get_discussion_details("acme/requests", 2).conflicting_files == ["b.txt"]
raises(HfHubHTTPError, api.merge_pull_request, "acme/requests", 2, says="changed")
api.change_discussion_status("acme/requests", 2, new_status="closed")
api.rename_discussion("acme/requests", 2, new_title="Another b")
talk = eve.create_discussion("acme/requests", title="A question", description="why?")
assert not talk.is_pull_request and talk.num == 3
found = list(api.get_repo_discussions("acme/requests"))
assert [(item.num, item.title, item.status) for item in found][:2] == [
    (3, "A question", "open"),
    (2, "Another b", "closed"),
]
assert [item.num for item in api.get_repo_discussions("acme/requests", discussion_type="pull_request")] == [2, 1]
draft = api.create_pull_request("acme/requests", title="A draft")
assert draft.status == "draft" and draft.git_reference == "refs/pr/4"
