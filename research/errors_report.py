"""Measure the page of errors of a big skill: every utterance of a public corpus, for a model that gets all wrong."""

from pathlib import Path
from typing import Any

from bilstm_nlu.runtime.nlu import load
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.reports.answers import cases_of
from modeling_bilstm_nlu.reports.error_report import report_errors
from modeling_bilstm_nlu.reports.page import render_page

__all__ = ["measure_errors_report"]

_CORPUS = "massive"


def measure_errors_report(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Return the size of the page of errors of the package's checkpoint on all utterances of MASSIVE.

    The checkpoint has other labels, so every utterance is an error: no page has more to show.

    Args:
        data_dir: the folder that has one folder for each public corpus.

    Raises:
        DataError: the corpus is not there.
    """
    domain = load_domain(_CORPUS, data_dir=data_dir, allow_unseen=True)
    rows = [row for split in domain.splits for row in domain.utterances(split)]
    cases = cases_of(load(DEFAULT_BASE), rows)
    report = report_errors(
        cases,
        model=DEFAULT_BASE,
        data=domain.name,
        split="all",
        threshold=None,
        checked=(cases, rows),
        training=domain.utterances("train"),
    )
    return {
        "errors_report.kb": {
            "value": round(len(render_page(report).encode()) / 1000, 1),
            "unit": "kB, all in one file",
            "command": "python scripts/measure_errors_report.py --data DATA",
            "num_utterances": len(rows),
            "num_wrong": sum(not case.is_right for case in cases),
        }
    }
