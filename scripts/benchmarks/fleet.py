"""Measure a fleet: its trainings, what Ray adds to them, and what a kill at any moment costs.

python scripts/benchmarks/fleet.py skills SKILLS [--every 10]   fleet.minutes, fleet.seconds_a_skill, fleet.overhead
python scripts/benchmarks/fleet.py tasks [--count 40000]        fleet.tasks_40000_overhead
python scripts/benchmarks/fleet.py kills [--count 10]           fleet.kills
python scripts/benchmarks/fleet.py page                         docs/results/fleet_cost.md, from these numbers

Each but the last writes its keys into docs/results/serving.json; the other keys stay.
"""

import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import checkout  # noqa: F401
import psutil
import typer
import yaml

from bilstm_nlu.files import write_json, write_text
from modeling_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from modeling_bilstm_nlu.data.formats.writing import write_domain
from modeling_bilstm_nlu.fleet.finding import find_skills
from modeling_bilstm_nlu.fleet.journal import Journal, read_results
from modeling_bilstm_nlu.fleet.pool import WorkerPool
from modeling_bilstm_nlu.fleet.ray_session import ray_session
from modeling_bilstm_nlu.fleet.records import FleetRecord
from modeling_bilstm_nlu.training import build_model
from research.fleet_cost import cost_page

app = typer.Typer(add_completion=False)
ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "results" / "serving.json"
Out = Annotated[Path, typer.Option(help="File of results; other keys are kept.")]

_SLOTS = 16
_SECONDS = 0.05
#: A training of about a second.
_QUICK = {
    "last_fit": False,
    "training": {"fit_decision": False, "fit_segments": False, "background_share": 0.0, "fit_heads": False},
}
_TINY = {"vocabulary_size": 256, "ngram_buckets": 512, "word_dim": 16, "ngram_dim": 16}
_TINY |= {"shared_hidden": 16, "slot_hidden": 16, "intent_hidden": 16}


def write(out: Path, found: dict[str, Any]) -> None:
    """Put keys into the section `fleet` of a file of results."""
    results = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    results["fleet"] = {**results.get("fleet", {}), **found}
    write_json(out, results)
    typer.echo(json.dumps(found, indent=1))


def machine() -> dict[str, Any]:
    """The machine, and how many other processes want its cores."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "load": os.getloadavg()[0],
    }


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bilstm_nlu", "fleet", *map(str, arguments)]


@app.command()
def skills(
    folder: Annotated[Path, typer.Argument(help="A folder with skills.")],
    every: Annotated[int, typer.Option(help="Take every n-th skill, sorted by path.")] = 1,
    workers: Annotated[int, typer.Option(help="Skills to train at a time.")] = 2,
    keep: Annotated[Path | None, typer.Option(help="New folder for the models, which are deleted without it.")] = None,
    out: Out = OUT,
) -> None:
    """Train skills from nothing to scored checkpoints."""
    if keep is not None and keep.exists():
        raise typer.BadParameter(f"{keep} exists; give a new folder")
    found = find_skills(folder).skills
    taken = found[::every]
    with tempfile.TemporaryDirectory() as place:
        manifest = Path(place) / "skills.jsonl"
        manifest.write_text("".join(json.dumps({"id": s.id, "path": s.source}) + "\n" for s in taken))
        before, started = machine(), time.perf_counter()
        models = keep or Path(place) / "out"
        subprocess.run(command(manifest, "--out", models, "--workers", workers, "--quiet"), check=False)
        seconds = time.perf_counter() - started
        records = list(read_results(models / "fleet.jsonl").values())
    numbers = summary(records, seconds, workers)
    numbers["failed"] = {name: error.replace(f"{folder}/", "") for name, error in numbers["failed"].items()}
    write(out, numbers | {"skills_found": len(found), "every": every, "machine": before})


def summary(records: list[FleetRecord], seconds: float, workers: int) -> dict[str, Any]:
    """The numbers of a run that took some seconds."""
    trained = [record for record in records if record.error is None]
    ends = [datetime.fromisoformat(record.finished or "").timestamp() for record in records]
    runs = sorted((end - record.seconds, end) for end, record in zip(ends, records, strict=True))
    total = sum(record.seconds for record in records)
    return {
        "skills": len(records),
        "failed": {record.id: record.error for record in records if record.error is not None},
        "workers": workers,
        "minutes": round(seconds / 60, 2),
        "seconds_a_skill": round(total / len(records), 2),
        "cpu_seconds_a_skill": round(sum(record.cpu_seconds for record in records) / len(records), 2),
        # of the whole command: the start, the waits between trainings, and the worker that ends first
        "overhead": round(workers * seconds / total - 1, 4),
        "overhead_between_trainings": round(between(runs) / total, 4),
        "start_seconds": round(seconds - (max(ends) - runs[0][0]), 1),
        "mean_frame_accuracy": round(sum(r.scores["frame_accuracy"] for r in trained) / len(trained), 4),
        "megabytes_a_skill": round(sum(record.num_bytes for record in trained) / len(trained) / 1e6, 2),
        "bytes_a_line": round(sum(len(json.dumps(r.to_json())) + 1 for r in records) / len(records)),
    }


def between(runs: list[tuple[float, float]]) -> float:
    """Seconds that workers waited between two trainings, from (start, end) of the trainings."""
    ends: list[float] = []
    waited = 0.0
    for start, end in sorted(runs):
        before = max((other for other in ends if other <= start), default=None)  # the worker that ended last
        if before is not None:
            ends.remove(before)
            waited += start - before
        ends.append(end)
    return waited


def sleeper() -> Any:
    """A class that sleeps, and says when and in which process. A local one: workers need not find this file."""
    num_workers = _SLOTS

    class Sleeper:
        def __init__(self, folder: Path):
            self.folder = folder

        def ready(self, version: str) -> None:
            """Wait for the others: the start of 16 processes on a few cores is not what is measured."""
            (self.folder / str(os.getpid())).touch()
            while len(list(self.folder.iterdir())) < num_workers:
                time.sleep(0.1)

        def work(self, seconds: float) -> tuple[int, float, float]:
            started = time.time()
            time.sleep(seconds)
            return os.getpid(), started, time.time()

    return Sleeper


@app.command()
def tasks(count: Annotated[int, typer.Option(help="Number of tasks.")] = 40_000, out: Out = OUT) -> None:
    """Do tasks that sleep 50 ms in 16 workers, and write a line on the disk for each."""
    first: dict[int, float] = {}
    last = slept = 0.0
    before, most_memory = machine(), 0
    driver = psutil.Process()
    with tempfile.TemporaryDirectory() as place, ray_session(num_workers=_SLOTS):
        journal, started_workers = Journal(Path(place)), Path(place) / "started"
        started_workers.mkdir()
        pool: WorkerPool[float] = WorkerPool(sleeper(), [started_workers], version="", num_workers=_SLOTS)
        memory = driver.memory_info().rss
        with journal.opened():
            for number, outcome in enumerate(pool.results([_SECONDS] * count)):
                pid, started, ended = outcome.result
                first[pid] = min(first.get(pid, started), started)
                last, slept = max(last, ended), slept + ended - started
                journal.append(FleetRecord(str(number), "sleep"))
                if number % 1000 == 0:
                    most_memory = max(most_memory, driver.memory_info().rss)
    capacity = sum(last - start for start in first.values())
    write(
        out,
        {
            f"tasks_{count}_overhead": round(capacity / slept - 1, 4),
            # on a busy machine, a process sleeps longer than it asked for
            f"tasks_{count}_overhead_over_50_ms": round(capacity / (count * _SECONDS) - 1, 4),
            "tasks": {
                "count": count,
                "milliseconds": 1000 * _SECONDS,
                "workers": len(first),
                "seconds": round(last - min(first.values()), 1),
                "driver_megabytes_more": round((most_memory - memory) / 1e6, 1),
                "machine": before,
            },
        },
    )


def tiny_skills(folder: Path, count: int) -> None:
    """Write skills that train in a second."""
    rng = random.Random(0)
    words = "red green blue tea milk rice lamp door song news".split()
    for number in range(count):
        splits = {}
        for split, size in (("train", 16), ("validation", 6), ("test", 6)):
            rows = splits[split] = []
            for intent in ("get", "put") * (size // 2):
                word = rng.choice(words)
                rows.append(Utterance(f"{intent} the {word} {number}", intent, (SlotSpan("thing", 8, 8 + len(word)),)))
        write_domain(Domain.from_utterances(f"skill{number}", splits), folder / f"skill{number:03}", "jsonl")


@app.command()
def kills(
    count: Annotated[int, typer.Option(help="Number of kills.")] = 10,
    num_skills: Annotated[int, typer.Option(help="Number of skills.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the moments.")] = 0,
    out: Out = OUT,
) -> None:
    """Kill the driver or a worker again and again, then let the fleet end."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder, results = Path(place), Path(place) / "out" / "fleet.jsonl"
        tiny_skills(folder / "skills", num_skills)
        (folder / "quick.yaml").write_text(yaml.safe_dump(_QUICK))
        build_model(_first_domain(folder / "skills"), seed=1, **_TINY).save_pretrained(folder / "base")
        build_tokenizer().save_pretrained(folder / "base")
        run = command(
            folder / "skills", "--out", folder / "out", "--base", folder / "base", "--steps", 2, "--workers", 2
        )
        run += ["--recipe", str(folder / "quick.yaml"), "--quiet"]
        seen: dict[str, str | None] = {}
        twice, lost, killed = set(), set(), {"driver": 0, "worker": 0}

        def look() -> None:
            now = {name: record.finished for name, record in read_results(results).items()}
            lost.update(seen.keys() - now.keys())
            twice.update(name for name in seen.keys() & now.keys() if seen[name] != now[name])
            seen.update(now)

        while sum(killed.values()) < count:
            what = "worker" if sum(killed.values()) % 3 == 2 else "driver"
            process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            kill_at(process, len(seen) + rng.randint(0, 3), rng.random() * 2, results, what, rng)
            killed[what] += 1
            if what == "driver":
                process.wait()
                look()
            else:
                process.send_signal(signal.SIGINT)
                process.wait()
                look()
        ended = subprocess.run(run, capture_output=True, text=True)
        look()
        missing = [name for name in seen if not (folder / "out" / "models" / name / "model.safetensors").is_file()]
        alone = [path for path in (folder / "out" / "models").iterdir() if path.name not in seen]
    if ended.returncode != 0 or len(seen) != num_skills:
        raise SystemExit(f"the last run failed: {ended.stdout}{ended.stderr}")
    write(
        out,
        {
            "kills": {
                **killed,
                "skills": num_skills,
                "trained_twice": len(twice),
                "lines_lost": len(lost),
                "models_missing": len(missing),
                "models_without_a_line": len(alone),
            }
        },
    )


@app.command()
def page() -> None:
    """Write the page with the arithmetic of 40,000 skills."""
    results = json.loads(OUT.read_text(encoding="utf-8"))
    write_text(ROOT / "docs" / "results" / "fleet_cost.md", cost_page(results["fleet"]))


def _first_domain(folder: Path) -> Domain:
    rows = [Utterance("get the tea", "get", (SlotSpan("thing", 8, 11),)), Utterance("put it", "put", ())]
    return Domain.from_utterances("base", {"train": rows})


def kill_at(
    process: "subprocess.Popen[bytes]", lines: int, wait: float, results: Path, what: str, rng: random.Random
) -> None:
    """Wait until there are some lines of results and a bit more, then kill."""
    until(lambda: process.poll() is not None or (results.exists() and len(read_results(results)) >= lines))
    if not lines:
        time.sleep(rng.random() * 20)
    time.sleep(wait)
    if what == "driver":
        process.kill()
        return
    busy = [child for child in psutil.Process(process.pid).children(recursive=True) if "SkillTrainer" in child.name()]
    for child in busy[:1]:
        child.kill()
    time.sleep(wait * 5)


def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.05)


if __name__ == "__main__":
    app()
