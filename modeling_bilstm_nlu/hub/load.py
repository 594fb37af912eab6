"""Open a checkpoint of a folder or a repository, with errors that say what is wrong and what helps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from huggingface_hub import is_offline_mode, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError
from transformers import PreTrainedTokenizerFast

from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..errors import NluError
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["HUB_ERRORS", "describe_hub_error", "load_checkpoint"]

#: What the hub's client raises: its own errors, those of its HTTP library (a base of one of them), and ValueError for
#: what it does not accept.
HUB_ERRORS = cast(tuple[type[Exception], ...], (*HfHubHTTPError.__bases__, ValueError))
_ERRORS: tuple[type[Exception], ...] = (*HUB_ERRORS, TypeError, KeyError, RuntimeError, SafetensorError)


def load_checkpoint(
    name_or_path: str | Path, revision: str | None = None
) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerFast]:
    """The model, in evaluation mode, and the tokenizer of a checkpoint.

    Args:
        name_or_path: a folder, or the id `owner/name` of a repository on the hub (or in the local cache).
        revision: a branch, tag or commit of the repository.

    Raises:
        NluError: there is no such folder, repository or revision; it cannot be reached; it is no checkpoint of this
            kind, a newer one, or a damaged one.
    """
    name = str(name_or_path)
    folder = Path(name).expanduser()
    if folder.is_dir():
        name = str(folder)
        missing = [f for f in ("config.json", "tokenizer.json") if not (folder / f).is_file()]
        if not any(folder.glob("*.safetensors")):
            missing.append("model.safetensors")
        if missing:
            raise NluError(f"{name!r} is no checkpoint: it lacks {', '.join(missing)}")
    elif folder.exists():
        raise NluError(f"{name!r} is a file; give the folder of a checkpoint")
    elif isinstance(name_or_path, Path) or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise NluError(f"no folder {name!r}; give the folder of a checkpoint or the id owner/name of a repository")
    where: dict[str, Any] = {"revision": revision}
    with _explained(name, revision):
        values, _ = BiLstmNluConfig.get_config_dict(name, **where)
        model_type = values.get("model_type")
        if model_type != BiLstmNluConfig.model_type:
            raise NluError(
                f"{name!r} holds a model of type {model_type!r}, not {BiLstmNluConfig.model_type!r}; "
                "open it with transformers, or give a checkpoint of this package"
            )
        config = BiLstmNluConfig.from_pretrained(name, **where)
        model = BiLstmNluForIntentAndSlots.from_pretrained(name, config=config, **where)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(name, **where)
    if not folder.is_dir():
        model.config._commit_hash = _commit_of(name, revision)
    return model.eval(), tokenizer


def _commit_of(repo_id: str, revision: str | None) -> str | None:
    """The commit that a revision of a repository in the local cache stands for."""
    path = try_to_load_from_cache(repo_id, "config.json", revision=revision)
    return Path(path).parent.name if isinstance(path, str) else None


@contextmanager
def _explained(name: str, revision: str | None) -> Iterator[None]:
    """Turn what loading may raise into one NluError of one line."""
    try:
        yield
    except NluError:
        raise
    except _ERRORS as error:
        if "ignore_mismatched_sizes" in str(error):
            raise NluError(f"{name!r} is damaged: its weights have other sizes than its config.json says") from error
        if Path(name).is_dir():
            raise NluError(f"{name!r} cannot be loaded: {_first_line(error)}") from error
        reason = describe_hub_error(error, name, revision)
        raise NluError(f"there is no folder {name!r}, and no repository could be loaded: {reason}") from error


def describe_hub_error(error: BaseException, repo_id: str, revision: str | None = None) -> str:
    """One line on why the hub gave or took nothing, and what helps."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__

    def is_caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    status = next((link.response.status_code for link in chain if isinstance(link, HfHubHTTPError)), None)
    unreachable = is_caused_by(LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError) or (
        status is None and not is_caused_by(OSError, ValueError)
    )
    if is_caused_by(HFValidationError):
        return f"{repo_id!r} is no repository id; an id looks like owner/name"
    if is_caused_by(RevisionNotFoundError):
        return f"{repo_id!r} has no revision {revision!r}; give one of its branches, tags or commits"
    if is_caused_by(GatedRepoError) or status == 403:
        return f"the hub refuses access to {repo_id!r}; ask its owner, and log in with `hf auth login`"
    if is_caused_by(RepositoryNotFoundError) or status == 401:
        return f"the hub has no {repo_id!r} that is open to you; check the name, or log in with `hf auth login`"
    if unreachable and is_offline_mode():
        return f"{repo_id!r} is not in the local cache, and HF_HUB_OFFLINE switches the hub off; unset it"
    if unreachable:
        return (
            f"{repo_id!r} is not in the local cache, and the hub cannot be reached; check the network and HF_ENDPOINT"
        )
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
