"""A server that answers texts with frames over HTTP: many models in one process, on the light runtime."""

from .access import Token, parse_token
from .limits import Limits
from .logs import JsonLines
from .naming import parse_canary
from .server import serve
from .settings import ServerSettings
from .training_limits import TrainingLimits

__all__ = [
    "JsonLines",
    "Limits",
    "ServerSettings",
    "Token",
    "TrainingLimits",
    "parse_canary",
    "parse_token",
    "serve",
]
