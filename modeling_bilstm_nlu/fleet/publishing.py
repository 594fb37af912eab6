"""Push the models of a fleet to a hub. What is there already is not pushed again."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from huggingface_hub.errors import HfHubHTTPError

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import is_broken_connection

from ..hub.card_data_file import CARD_DATA_FILE, read_card_data
from ..hub.publish import push_repository, texts_to_check
from ..hub.verify import verify_repository
from .comparing import Change, change_of
from .records import FleetRecord, Publication

__all__ = ["Publishing", "publish_fleet", "refuse"]

#: Seconds to wait before a push is tried again.
_WAITS = (1.0, 5.0, 25.0)
#: The hub is asked for so many pushes at a time.
_AT_A_TIME = 8
#: If so many pushes fail in a row, the others would fail, too.
_MOST_FAILURES = 16
#: Answers of a hub that is busy, and of one where someone else has just pushed.
_BUSY = {408, 412, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Publishing:
    """How to publish a fleet.

    Args:
        owner: the account or organisation that gets a repository for each skill.
        private: whether new repositories are private; `None` uses the default of the owner.
        token: for the hub; by default the one of the login.
    """

    owner: str
    private: bool | None = None
    token: str | None = None


def refuse(record: FleetRecord, changes: Mapping[str, Change]) -> FleetRecord:
    """Return a line with the reason why its model must not be published, if it has one.

    A model is refused if it is worse than that of the earlier run, or worse than the one that is published. It stays
    refused until it is trained again.

    Args:
        record: the line of a skill.
        changes: id -> comparison with the earlier run.
    """
    if record.refused is not None:
        return record
    published = None if record.published is None else record.published.measured
    for change in (changes.get(record.id), change_of(record.id, published, record.measured)):
        if change is not None and change.is_worse:
            return replace(record, refused=str(change))
    return record


def publish_fleet(
    records: Iterable[FleetRecord], models: Path, how: Publishing, heard: Callable[[FleetRecord], None]
) -> Iterator[tuple[FleetRecord, str | None]]:
    """Push every model that is not published yet, and yield its line, and why it was not pushed if that failed.

    Before the first push, a process without this package opens that model and must parse texts with the same result.

    Args:
        records: the lines of skills with a model.
        models: the folder of the models.
        how: where to.
        heard: called with the new line of each skill that was pushed, before it is yielded.

    Raises:
        NluError: many pushes in a row failed, or the first model does not work without this package.
    """
    waiting = [record for record in records if not _is_published(record, how)]
    if waiting:
        folder = models / waiting[0].id
        verify_repository(folder, texts_to_check(read_card_data(folder / CARD_DATA_FILE)))
    num_failed = 0
    pool = ThreadPoolExecutor(_AT_A_TIME)
    try:
        futures: dict[Future[Publication], FleetRecord] = {
            pool.submit(_push, record, models / record.id, how): record for record in waiting
        }
        for future in as_completed(futures):
            record = futures.pop(future)
            try:
                record = replace(record, published=future.result(), refused=None)
            except NluError as error:
                num_failed += 1
                if num_failed >= _MOST_FAILURES:
                    raise NluError(f"{num_failed} pushes in a row failed; the last: {error.message}") from error
                yield record, error.message
            else:
                num_failed = 0
                heard(record)
                yield record, None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_published(record: FleetRecord, how: Publishing) -> bool:
    pushed = record.published
    return pushed is not None and (pushed.repo_id, pushed.weights) == (f"{how.owner}/{record.id}", record.weights)


def _push(record: FleetRecord, folder: Path, how: Publishing) -> Publication:
    """Push one model; a busy hub and a broken connection are tried again."""
    repo_id = f"{how.owner}/{record.id}"
    for wait in (*_WAITS, None):
        try:
            pushed = push_repository(folder, repo_id, private=how.private, token=how.token)
        except NluError as error:
            if wait is None or not _may_pass(error):
                raise
            time.sleep(wait)
        else:
            return Publication(pushed.repo_id, pushed.commit or "", record.weights or "", record.measured)
    raise AssertionError("unreachable")


def _may_pass(error: BaseException) -> bool:
    """Whether another try may succeed."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, HfHubHTTPError) and link.response.status_code in _BUSY:
            return True
        if isinstance(link, ConnectionError | TimeoutError):
            return True
        link = link.__cause__ or link.__context__
    return is_broken_connection(error)
