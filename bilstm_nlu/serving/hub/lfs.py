"""Which files are kept by Git LFS, and what stands in the tree for them."""

__all__ = ["GIT_ATTRIBUTES", "belongs_to_lfs", "lfs_pointer"]

#: Kept by Git LFS whatever their size, like all files above the limit.
_SUFFIXES = ("bin", "gz", "h5", "onnx", "parquet", "pt", "safetensors", "tar", "zip")
_FROM = 10_000_000  # bytes

#: The file that tells git the same.
GIT_ATTRIBUTES = "".join(f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in _SUFFIXES).encode()


def belongs_to_lfs(path: str, size: int) -> bool:
    """Whether a file is kept by Git LFS; the client sends empty files as regular ones whatever it is told."""
    return size > _FROM or (size > 0 and path.lower().endswith(tuple(f".{suffix}" for suffix in _SUFFIXES)))


def lfs_pointer(sha256: str, size: int) -> bytes:
    """The small text that stands in a git repository for a file kept by Git LFS."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
