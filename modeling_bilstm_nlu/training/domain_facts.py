"""What a domain tells a model card."""

from collections.abc import Iterator
from typing import Any

from ..data.corpus_info import CorpusInfo
from ..data.domains import Domain
from ..data.licences import joint_licence
from ..hub.facts import DatasetFacts

__all__ = ["domain_facts", "example_texts"]


def domain_facts(domain: Domain) -> dict[str, Any]:
    """The arguments of `CardFacts` that speak of the data: what it is, its licences, and how often intents occur."""
    counts = dict.fromkeys(domain.spec.intents, 0)
    for intent in domain.splits["train"]["intent"]:
        if intent is not None:
            counts[intent] += 1
    _, terms = joint_licence(domain.corpora)
    return {"datasets": tuple(_datasets(domain)), "data_terms": terms, "intent_counts": counts}


def _datasets(domain: Domain) -> Iterator[DatasetFacts]:
    """The data as a whole under the licence that holds for the whole, and then the corpora that it was mixed from."""
    num_utterances = {split: len(domain.splits[split]) for split in domain.splits}
    licence, _ = joint_licence(domain.corpora)
    if len(domain.corpora) == 1:
        corpus = domain.corpora[0]
        yield DatasetFacts(domain.name, licence, num_utterances, _hub_id(corpus), corpus.citation)
        return
    yield DatasetFacts(domain.name, licence, num_utterances)
    for corpus in domain.corpora:
        yield DatasetFacts(corpus.title, corpus.licence, hub_id=_hub_id(corpus), citation=corpus.citation)


def _hub_id(corpus: CorpusInfo) -> str | None:
    return None if corpus.hub is None else corpus.hub.path


def example_texts(domain: Domain, split: str, count: int = 3) -> list[str]:
    """Texts for the card: the first of some intents."""
    first: dict[str | None, str] = {}
    for text, intent in zip(domain.splits[split]["text"], domain.splits[split]["intent"], strict=True):
        first.setdefault(intent, text)
    return list(first.values())[:count]
