"""A push by a client that has hf_xet and was not told to leave it."""

import random
import sys
from pathlib import Path

from client import HOME, write
from huggingface_hub import HfApi, hf_hub_download

api = HfApi()
api.create_repo("ann/x", exist_ok=True)
folder = write(HOME / "folder", {"w.safetensors": random.Random(sys.argv[1]).randbytes(2_000_000)})
api.upload_folder(repo_id="ann/x", folder_path=folder)
assert Path(hf_hub_download("ann/x", "w.safetensors")).read_bytes() == (folder / "w.safetensors").read_bytes()
