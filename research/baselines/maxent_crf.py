"""The baseline of Goyal et al. 2018 (arXiv:1805.01542): a MaxEnt intent classifier and a CRF slot tagger."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from bilstm_nlu.staging import staged
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.frames_bilstm_nlu import Frame
from modeling_bilstm_nlu.training.intent_slots import declared_slots

from .fitting import Examples, fit_intents, fit_slots
from .frames import Baseline, frame_of, read_facts
from .intents import IntentClassifier
from .reading import TextReader
from .slots import SlotTagger, word_features
from .tuning import cut_folds

__all__ = ["MaxEntCrf", "Regularisation"]

_FORMAT = 1
_FACTS, _WEIGHTS, _TAGGER = "baseline.json", "intents.safetensors", "slots.crfsuite"


@dataclass(frozen=True)
class Regularisation:
    """The regularisation that was chosen for a domain.

    Attributes:
        intent_strength: inverse of the L2 regularisation of the intent classifier (``C`` of scikit-learn).
        slot_l1: weight of the L1 regularisation of the tagger (``c1`` of CRFsuite).
        slot_l2: weight of the L2 regularisation of the tagger (``c2``).
    """

    intent_strength: float
    slot_l1: float
    slot_l2: float


class MaxEntCrf(Baseline):
    """Intents by logistic regression, slots by a conditional random field, with the words of the network.

    Args:
        gazetteers: use the slot catalogs of the domain.
        slots_see_intent: give the tagger the intent: the gold intent in training, the predicted one later. Without it,
            the two halves are independent, as in the paper.

    Attributes:
        regularisation: as chosen in ``fit``; ``None`` before.
    """

    def __init__(self, *, gazetteers: bool = True, slots_see_intent: bool = True):
        self.gazetteers, self.slots_see_intent = gazetteers, slots_see_intent
        self.regularisation: Regularisation | None = None
        self._intents: IntentClassifier | None = None
        self._slots = SlotTagger(0.0, 0.0)
        self._reader = TextReader({})
        self._intent_slots: dict[str, list[str]] = {}

    def fit(
        self, domain: Domain, split: str = "train", *, tune: bool = True, validation: str | None = "validation"
    ) -> "MaxEntCrf":
        """Fit to a split of a domain.

        An utterance without an annotated intent is used for slots only; one without annotated slots, for intents only.
        Slots that cut a word are widened to the whole word for training.

        Args:
            domain: the data and its catalogs.
            split: the split to learn from.
            tune: choose the regularisation from a small grid (see ``fitting``); otherwise use the defaults.
            validation: the split to choose by; if it does not exist, cross-validation on the training split is used.

        Raises:
            DataError: the domain has no such split.
        """
        train = domain.utterances(split)
        held_out = domain.utterances(validation) if tune and validation and validation in domain.splits else []
        utterances = [*train, *held_out]
        catalogs = domain.catalogs if self.gazetteers else {}
        self._reader = TextReader({slot_type: catalog.surface_forms() for slot_type, catalog in catalogs.items()})
        readings = self._reader.read([utterance.text for utterance in utterances])
        folds = cut_folds(train) if tune and not held_out else []
        if held_out:
            folds = [(np.arange(len(train)), np.arange(len(train), len(utterances)))]
        examples = Examples(utterances, readings, len(train), folds)
        self._intents, strength = fit_intents(examples, fallback=domain.spec.intents[0])
        self._slots, penalties = fit_slots(examples, self.slots_see_intent)
        self.regularisation = Regularisation(strength, *penalties)
        self._intent_slots = declared_slots(domain)
        return self

    def predict(self, texts: Iterable[str]) -> list[Frame]:
        if self._intents is None:
            raise NluError("this baseline is not fitted yet; call fit or load")
        texts = list(texts)
        readings = self._reader.read(texts)
        intents = self._intents.predict(readings)
        tags = self._slots.tag(
            [
                word_features(reading, intent if self.slots_see_intent else None)
                for reading, (intent, _) in zip(readings, intents, strict=True)
            ]
        )
        return [
            frame_of(text, reading.offsets, intent, row, self._intent_slots)
            for text, reading, intent, row in zip(texts, readings, intents, tags, strict=True)
        ]

    def save(self, folder: str | Path) -> None:
        """Write the baseline to a folder of JSON, safetensors and a model file of CRFsuite.

        Raises:
            NluError: the baseline is not fitted yet.
        """
        if self._intents is None or self.regularisation is None:
            raise NluError("this baseline is not fitted yet; call fit before save")
        names, arrays = self._intents.state()
        facts = {
            "format_version": _FORMAT,
            "gazetteers": self.gazetteers,
            "slots_see_intent": self.slots_see_intent,
            "regularisation": asdict(self.regularisation),
            "catalogs": self._reader.catalogs,
            "intent_slots": self._intent_slots,
            "intents": names,
        }
        with staged(Path(folder)) as build:
            build.mkdir()
            write_json(build / _FACTS, facts)
            (build / _WEIGHTS).write_bytes(save(arrays))  # `save_file` would make the file private
            if model := self._slots.to_bytes():
                (build / _TAGGER).write_bytes(model)

    @classmethod
    def load(cls, folder: str | Path) -> "MaxEntCrf":
        """Load a folder that ``save`` wrote. The folder must stay in its place while the baseline is used.

        Raises:
            NluError: the folder is not such a folder, has a newer format, or is damaged.
        """
        folder = Path(folder)
        facts = read_facts(folder / _FACTS, _FORMAT)
        baseline = cls(gazetteers=facts["gazetteers"], slots_see_intent=facts["slots_see_intent"])
        baseline.regularisation = Regularisation(**facts["regularisation"])
        baseline._reader = TextReader(facts["catalogs"])
        baseline._intent_slots = facts["intent_slots"]
        try:
            baseline._intents = IntentClassifier.from_state(facts["intents"], load_file(folder / _WEIGHTS))
            if (folder / _TAGGER).exists():
                baseline._slots = SlotTagger.load(folder / _TAGGER)
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise NluError(f"{folder}: the baseline is damaged ({error}); fit it again") from error
        return baseline
