"""The card data that comes from a domain."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..data.corpora.licences import licence_of_results
from ..data.corpus_info import CorpusInfo
from ..data.domains import Domain
from ..data.formats.registry import available_corpora
from ..data.values.builtin_types import is_builtin, is_open_type
from ..hub.card_data import DatasetFacts
from ..hub.seen_texts import pack_texts

__all__ = ["domain_card_data", "example_texts", "last_fit_facts", "score_notes"]


#: Number of slots that a note names.
_NAMED = 3


def domain_card_data(domain: Domain) -> dict[str, Any]:
    """Return the arguments of `CardData` about the data: corpora, language, licence, and counts of the intents."""
    counts = dict.fromkeys(domain.spec.intents, 0)
    for intent in domain.splits["train"]["intent"]:
        if intent is not None:
            counts[intent] += 1
    licence, terms = licence_of_results(domain.corpora)
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


def score_notes(domain: Domain, split: str) -> tuple[str, ...]:
    """Return what to know about scores on a split, one sentence each: how many utterances have values of our own."""
    if domain.skill is None or split not in domain.splits:
        return ()
    slots = {slot for slot, types in domain.skill.types_by_slot().items() if any(map(_is_invented(domain), types))}
    rows = domain.utterances(split)
    named = Counter(slot for row in rows for slot in {span.slot_type for span in row.spans or ()} & slots)
    share = sum(any(span.slot_type in slots for span in row.spans or ()) for row in rows) / len(rows)
    if not named:
        return ()
    listed = ", ".join(slot for slot, _ in named.most_common(_NAMED)) + " and others" * (len(named) > _NAMED)
    return (
        f"In {share:.0%} of the utterances of {split}, this package invented values, as the skill lists none "
        f"({listed}); what users say may be harder.",
    )


def _is_invented(domain: Domain) -> Callable[[str], bool]:
    """Return whether the values of a slot type are ours: the skill has none, and people agree on none."""
    catalogs = domain.skill.catalogs if domain.skill is not None else {}

    def is_invented(slot_type: str) -> bool:
        if slot_type in catalogs and catalogs[slot_type].values:
            return False
        return not is_builtin(slot_type) or is_open_type(slot_type)

    return is_invented


def last_fit_facts(domain: Domain, steps: int) -> dict[str, Any]:
    """Return the arguments of `CardData` about a last fit of a number of steps on all splits of a domain."""
    texts = [text for split in domain.splits for text in domain.splits[split]["text"]]
    return {"last_fit_steps": steps, "seen_texts": pack_texts(texts)}


def example_texts(domain: Domain, split: str, count: int = 3) -> list[str]:
    """Return texts for the card: the first text of each of the first intents."""
    first: dict[str | None, str] = {}
    for text, intent in zip(domain.splits[split]["text"], domain.splits[split]["intent"], strict=True):
        first.setdefault(intent, text)
    return list(first.values())[:count]
