"""A pull into a cache; the second one finds everything there. Prints the hash of the content."""

import hashlib
from pathlib import Path

from huggingface_hub import hf_hub_download

path = hf_hub_download("ann/x", "w.safetensors")
assert hf_hub_download("ann/x", "w.safetensors", local_files_only=True) == path
print(hashlib.sha256(Path(path).read_bytes()).hexdigest())
