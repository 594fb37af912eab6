"""Run every arm on every domain, size and seed: in parallel, resumable, with one record per run."""

import json
import logging
import multiprocessing
import re
import signal
import traceback
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datasets.utils.logging import disable_progress_bar as disable_datasets_progress
from tqdm import tqdm
from transformers.utils import logging as transformers_logging

from bilstm_nlu.errors import NluError, RecipeError
from bilstm_nlu.files import write_json
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.hub.embedded import embedded_folder
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training import limit_threads, prefers_bf16
from modeling_bilstm_nlu.training.resumable import domain_digest

from .comparison import run_arm
from .methods import METHODS
from .near_copies import sketch_of
from .protocol import NETWORK, Arm, Protocol, why_too_small
from .records import RECORDS, Record, read_records
from .targets import Counts, Target, checksum

__all__ = ["GENERIC", "for_target", "run_grid"]

logger = logging.getLogger(__name__)

#: Fields of an arm that do not change the result of its runs.
_OF_NO_RUN = ("name", "note", "against", "needs_catalogs", "domains", "seeds", "up_to")

#: Placeholder in `Arm.base` for the generic checkpoint of the target.
GENERIC = "{generic}"


@dataclass(frozen=True)
class _Task:
    """One run. It is small, because it is sent to another process, which loads the domain itself."""

    arm: Arm
    target: Target
    size: int
    seed: int
    protocol: Protocol
    path: Path

    @property
    def name(self) -> dict[str, Any]:
        return {
            "arm": self.arm.name,
            "domain": self.target.name,
            "group": self.target.group,
            "size": self.size,
            "seed": self.seed,
            "base": self.arm.base,
        }


def run_grid(
    arms: Sequence[Arm],
    targets: Sequence[Target],
    protocol: Protocol,
    output_dir: Path,
    *,
    jobs: int = 1,
    so_far: bool = False,
    published: Path | None = None,
) -> list[Record | None]:
    """Run every arm on every domain, size and seed, in parallel processes with one thread each.

    Each record is kept in `output_dir/records` as soon as it is complete; an interrupted study continues where it
    stopped. A record with other settings or other data is made again, and so is a failed one.

    Args:
        arms: the ways to train.
        targets: the domains.
        protocol: sizes, seeds, steps.
        output_dir: for the records.
        jobs: processes at a time.
        so_far: start no runs.
        published: a folder with a published study (this one, a part of it, or another); its records are reused.

    Returns:
        A record for every run, `None` if it is missing: the record of `run_arm`, with `group`, `format`, `counts`
        and `sketch` of the domain and the `base` of the arm; or with `passed_over`, the reason why the domain cannot
        be measured at this size; or with `error`.

    Raises:
        RecipeError: an arm needs the generic checkpoint of a domain that does not name one.
        NluError: a generic checkpoint cannot be loaded, a library is not installed, or a process was killed.
    """
    domains = {arm.name: _spread([target.name for target in targets], arm.domains) for arm in arms}
    tasks = [
        _Task(for_target(arm, target), target, size, seed, protocol, _path(output_dir, arm, target, size, seed))
        for seed in protocol.seeds
        for target in targets
        for size in target.sizes or protocol.sizes
        for arm in arms
        if target.name in domains[arm.name] and _has(arm, size, seed)
    ]
    earlier = {} if published is None else {_run_of(record): record for record in read_records(published)}
    kept = {task.path: record for task in tasks if (record := _kept(task, earlier)) is not None}
    if earlier and not kept:
        logger.warning("%s has no run with the same recipe, data and kind of machine", published)
    missing = [] if so_far else [task for task in tasks if task.path not in kept]
    # what would fail in every run fails now
    for method in sorted({task.arm.method for task in missing}):
        METHODS[method].check_installed()
    for base in sorted({task.arm.base for task in missing if task.arm.base is not None}):
        try:
            load_checkpoint(base)
        except NluError as error:
            raise NluError(f"an arm of the study starts from a checkpoint that cannot be loaded: {error}") from error
    made: dict[Path, Record] = {}
    with tqdm(total=len(tasks), initial=len(kept), desc="runs", unit="run", disable=so_far) as progress:
        while missing:
            made |= _run(missing, jobs, progress)
            # the readers may return other data for the same files than when older records were made
            data = {_cut(record): record["data"] for record in made.values() if record["data"]}
            missing = [task for task in tasks if task.path not in made and _is_of_other(kept[task.path], data)]
            progress.total = progress.n + len(missing)
    kept |= made
    write_json(output_dir / RECORDS, sorted(path.name for path in kept))
    order = sorted(tasks, key=lambda task: (task.target.name, task.size, task.seed, task.arm.name))
    return [kept.get(task.path) for task in order]


def for_target(arm: Arm, target: Target) -> Arm:
    """The arm with the target's training settings, and with the target's generic checkpoint filled in.

    Raises:
        RecipeError: the target does not name a generic checkpoint.
    """
    if arm.method == NETWORK and target.training:
        arm = replace(arm, training={**target.training, **arm.training})
    if arm.base is None or GENERIC not in arm.base:
        return arm
    if target.generic is None:
        raise RecipeError(
            f"arm {arm.name!r} starts from {arm.base}, but {target.name} names no generic checkpoint; "
            f"set generic: for all domains, or in the entry of this one"
        )
    return replace(arm, base=arm.base.replace(GENERIC, target.generic))


def _spread(names: Sequence[str], number: int | None) -> set[str]:
    """That many of the names, evenly spread; all if the number is `None` or not smaller."""
    if number is None or number >= len(names):
        return set(names)
    return {names[i * len(names) // number] for i in range(number)}


def _has(arm: Arm, size: int, seed: int) -> bool:
    """Whether an arm is to be run at a size with a seed."""
    return (arm.seeds is None or seed in arm.seeds) and (arm.up_to is None or size <= arm.up_to)


def _path(output_dir: Path, arm: Arm, target: Target, size: int, seed: int) -> Path:
    name = re.sub(r"[^\w.-]+", "_", f"{target.name}-{size}-{seed}-{arm.name}")
    return output_dir / "records" / f"{name}.json"


def _cut(record: Record) -> tuple[str, int]:
    """The key of the splits: runs with the same key were trained and tested on the same splits."""
    return record["domain"], record["cut_seed"]


def _is_of_other(record: Record, data: Mapping[tuple[str, int], str]) -> bool:
    return record["data"] != data.get(_cut(record), record["data"])


def _run_of(record: Record) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("arm", "domain", "size", "seed"))


def _kept(task: _Task, published: Mapping[tuple[Any, ...], Record]) -> Record | None:
    """An earlier record that measured what the task would measure; a published record is copied to the own records."""
    own, other = _read(task.path), published.get(_run_of(task.name))
    if own is not None and _is_of(own, task):
        return {**own, **task.name}
    if other is not None and _is_of(other, task):
        write_json(task.path, other)
        return {**other, **task.name}
    return None


def _read(path: Path) -> Record | None:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # missing, or incomplete
        return None


def _is_of(record: Record, task: _Task) -> bool:
    if "passed_over" in record:
        return record.get("limits") == _limits(task) and record.get("settings") == _settings(task)
    try:
        is_usable = task.target.why_too_few(Counts(**record["counts"])) is None
    except (KeyError, TypeError):  # the record of a failed run, or of an older release
        return False
    return is_usable and record["settings"] == _settings(task)


def _limits(task: _Task) -> dict[str, Any]:
    """The limits below which the domain is skipped; they are not part of the settings."""
    limits = {"min_utterances": task.target.min_utterances, "min_groups": task.target.min_groups}
    return {**limits, "needs_catalogs": task.arm.needs_catalogs}


def _settings(task: _Task) -> dict[str, Any]:
    """Everything that a record depends on, including the initial weights and the data files."""
    arm = {name: value for name, value in asdict(task.arm).items() if name not in _OF_NO_RUN}
    common = {name: value for name, value in asdict(task.protocol).items() if name not in ("sizes", "seeds")}
    common = {name: value for name, value in common.items() if value is not None}
    data = asdict(task.target.data) | {"files": task.target.fingerprint(), "recut": task.target.recut}
    if data["files"]:  # the files count, not their paths
        del data["source"], data["data_dir"]
    settings = {"arm": arm, "protocol": common, "bf16": prefers_bf16(), "data": data}
    if task.target.cut_by_seed:
        settings["cut"] = task.seed
    for name, values in (("base", arm), ("encoder", arm["options"])):
        if (weights := _weights(values.get(name))) is not None:
            settings[name] = [checksum(file) for file in (weights, weights.with_name("config.json")) if file.is_file()]
            del values[name]
    return json.loads(json.dumps(settings))


def _weights(name_or_path: str | None) -> Path | None:
    """The weights file of a model on this machine; `None` if the model is elsewhere."""
    if name_or_path is None:
        return None
    weights = (embedded_folder(name_or_path) or Path(name_or_path)) / "model.safetensors"
    return weights if weights.is_file() else None


def _run(tasks: Sequence[_Task], jobs: int, progress: tqdm) -> dict[Path, Record]:
    context = multiprocessing.get_context("spawn")  # forked torch processes hang in their thread pools
    made: dict[Path, Record] = {}
    num_failed = 0
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context, initializer=_quiet_worker)
    try:
        futures = {pool.submit(_run_and_keep, task): task for task in tasks}
        for future in as_completed(futures):
            record = made[futures[future].path] = future.result()
            num_failed += "error" in record
            if num_failed:
                progress.set_postfix_str(f"{num_failed} failed")
            progress.update()
    except BrokenProcessPool as error:
        raise NluError(
            "a process of the study was killed, for example because memory ran out; start it again with fewer jobs, "
            "it continues where it stopped"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
    return made


def _quiet_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a started run is finished and kept; the study stops after it
    limit_threads()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    disable_datasets_progress()


def _run_and_keep(task: _Task) -> Record:
    record: dict[str, Any] = {**task.name, "cut_seed": task.seed if task.target.cut_by_seed else 0}
    try:
        record |= _measure(task)
    except Exception as error:  # one failing arm on one domain must not stop a long study
        record |= {"data": "", "error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    write_json(task.path, record)
    return record


def _measure(task: _Task) -> dict[str, Any]:
    domain, digest, counts, sketch = _load(task.target, task.seed)
    reason = task.target.why_unusable(domain, counts) or why_too_small(domain, task.size, task.protocol)
    if reason is None and task.arm.needs_catalogs and not any(found.values for found in domain.catalogs.values()):
        reason = "no slot catalogs, without which the arm makes no difference"
    if reason is not None:
        return {"data": digest, "passed_over": reason, "limits": _limits(task), "settings": _settings(task)}
    with TemporaryDirectory() as folder:
        record = run_arm(task.arm, domain, task.size, task.seed, task.protocol, Path(folder))
    return {
        **record,
        "format": task.target.format(),
        "counts": asdict(counts),
        "sketch": sketch,
        "data": digest,
        "settings": _settings(task),
    }


#: The domain that this process works on; tasks are sorted by domain.
_loaded: dict[str, tuple[Domain, str, Counts, list[int]]] = {}


def _load(target: Target, seed: int) -> tuple[Domain, str, Counts, list[int]]:
    key = repr((target, seed if target.cut_by_seed else 0))
    if key not in _loaded:
        _loaded.clear()
        domain = target.load(seed)
        _loaded[key] = domain, domain_digest(domain), Counts.of(domain), sketch_of(domain)
    return _loaded[key]
