"""Train many skills from one generic checkpoint, on Ray."""

from .finding import Found, find_skills
from .manifest import read_manifest
from .publishing import Publishing
from .records import FleetRecord
from .settings import FleetSettings
from .skills import FleetSkill
from .training import FleetReport, FleetRun, train_fleet

__all__ = [
    "FleetRecord",
    "FleetReport",
    "FleetRun",
    "FleetSettings",
    "FleetSkill",
    "Found",
    "Publishing",
    "find_skills",
    "read_manifest",
    "train_fleet",
]
