"""Make `research` importable for the scripts next to this file: it is part of the checkout and is not installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
