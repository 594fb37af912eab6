"""Valid names of repositories, branches, tags and files. Other names are refused before anything is stored."""

import re
import unicodedata

from .errors import bad_request

__all__ = [
    "COMMIT_OID",
    "REPO_TYPES",
    "check_path",
    "check_ref_name",
    "check_repo_id",
    "check_sha256",
    "check_size",
    "is_repo_part",
    "web_prefix",
]

#: The types as the API's JSON names them; URLs add an "s".
REPO_TYPES = ("model", "dataset", "space")

COMMIT_OID = re.compile(r"[0-9a-f]{40}")

_REPO_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
#: First parts of URLs that have another meaning.
_RESERVED_NAMESPACES = {"api", "models", "datasets", "spaces", "sign-in", "settings", "resolve"}
_RESERVED_NAMES = {"resolve", "revision"}
_REF_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+=@-]{0,199}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Invisible characters that some scripts and emoji need.
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
_MAX_PATH_BYTES = 1024
_MAX_SEGMENT_BYTES = 255


def web_prefix(repo_type: str) -> str:
    """The part of a repository's URL before `owner/name`: nothing, `datasets/` or `spaces/`."""
    return "" if repo_type == "model" else f"{repo_type}s/"


def is_repo_part(name: str) -> bool:
    """Whether a name is valid for an owner or a repository."""
    return bool(
        _REPO_PART.fullmatch(name)
        and "--" not in name
        and ".." not in name
        and not name.lower().endswith((".git", ".ipynb"))
    )


def check_repo_id(namespace: str, name: str) -> None:
    """Refuse repository names that are not valid, or that would hide a page of the hub."""
    if not is_repo_part(namespace) or not is_repo_part(name):
        raise bad_request(
            "a repository id is owner/name, each of up to 96 letters, digits, '-', '_' and '.', without '--' and "
            "'..', not starting or ending with '-' or '.', and not ending with '.git'"
        )
    if namespace.lower() in _RESERVED_NAMESPACES or name.lower() in _RESERVED_NAMES:
        raise bad_request(f"the name {namespace}/{name} is reserved by the hub; choose another")


def check_ref_name(name: str) -> None:
    """Refuse names of branches and tags that git would refuse, and names that look like a commit hash."""
    parts = name.split("/")
    is_valid = (
        _REF_NAME.fullmatch(name)
        and all(part and not part.startswith(".") and not part.endswith((".", ".lock")) for part in parts)
        and ".." not in name
        and "@{" not in name
        and parts[0] != "refs"
        and not COMMIT_OID.fullmatch(name)
    )
    if not is_valid:
        raise bad_request("a branch or tag needs a name such as 'v1.0' or 'dev/new-heads', of up to 200 characters")


def check_sha256(value: object) -> str:
    """Check a SHA-256: 64 hexadecimal digits in lower case."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise bad_request("a content needs a SHA-256 of 64 hexadecimal digits in lower case")
    return value


def check_size(value: object) -> int:
    """Check a number of bytes."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_request("a size must be a number of bytes")
    return value


def check_path(path: object) -> str:
    """Check the path of a file in a repository: a download must not write outside the target folder.

    Raises:
        HubError: the path is absolute, goes up, contains backslashes or control characters or `.git`, or is too long.
    """
    if not isinstance(path, str) or not path:
        raise bad_request("a file needs a path")
    shown = ascii(path[:100])
    if not all(map(_may_be_shown, path)) or "\\" in path:
        raise bad_request(f"the path {shown} contains backslashes or characters that cannot be printed")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise bad_request(f"the path {shown} is absolute; paths must start at the repository's root")
    encoded = path.encode()
    if len(encoded) > _MAX_PATH_BYTES:
        raise bad_request(f"the path {shown} is longer than {_MAX_PATH_BYTES} bytes")
    for segment in path.split("/"):
        plain = segment.translate(_JOINERS).casefold().rstrip(". ")  # the way some file systems compare names
        if plain in ("", ".git", "git~1"):
            raise bad_request(f"the path {shown} has the part {ascii(segment)}, which is not allowed in a repository")
        if len(segment.encode()) > _MAX_SEGMENT_BYTES:
            raise bad_request(f"the path {shown} has a part of more than {_MAX_SEGMENT_BYTES} bytes")
    return path


def _may_be_shown(char: str) -> bool:
    is_space = unicodedata.category(char) == "Zs"  # names of screenshots contain unusual kinds of spaces
    return char.isprintable() or is_space or ord(char) in _JOINERS
