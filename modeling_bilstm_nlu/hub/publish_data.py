"""Push a domain to a hub as a dataset repository: tables, slot catalogs, the corpora it comes from, and a card."""

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
    """Push a domain as a dataset repository, as one commit; `load_domain(repo_id)` and `datasets` can read it.

    Equal domains give equal files, and no commit is made if nothing changes.

    Args:
        domain: the utterances with their catalogs and the corpora that they come from.
        repo_id: `owner/name`, or a name for your own account.
        commit_message: first line of the commit message.
        dry_run: only report what would change.
        options: `private`, `revision`, `tag`, `create_pr` and `token` of `push_files`.

    Raises:
        NluError: the push fails (see `push_files`).
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
    """Whether a file name is that of a file which a push of a domain writes."""
    return name in (CATALOGS_FILE, CORPORA_FILE) or _TABLE.fullmatch(name) is not None
