"""Read thousands of broken files with every reader; each must give valid data or one clear error.

python scripts/fuzz_readers.py --cases 10000 --out docs/results/fuzz.json
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import checkout  # noqa: F401
from tqdm import tqdm

import modeling_bilstm_nlu.data.formats.known  # noqa: F401  registers all formats
from bilstm_nlu.files import write_json
from modeling_bilstm_nlu.data.formats.registry import available_formats, format_for
from research.fuzzing import Sample, fuzz

SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "samples"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="*", type=Path, help="files and folders to mutate (default: tests/samples/*)")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON file for the counts")
    arguments = parser.parse_args()

    logging.disable(logging.WARNING)
    paths = arguments.samples or sorted(SAMPLES.iterdir())
    samples = [Sample(format_for(path).name, path) for path in paths]
    if untried := sorted(set(available_formats()) - {sample.format for sample in samples}):
        print(f"there is no sample of: {', '.join(untried)}")
    with tempfile.TemporaryDirectory() as folder, tqdm(total=arguments.cases, unit="file") as bar:
        reports = fuzz(samples, arguments.cases, folder=Path(folder), seed=arguments.seed, on_case=bar.update)
        for name, report in reports.items():
            print(f"{name}: {report.num_cases} files, {report.num_valid} valid, {report.num_refused} refused, "
                  f"slowest {report.slowest:.2f} s, {len(report.failures)} failures")  # fmt: skip
            for failure in report.failures[:3]:
                print(f"    {failure}")
    if arguments.out:
        counts = {name: {**report.as_dict(), "slowest": round(report.slowest, 2)} for name, report in reports.items()}
        write_json(arguments.out, {"cases": arguments.cases, "seed": arguments.seed, "formats": counts})
    return int(any(report.failures for report in reports.values()))


if __name__ == "__main__":
    sys.exit(main())
