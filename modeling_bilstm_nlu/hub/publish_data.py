"""A domain as a dataset repository on a hub: tables, slot catalogs, the corpora behind it, and a card."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..data.domains import Domain
from ..data.formats.catalogs_file import CATALOGS_FILE
from ..data.formats.corpora_file import CORPORA_FILE
from ..data.formats.dataset.repository import write_dataset
from .push import Pushed, push_files

__all__ = ["publish_dataset"]

_TABLE = re.compile(r"data/(train|validation|test)-\d{5}-of-\d{5}\.parquet")


def publish_dataset(
    domain: Domain,
    repo_id: str,
    *,
    commit_message: str = "Upload utterances with intents and slots",
    dry_run: bool = False,
    **options: Any,
) -> Pushed:
    """Push a domain as a dataset repository, as one commit; `load_domain(repo_id)` and `datasets` read it.

    The same domain gives the same files, and a push that changes nothing makes no commit.

    Args:
        domain: the utterances with their catalogs and the corpora that they come from.
        repo_id: `owner/name`, or a name of your own.
        commit_message: first line of the commit.
        dry_run: only say what would change.
        options: `private`, `revision`, `tag`, `create_pr` and `token`, as for `push_files`.

    Raises:
        NluError: as `push_files`.
    """
    with TemporaryDirectory(prefix="bilstm-nlu-dataset-") as desk:
        folder = Path(desk)
        write_dataset(folder, domain)
        files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        return push_files(
            files,
            repo_id,
            repo_type="dataset",
            is_replaced=_is_written,
            commit_message=commit_message,
            dry_run=dry_run,
            **options,
        )


def _is_written(name: str) -> bool:
    """Whether a file of this name is of an earlier push of a domain."""
    return name in (CATALOGS_FILE, CORPORA_FILE) or _TABLE.fullmatch(name) is not None
