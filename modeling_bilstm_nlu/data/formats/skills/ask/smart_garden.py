"""The example skill that ships with the package: an assistant for a garden with sprinklers and a greenhouse."""

from pathlib import Path

from ....raw_domains import RawDomain
from .reader import read_ask

__all__ = ["EXAMPLE_SKILL", "read_smart_garden"]

#: An Alexa interaction model, as a developer would write it.
EXAMPLE_SKILL = Path(__file__).parents[4] / "examples" / "smart_garden.json"


def read_smart_garden(*, seed: int = 0, max_per_carrier: int = 20, max_utterances: int = 5000) -> RawDomain:
    """Read the example skill; options as in ``read_ask``."""
    return read_ask(
        EXAMPLE_SKILL, seed=seed, locale="en-US", max_per_carrier=max_per_carrier, max_utterances=max_utterances
    )
