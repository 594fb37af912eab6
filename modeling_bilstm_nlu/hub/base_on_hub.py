"""Make sure that the base of a delta is on the hub that the delta is pushed to."""

from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error
from bilstm_nlu.runtime.delta_file import DELTA_FILE, Reference, read_reference

from .integrity import sha256_of

__all__ = ["reference_on_hub"]

_WEIGHTS = "model.safetensors"


def reference_on_hub(folder: Path, repo_id: str, *, token: str | None = None) -> Reference:
    """The base of a delta, as a repository and a commit of the hub.

    If the name of the base has no owner, the owner of the delta must have it.

    Args:
        folder: the folder of the delta.
        repo_id: the repository `owner/name` that the delta is pushed to.
        token: for the hub; by default the one of the login.

    Raises:
        NluError: the hub does not have the base, has other weights under its name, or cannot be reached.
    """
    reference = read_reference(folder)
    name = reference.name if "/" in reference.name else f"{repo_id.partition('/')[0]}/{reference.name}"
    api = HfApi(token=token)
    revisions = [reference.revision] if reference.revision and name == reference.name else []
    for revision in (*revisions, None):
        try:
            info = api.repo_info(name, revision=revision)
            found = api.get_paths_info(name, [_WEIGHTS], revision=info.sha)
            entries = [entry for entry in found if isinstance(entry, RepoFile)]
            if entries and _sha256(api, name, info.sha, entries[0]) == reference.sha256:
                return reference._replace(name=name, revision=info.sha)
        except (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError):
            continue
        except HUB_ERRORS as error:
            raise NluError(f"the base {name!r}: {describe_hub_error(error, name, revision)}") from error
    raise NluError(
        f"{folder / DELTA_FILE}: the hub has no {name!r} with the weights of the base (SHA-256 {reference.sha256}); "
        f"push the base first with `bilstm-nlu push {reference.name} {name}`, or push the whole checkpoint, "
        "without --delta (a fleet: with --no-delta)"
    )


def _sha256(api: HfApi, name: str, commit: str | None, entry: RepoFile) -> str:
    """The SHA-256 of a file on the hub. The hub knows that of a large file; a small one is downloaded."""
    if entry.lfs is not None:
        return entry.lfs.sha256
    return sha256_of(Path(api.hf_hub_download(name, entry.path, revision=commit)))
