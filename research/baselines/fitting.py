"""Fit both halves of the baseline to annotated utterances, and choose their regularisation."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from modeling_bilstm_nlu.data.encoding import fit_spans
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.labels_bilstm_nlu import spans_to_tags, tags_to_spans
from modeling_bilstm_nlu.metrics import intent_accuracy, slot_f1

from .intents import IntentClassifier
from .reading import Reading
from .slots import SlotTagger, word_features
from .tuning import Fold, best_of

__all__ = ["Examples", "fit_intents", "fit_slots"]

logger = logging.getLogger(__name__)

# The grids. The defaults did best on the validation splits of SNIPS and of eight MASSIVE scenarios.
#: Inverse strengths of the intent classifier's L2 regularisation; the first is the default.
STRENGTHS = (100.0, 10.0, 1000.0)
#: L1 and L2 weights of the tagger.
PENALTIES = ((0.0, 0.003), (0.01, 0.01), (0.05, 0.01))
#: With at least this many utterances, the second penalties are the default; with fewer, the first.
_ENOUGH_FOR_L1 = 100


@dataclass(frozen=True)
class Examples:
    """Utterances that both halves learn from.

    Attributes:
        utterances: all utterances, training utterances first.
        readings: the reading of each utterance.
        num_train: number of training utterances.
        folds: for the choice of regularisation; without folds, the default is used.
    """

    utterances: Sequence[Utterance]
    readings: Sequence[Reading]
    num_train: int
    folds: Sequence[Fold]

    def rows(self, fold: Fold | None, part: int, field: str) -> list[int]:
        """Indices of utterances with words and an annotation, in a part of a fold; without a fold, in all of train."""
        places = range(self.num_train) if fold is None else fold[part].tolist()
        return [i for i in places if self.readings[i].words and getattr(self.utterances[i], field) is not None]

    def usable_folds(self, field: str) -> list[Fold]:
        """The folds with annotated utterances in both parts."""
        return [fold for fold in self.folds if all(self.rows(fold, part, field) for part in (0, 1))]


def fit_intents(examples: Examples, fallback: str) -> tuple[IntentClassifier, float]:
    """Fit the intent classifier, and choose its regularisation.

    Args:
        examples: the utterances to learn from.
        fallback: the intent to predict if no training utterance has one.
    """

    def fitted(strength: float, fold: Fold | None) -> IntentClassifier:
        rows = examples.rows(fold, 0, "intent")
        intents = [examples.utterances[i].intent or fallback for i in rows] or [fallback]
        return IntentClassifier(strength).fit([examples.readings[i] for i in rows], intents)

    def trial(strength: float, fold: Fold) -> float:
        rows = examples.rows(fold, 1, "intent")
        predicted = fitted(strength, fold).predict([examples.readings[i] for i in rows])
        return intent_accuracy([examples.utterances[i].intent for i in rows], [intent for intent, _ in predicted])

    strength = best_of(STRENGTHS, examples.usable_folds("intent"), trial)
    return fitted(strength, None), strength


def fit_slots(examples: Examples, see_intent: bool) -> tuple[SlotTagger, tuple[float, float]]:
    """Fit the slot tagger, and choose its regularisation.

    Args:
        examples: the utterances to learn from.
        see_intent: give the tagger each utterance's gold intent.
    """
    features, tags = {}, {}
    num_slots = num_widened = num_cut = 0
    for i, (utterance, reading) in enumerate(zip(examples.utterances, examples.readings, strict=True)):
        if utterance.spans is None or not reading.words:
            continue
        features[i] = word_features(reading, utterance.intent if see_intent else None)
        spans, widened, cut = fit_spans(reading.offsets, [span._asdict() for span in utterance.spans])
        tags[i] = spans_to_tags(reading.offsets, spans)
        num_slots += len(utterance.spans)
        num_widened, num_cut = num_widened + widened, num_cut + cut
    for count, what in ((num_widened, "cut a word in two and were widened"), (num_cut, "were cut")):
        if count:
            logger.warning("%d of %d slots (%.1f%%) %s", count, num_slots, 100 * count / num_slots, what)

    def fitted(penalties: tuple[float, float], fold: Fold | None) -> SlotTagger:
        rows = examples.rows(fold, 0, "spans")
        return SlotTagger(*penalties).fit([features[i] for i in rows], [tags[i] for i in rows])

    def trial(penalties: tuple[float, float], fold: Fold) -> float:
        rows = examples.rows(fold, 1, "spans")
        found = fitted(penalties, fold).tag([features[i] for i in rows])
        predicted = [tags_to_spans(examples.readings[i].offsets, row) for i, row in zip(rows, found, strict=True)]
        return slot_f1([examples.utterances[i].spans for i in rows], predicted)

    default = PENALTIES[examples.num_train >= _ENOUGH_FOR_L1]
    candidates = [default, *(penalties for penalties in PENALTIES if penalties != default)]
    penalties = best_of(candidates, examples.usable_folds("spans"), trial)
    return fitted(penalties, None), penalties
