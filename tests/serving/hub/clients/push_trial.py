"""A push of two files whose contents say which trial they are from; its first line says that it starts now."""

import random
import sys

from client import HOME, write
from huggingface_hub import HfApi

trial = sys.argv[1]
weights = random.Random(trial).randbytes(4_000_000)
folder = write(HOME / "folder", {"trial.txt": trial, "w.safetensors": weights, "notes/trial.txt": trial})
api = HfApi()
print("now", flush=True)
api.upload_folder(repo_id="ann/x", folder_path=folder, commit_message=f"trial {trial}")
