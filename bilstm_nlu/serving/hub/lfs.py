"""Which files are kept by Git LFS, and the pointers that replace them in the git tree."""

__all__ = ["GIT_ATTRIBUTES", "belongs_to_lfs", "lfs_pointer"]

#: Suffixes kept by Git LFS at any size. Files above the limit are kept by Git LFS with any suffix.
_SUFFIXES = ("bin", "gz", "h5", "onnx", "parquet", "pt", "safetensors", "tar", "zip")
_FROM = 10_000_000  # bytes

#: The file that tells git the same rules.
GIT_ATTRIBUTES = "".join(f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in _SUFFIXES).encode()


def belongs_to_lfs(path: str, size: int) -> bool:
    """Whether a file is kept by Git LFS. Empty files are not: the client always sends them as regular files."""
    return size > _FROM or (size > 0 and path.lower().endswith(tuple(f".{suffix}" for suffix in _SUFFIXES)))


def lfs_pointer(sha256: str, size: int) -> bytes:
    """The short text that replaces a file kept by Git LFS in a git repository."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
