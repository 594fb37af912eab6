"""Test the local hub: throughput compared with cp, 50 pulls and 8 pushes at once, 20 kills during a push, attacks.

python scripts/soak_hub.py --out docs/results/hub.json
"""

import argparse
import sys
from pathlib import Path

import checkout  # noqa: F401

from bilstm_nlu.files import write_json
from research.hub_soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20, help="number of kills")
    parser.add_argument("--clients", type=int, default=50, help="number of pulls at the same time")
    parser.add_argument("--repeats", type=int, default=5, help="number of pushes and pulls whose time is measured")
    parser.add_argument("--out", type=Path, default=Path("docs/results/hub.json"))
    arguments = parser.parse_args()

    found = soak(trials=arguments.trials, clients=arguments.clients, repeats=arguments.repeats)
    write_json(arguments.out, found)
    megabytes = found["throughput"]["bytes"] / 1e6
    for name in ("push", "pull", "cp", "sha256"):
        seconds = found["throughput"][f"{name}_s"]
        print(f"{name:6} {megabytes:.0f} MB in {seconds:.2f} s: {megabytes / seconds:.0f} MB/s")
    for name in ("pulls", "pushes", "kills"):
        print(f"{name}: {', '.join(f'{key} {value:.4g}' for key, value in found[name].items())}")
    attacks = found["attacks"]
    print(f"attacks: {attacks['tried']} tried, {attacks['failed']} failed {attacks['names']}")
    print(f"contents lost: {found['lost_contents']}")
    print(f"on {found['cores']} cores, medians; {arguments.out}")
    broken = found["pulls"]["errors"] or found["pushes"]["errors"] or found["kills"]["between"]
    return int(bool(broken or attacks["failed"] or found["lost_contents"]))


if __name__ == "__main__":
    sys.exit(main())
