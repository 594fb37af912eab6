"""Open a checkpoint of a folder or a repository, with errors that say what is wrong and what helps."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..errors import NluError
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["HUB_ERRORS", "describe_hub_error", "load_checkpoint"]

logger = logging.getLogger(__name__)

#: Everything the hub's client raises: its own errors and, as bases of one of them, those of its HTTP library.
HUB_ERRORS = (*HfHubHTTPError.__bases__, HFValidationError)


def load_checkpoint(
    name_or_path: str | Path, revision: str | None = None
) -> tuple[BiLstmNluForIntentAndSlots, PreTrainedTokenizerBase]:
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
    with _explained(name, revision):
        values, _ = BiLstmNluConfig.get_config_dict(name, revision=revision)
        model_type = values.get("model_type")
        if model_type != BiLstmNluConfig.model_type:
            raise NluError(
                f"{name!r} holds a model of type {model_type!r}, not {BiLstmNluConfig.model_type!r}; "
                "open it with transformers, or give a checkpoint of this package"
            )
        config = BiLstmNluConfig.from_pretrained(name, revision=revision)
        model = BiLstmNluForIntentAndSlots.from_pretrained(name, config=config, revision=revision)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(name, revision=revision)
    return model.eval(), tokenizer


@contextmanager
def _explained(name: str, revision: str | None) -> Iterator[None]:
    """Turn what loading may raise into one NluError of one line."""
    try:
        yield
    except NluError:
        raise
    except HUB_ERRORS as error:
        raise NluError(describe_hub_error(error, name, revision)) from error
    except (ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise NluError(f"{name!r} cannot be loaded: {error}") from error


def describe_hub_error(error: BaseException, name: str, revision: str | None = None) -> str:
    """One line on why the hub gave or took nothing, and what helps."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    where = f"{name!r}" + (f" at revision {revision!r}" if revision else "")

    def is_caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    status = next((link.response.status_code for link in chain if isinstance(link, HfHubHTTPError)), None)
    if is_caused_by(HFValidationError):
        return f"{name!r} is neither a folder here nor a repository id; an id looks like owner/name"
    if is_caused_by(RevisionNotFoundError):
        return f"repository {name!r} has no revision {revision!r}; give one of its branches, tags or commits"
    if is_caused_by(GatedRepoError) or status == 403:
        return f"the hub refuses access to {where}; ask its owner for it, and log in with `hf auth login`"
    if is_caused_by(RepositoryNotFoundError) or status == 401:
        return (
            f"there is no folder {name!r} here, and no such repository is open to you on the hub; "
            "check the name, or log in with `hf auth login` if it is private"
        )
    if is_caused_by(OfflineModeIsEnabled):
        return (
            f"{where} is neither a folder here nor in the local cache, and the hub is switched off by HF_HUB_OFFLINE; "
            "unset it, or give a folder"
        )
    if is_caused_by(LocalEntryNotFoundError, ConnectionError) or status is None and not isinstance(error, OSError):
        return (
            f"{where} is neither a folder here nor in the local cache, and the hub cannot be reached; check the network "
            "and HF_ENDPOINT, or give a folder"
        )
    first_line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return f"{where} cannot be opened: {first_line}"
