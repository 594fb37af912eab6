"""Rivals that learn from the skill alone: MaxEnt + CRF, and spaCy with a text classifier and a tagger of spans."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.schema import Utterance

from ..baselines.maxent_crf import MaxEntCrf

__all__ = ["fitted_rivals"]

_EPOCHS = 5  # enough for the usual course of the transition-based tagger; the time hardly depends on it
_BATCH_SIZE = 32


def fitted_rivals(domain: Domain) -> dict[str, Callable[[str], Any]]:
    """Fit the rivals that are installed to the train split of a skill.

    Args:
        domain: the skill.

    Returns:
        Name -> function that parses a text.
    """
    maxent = MaxEntCrf()
    maxent.fit(domain, tune=False)
    rivals: dict[str, Callable[[str], Any]] = {"maxent_crf": lambda text: maxent.predict([text])[0]}
    try:
        import spacy
    except ModuleNotFoundError:
        return rivals
    pipeline = _fit_spacy(spacy, domain.utterances("train"))

    def parse(text: str) -> Any:
        doc = pipeline(text)
        return max(doc.cats.items(), key=lambda pair: pair[1]), [
            (e.label_, e.start_char, e.end_char) for e in doc.ents
        ]

    return {**rivals, "spacy": parse}


def _fit_spacy(spacy: Any, rows: Sequence[Utterance]) -> Any:
    """A blank English pipeline, trained for a few epochs. Slots that do not meet its words are left out."""
    pipeline = spacy.blank("en")
    classifier, tagger = pipeline.add_pipe("textcat"), pipeline.add_pipe("ner")
    intents = sorted({row.intent for row in rows if row.intent is not None})
    for intent in intents:
        classifier.add_label(intent)
    examples = []
    for row in rows:
        doc = pipeline.make_doc(row.text)
        spans = [doc.char_span(span.start, span.end, label=span.slot_type) for span in row.spans or ()]
        entities = [(span.start_char, span.end_char, span.label_) for span in spans if span is not None]
        for _, _, label in entities:
            tagger.add_label(label)
        gold = {"cats": {intent: float(intent == row.intent) for intent in intents}, "entities": entities}
        examples.append(spacy.training.Example.from_dict(doc, gold))
    optimizer = pipeline.initialize(lambda: examples)
    rng = random.Random(0)
    for _ in range(_EPOCHS):
        rng.shuffle(examples)
        for batch in spacy.util.minibatch(examples, _BATCH_SIZE):
            pipeline.update(batch, sgd=optimizer)
    return pipeline
