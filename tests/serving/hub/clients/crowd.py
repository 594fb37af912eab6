"""Many pushes and many pulls at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from client import HOME
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

api = HfApi()
api.create_repo("acme/busy")
head = api.upload_file(repo_id="acme/busy", path_or_fileobj=random.randbytes(2_000_000), path_in_repo="w.safetensors")
blobs = [random.randbytes(300_000) for _ in range(8)]


def push(number, **more):
    path = f"part-{number}.safetensors"
    try:
        return api.upload_file(repo_id="acme/busy", path_or_fileobj=blobs[number], path_in_repo=path, **more).oid
    except HfHubHTTPError as error:
        return error.response.status_code


with ThreadPoolExecutor(8) as pool:
    made = list(pool.map(push, range(8)))
assert len(set(made)) == 8 and len(api.list_repo_commits("acme/busy")) == 10
with ThreadPoolExecutor(8) as pool:
    parent = api.model_info("acme/busy").sha
    blobs.reverse()
    made = list(pool.map(lambda number: push(number, parent_commit=parent), range(8)))
assert made.count(412) == 7 and len(api.list_repo_commits("acme/busy")) == 11, made


def pull(number):
    return Path(hf_hub_download("acme/busy", "w.safetensors", cache_dir=HOME / f"cache-{number}")).read_bytes()


with ThreadPoolExecutor(10) as pool:
    assert len(set(pool.map(pull, range(10)))) == 1
