"""The card data that comes from a domain."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..data.corpora.licences import joint_licence
from ..data.corpus_info import CorpusInfo
from ..data.domains import Domain
from ..data.formats.registry import available_corpora
from ..hub.card_data import DatasetFacts

__all__ = ["domain_card_data", "example_texts"]


def domain_card_data(domain: Domain) -> dict[str, Any]:
    """Return the arguments of `CardData` about the data: corpora, language, licence, and counts of the intents."""
    counts = dict.fromkeys(domain.spec.intents, 0)
    for intent in domain.splits["train"]["intent"]:
        if intent is not None:
            counts[intent] += 1
    licence, terms = joint_licence(domain.corpora)
    return {
        "datasets": tuple(_datasets(domain, licence)),
        "data_terms": terms,
        "licence": licence,
        "language": domain.languages,
        "intent_counts": counts,
    }


def _datasets(domain: Domain, licence: str | None) -> Iterator[DatasetFacts]:
    """Yield the data as a whole with its joint licence, then the corpora that it was mixed from."""
    num_utterances = {split: len(domain.splits[split]) for split in domain.splits}
    if len(domain.corpora) == 1 and domain.hub_id is None:
        corpus = domain.corpora[0]
        yield DatasetFacts(domain.name, licence, num_utterances, _hub_id(corpus), corpus.citation, corpus.url)
        return
    yield DatasetFacts(domain.name, licence, num_utterances, domain.hub_id)
    parts = _utterances_by_corpus(domain) if len(domain.corpora) > 1 else {}
    for corpus in domain.corpora:
        counts = parts.get(corpus.title, {})
        where = _hub_id(corpus), corpus.citation, corpus.url
        yield DatasetFacts(corpus.title, corpus.licence, counts, *where, is_part=True)


def _hub_id(corpus: CorpusInfo) -> str | None:
    return None if corpus.hub is None else corpus.hub.path


def _utterances_by_corpus(domain: Domain) -> dict[str, dict[str, int]]:
    """Return title -> split -> utterances of a mixture; in its rows, domains begin with the name of the corpus."""
    titles = {name: info.title for name, info in available_corpora().items()}
    found: dict[str, dict[str, int]] = {}
    for split in domain.splits:
        places = Counter(domain.splits[split].with_format("arrow")[:]["domain"].to_pylist())
        for place, count in places.items():
            if (title := titles.get(str(place).partition("/")[0])) is not None:
                counts = found.setdefault(title, {})
                counts[split] = counts.get(split, 0) + count
    return found


def example_texts(domain: Domain, split: str, count: int = 3) -> list[str]:
    """Return texts for the card: the first text of each of the first intents."""
    first: dict[str | None, str] = {}
    for text, intent in zip(domain.splits[split]["text"], domain.splits[split]["intent"], strict=True):
        first.setdefault(intent, text)
    return list(first.values())[:count]
