"""The measurements by name."""

from collections.abc import Callable

from .multi import measure_multi
from .noise import measure_noise
from .other_skills import measure_skills
from .own_sentences import measure_own_sentences
from .public_sets import measure_banking, measure_clinc, measure_hint3
from .settings import Findings, Settings

__all__ = ["STUDIES"]

#: Name -> the measurement; its findings have keys of their own.
STUDIES: dict[str, Callable[[Settings], Findings]] = {
    "oos.skills": measure_skills,
    "oos.clinc150": measure_clinc,
    "oos.banking77": measure_banking,
    "oos.hint3": measure_hint3,
    "own_sentences": measure_own_sentences,
    "multi": measure_multi,
    "noise": measure_noise,
}
