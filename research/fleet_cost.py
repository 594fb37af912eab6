"""What it costs to train 40,000 skills each night: arithmetic with measured numbers."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["cost_page"]

_SKILLS = 40_000
_NODES = 100
_CORES = 16
#: Dollars per core and hour: what clouds ask for a shared core, on demand.
_PRICE = 0.05
_PRICE_OF_STORAGE = 0.02  # dollars per gigabyte and month, of object storage
_CHANGED = 0.02  # share of the skills whose data changes in a day
#: Bytes per second at which one process reads and hashes files of a network file system.
_READ = 50e6
_DATA = 100e3  # bytes of one skill
_TEMPLATE = Path(__file__).with_name("fleet_cost_template.md")


def cost_page(fleet: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        fleet: the section `fleet` of the results.
    """
    cpu, overhead = fleet["cpu_seconds_a_skill"], fleet["overhead"]
    factor = 1 + max(0.0, overhead)
    all_hours = _SKILLS * cpu * factor / 3600
    night_hours = all_hours * _CHANGED
    cores = _NODES * _CORES
    tasks = fleet["tasks"]
    storage = _SKILLS * fleet["megabytes_a_skill"] / 1000
    return _TEMPLATE.read_text("utf-8").format(
        trained=fleet["skills"],
        found=fleet["skills_found"],
        every=_ordinal(fleet["every"]),
        workers=fleet["workers"],
        cores=fleet["machine"]["cores"],
        nodes=_NODES,
        node_cores=_CORES,
        price=_PRICE,
        storage_price=_PRICE_OF_STORAGE,
        changed=_CHANGED,
        data=_DATA / 1e3,
        read=_READ / 1e6,
        cpu=cpu,
        overhead=overhead,
        tasks=f"{fleet['tasks_40000_overhead']:.1%}",
        size=fleet["megabytes_a_skill"],
        line=fleet["bytes_a_line"],
        skills=_SKILLS,
        factor=factor,
        all_core_hours=all_hours,
        cores_all=cores,
        all_minutes=60 * all_hours / cores,
        all_money=all_hours * _PRICE,
        num_changed=round(_SKILLS * _CHANGED),
        night_core_hours=night_hours,
        night_money=night_hours * _PRICE,
        night_cores=max(1, math.ceil(night_hours)),
        read_gb=_SKILLS * _DATA / 1e9,
        read_minutes=_SKILLS * _DATA / _READ / 60,
        month_money=30 * night_hours * _PRICE,
        storage=storage,
        storage_money=storage * _PRICE_OF_STORAGE,
        lines=_SKILLS * fleet["bytes_a_line"] / 1e6,
        rate=cores / cpu,
        task_rate=tasks["count"] / tasks["seconds"],
    )


def _ordinal(number: int) -> str:
    return {1: "one", 2: "second", 3: "third"}.get(number, f"{number}th")
