"""Time a training step with one or two threads per process, alone and next to another process."""

import os
from pathlib import Path

import checkout  # noqa: F401

from bilstm_nlu.cli.console import echo, print_table
from bilstm_nlu.files import write_json
from research.threads import measure_threads

RESULT = Path("docs/results/threads.json")

if __name__ == "__main__":
    results = measure_threads()
    write_json(RESULT, {"cores": os.cpu_count(), "steps": results})
    rows = [("processes", "threads each", "ms per step", "utterances/s in total")]
    for found in results:
        step, rate = f"{found['step_ms']:.0f}", f"{found['utterances_per_second']:.0f}"
        rows.append((str(found["processes"]), str(found["threads"]), step, rate))
    print_table(rows)
    echo(f"median of 10 steps of 64 utterances on {os.cpu_count()} cores; {RESULT}")
