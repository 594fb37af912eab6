"""Free text: searches, questions, notes and messages."""

from functools import lru_cache

from .media import titles
from .names import people
from .places import cities
from .word_lists import WORDS

__all__ = ["open_phrases"]

_STARTS = ("the best", "some", "more about", "news about", "where to find", "how does one learn about", "pictures of")


@lru_cache
def open_phrases() -> tuple[str, ...]:
    """Return general phrases of one to eight words, for slots that take free text or whose values are not known."""
    topics = WORDS["topic"]
    phrases = [*topics, *WORDS["question"], *WORDS["note"], *titles()[::2], *WORDS["food"][::4]]
    phrases += [f"{_STARTS[(i + j) % len(_STARTS)]} {topic}" for i, topic in enumerate(topics) for j in range(3)]
    phrases += [f"{topic} in {city}" for topic, city in zip(topics[::2], cities()[::17], strict=False)]
    return tuple(dict.fromkeys([*phrases, *cities()[::40], *list(people())[::20]]))
