"""Read the example skill of the package: an assistant for a garden with sprinklers and a greenhouse."""

from pathlib import Path

from ....raw_domains import RawDomain
from .reader import read_ask

__all__ = ["EXAMPLE_SKILL", "read_smart_garden"]

#: The file of the example skill, an Alexa interaction model.
EXAMPLE_SKILL = Path(__file__).parents[4] / "examples" / "smart_garden.json"


def read_smart_garden(*, seed: int = 0, max_per_carrier: int = 20, max_utterances: int = 5000) -> RawDomain:
    """Read the example skill; the options mean the same as those of ``read_ask``."""
    return read_ask(
        EXAMPLE_SKILL, seed=seed, locale="en-US", max_per_carrier=max_per_carrier, max_utterances=max_utterances
    )
