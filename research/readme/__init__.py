"""The generated parts of README.md and docs/results/README.md."""

from .example import Step, masked, render_example, run_example
from .frames import render_frames
from .pages import write_example, write_tables
from .studies import render_studies
from .tables import render_comparison, render_costs

__all__ = [
    "Step",
    "masked",
    "render_comparison",
    "render_costs",
    "render_example",
    "render_frames",
    "render_studies",
    "run_example",
    "write_example",
    "write_tables",
]
