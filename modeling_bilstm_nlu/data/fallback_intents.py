"""Fallback intents: the intent of a skill that means "none of the others", by the names that platforms give it."""

from collections.abc import Iterable

from .domains import Domain

__all__ = ["FALLBACK_NAMES", "fallback_intent", "is_fallback"]

#: Where a fallback intent has which name, without case, spaces and punctuation. The first name of the table that a
#: skill has is its fallback intent.
FALLBACK_NAMES = {
    "amazonfallbackintent": "Alexa, Lex",
    "fallbackintent": "Lex",
    "defaultfallbackintent": "Dialogflow",
    "actionsintentnomatch": "Google Actions",
    "none": "LUIS, CLU",
    "nlufallback": "Rasa",
    "outofscope": "Rasa, and this package for public corpora",
    "oos": "public corpora",
    "outofdomain": "public corpora",
    "fallback": "many",
    "defaultfallback": "many",
    "unhandled": "Jovo",
    "unknown": "many",
}


def _key(intent: str) -> str:
    return "".join(char for char in intent.lower() if char.isalnum())


def is_fallback(intent: str) -> bool:
    """Whether a name is that of a fallback intent."""
    return _key(intent) in FALLBACK_NAMES


def fallback_intent(domain: Domain) -> str | None:
    """Return the fallback intent that a domain declares, with or without utterances; `None` if it declares none.

    The only intent of a domain is not its fallback intent.
    """
    declared = list(domain.spec.intents)
    if len(declared) < 2 and domain.skill is None:
        return None
    if domain.skill is not None:
        declared += [*domain.skill.slots, *domain.skill.intents]
    return _first(declared)


def _first(intents: Iterable[str]) -> str | None:
    ranks = {name: place for place, name in enumerate(FALLBACK_NAMES)}
    found = [intent for intent in dict.fromkeys(intents) if is_fallback(intent)]
    return min(found, key=lambda intent: ranks[_key(intent)], default=None)
