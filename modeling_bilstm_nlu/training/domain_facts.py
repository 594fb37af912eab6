"""What a domain tells a model card."""

from typing import Any

from ..data.domains import Domain
from ..hub.facts import DatasetFacts

__all__ = ["domain_facts", "example_texts"]


def domain_facts(domain: Domain) -> dict[str, Any]:
    """The arguments of `CardFacts` that speak of the data: `datasets`, and `intent_counts` of the training split."""
    counts = dict.fromkeys(domain.spec.intents, 0)
    for intent in domain.splits["train"]["intent"]:
        if intent is not None:
            counts[intent] += 1
    num_utterances = {split: len(domain.splits[split]) for split in domain.splits}
    return {"datasets": (DatasetFacts(domain.name, utterances=num_utterances),), "intent_counts": counts}


def example_texts(domain: Domain, split: str, count: int = 3) -> list[str]:
    """Texts for the card: the first of some intents."""
    first: dict[str | None, str] = {}
    for text, intent in zip(domain.splits[split]["text"], domain.splits[split]["intent"], strict=True):
        first.setdefault(intent, text)
    return list(first.values())[:count]
