"""What a frame is worth to the program that acts on it. One module per part; `PARTS` has all of them."""

from .inputs import Inputs, Part
from .own_sentences import own_sentences

__all__ = ["PARTS", "Inputs", "Part"]

#: Key in `docs/results/frames.json` -> the function that measures it.
PARTS: dict[str, Part] = {"own_sentences": own_sentences}
