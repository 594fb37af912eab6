"""Studies: what transfer brings on public data, measured by one protocol."""

from .comparison import Arm, Protocol, run_arm, run_grid
from .summary import better_of, relative_reduction, steps_ratio, summarise

__all__ = ["Arm", "Protocol", "better_of", "relative_reduction", "run_arm", "run_grid", "steps_ratio", "summarise"]
