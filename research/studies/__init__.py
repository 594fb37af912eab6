"""Studies: what transfer improves on public data, measured with one protocol."""

from .comparison import run_arm
from .figures import better_of, relative_reduction
from .grid import run_grid
from .protocol import Arm, Protocol
from .summary import steps_ratio, summarise

__all__ = ["Arm", "Protocol", "better_of", "relative_reduction", "run_arm", "run_grid", "steps_ratio", "summarise"]
