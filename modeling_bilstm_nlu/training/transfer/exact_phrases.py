"""The exact layer: give a model the phrases of a domain, so that the developer's own sentences are right."""

import json
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ...catalogs_bilstm_nlu import SlotCatalogs
from ...data.domains import Domain
from ...data.drop_reasons import DropReason
from ...data.mixtures.mixture import Mixture
from ...data.schema import NO_INTENT, Utterance
from ...data.split_names import SPLITS
from ...data.values.builtin_types import is_builtin, plain_forms
from ...exact_bilstm_nlu import MAX_BYTES, ExactPhrases
from ...forms_bilstm_nlu import Words
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...phrases_bilstm_nlu import MAX_CHARACTERS, cuts_a_word
from .gazetteers import slot_catalogs_of

__all__ = ["MAX_PHRASES", "exact_phrases_of", "take_phrases"]

logger = logging.getLogger(__name__)

#: Number of phrases that a checkpoint may have.
MAX_PHRASES = 200_000


def take_phrases(model: BiLstmNluForIntentAndSlots, domain: Domain, *, keep_phrases: bool = True) -> None:
    """Give a model the phrases of a domain; it answers texts that are equal to them without its network.

    All splits give phrases. So a test of the network on the test split must not use the exact layer; the scores of
    this package never do. A mixture of corpora gives no phrases.

    Args:
        model: model to change in place; it must have the labels and the slot catalogs of the domain.
        domain: domain with the phrases.
        keep_phrases: with `False`, the model loses its phrases and gets no others.
    """
    model.exact_phrases = ExactPhrases()
    if not keep_phrases or isinstance(domain, Mixture):
        return
    model.exact_phrases, left_out = exact_phrases_of(domain, catalogs=model.slot_catalogs)
    if left_out:
        counts = "; ".join(f"{reason}: {number:,}" for reason, number in left_out.items())
        logger.info("domain %s, sentences that only the network answers: %s", domain.name, counts)


def exact_phrases_of(
    domain: Domain,
    *,
    catalogs: SlotCatalogs | None = None,
    max_phrases: int = MAX_PHRASES,
    max_bytes: int = MAX_BYTES,
) -> tuple[ExactPhrases, dict[str, int]]:
    """Collect the phrases of a domain: the carrier phrases of a skill, and annotated utterances of all splits.

    Fillings of carrier phrases are not collected. But where a slot has no known values, the values of its fillings are
    examples of it, so that the fillings are recognised.

    Args:
        domain: the domain.
        catalogs: the slot catalogs of the model; by default those that a model of the domain has.
        max_phrases: the largest number of phrases.
        max_bytes: the largest size of the file.

    Returns:
        The phrases; and reason -> number of sentences that are left out.
    """
    collected = _Collected(domain, slot_catalogs_of(domain) if catalogs is None else catalogs, max_phrases, max_bytes)
    collected.add_carriers()
    collected.add_utterances()
    return collected.phrases(), dict(collected.left_out)


#: Slot type -> words of a form -> the form.
_Forms = dict[str, dict[str, str]]


class _Collected:
    """The phrases of a domain while they are collected."""

    def __init__(self, domain: Domain, catalogs: SlotCatalogs, max_phrases: int, max_bytes: int):
        self.domain = domain
        self.catalogs = catalogs
        self.rows = [row for split in SPLITS if split in domain.splits for row in domain.utterances(split)]
        self.phrases_left = max_phrases
        self.bytes_left = max_bytes - len('{"intents":{},"values":{},"examples":{}}\n')
        self.intents: dict[str, list[Any]] = {}
        self.values: _Forms = {}
        self.examples: _Forms = {}
        self.left_out: Counter[str] = Counter()
        self.groups: set[str] = set()  # of fillings
        self.known: set[str] = set()  # normalised phrases

    def add_carriers(self) -> None:
        """Add the carrier phrases of the skill, and the forms of its types."""
        skill, spec = self.domain.skill, self.domain.spec
        if skill is None:
            return
        filled = {row.group for row in self.rows}
        for slots in (skill.slots.get(intent, {}) for intent in spec.intents):
            for slot, slot_type in slots.items():
                if slot in spec.slot_types and is_builtin(slot_type):
                    self._add_forms(self.values, slot, plain_forms(slot_type))
        for intent, carriers in skill.with_answers().intents.items():
            for carrier in carriers:
                # answers are phrases of the intent only if the reader was asked to use them
                is_own = carrier in skill.intents.get(intent, ())
                if intent not in spec.intents or not (is_own or carrier.key(intent) in filled):
                    continue
                self.groups.add(carrier.key(intent))
                if {slot for slot, _ in carrier.slots} <= set(spec.slot_types):
                    for slot, value in carrier.slots:
                        self._add_forms(self.values, slot, [value] if value is not None else [])
                    self._add(intent, [piece if slot is None else [slot] for piece, slot, _ in carrier.pieces()])
                else:
                    self.left_out[DropReason.PHRASES_WITH_UNTRAINED_SLOTS] += 1

    def add_utterances(self) -> None:
        """Add the annotated utterances, and the values of the fillings of carrier phrases."""
        for row in self.rows:
            if row.group in self.groups:
                self._add_examples(row)
            else:
                self._add_utterance(row)

    def _add_examples(self, row: Utterance) -> None:
        """Add the values of a filling that are new. They are not examples for a phrase without words."""
        new = [
            span
            for span in row.spans or ()
            if not self._is_known(self.values, span.slot_type, row.text[slice(*span[1:])])
        ]
        if new and not any(isinstance(piece, str) and Words.of(piece).words for piece in _pieces(row)):
            self.left_out[DropReason.FILLINGS_WITH_ONLY_INVENTED_VALUES] += 1
            return
        for slot, start, end in new:
            if not self._is_known(self.examples, slot, row.text[start:end]):
                self._add_forms(self.examples, slot, [row.text[start:end]])

    def _is_known(self, lists: _Forms, slot: str, value: str) -> bool:
        """Whether a value is in the slot catalogs or in a list."""
        words = Words.of(value)
        return " ".join(words.words) in lists.get(slot, {}) or any(
            form.next == len(words.words)
            for forms in self.catalogs.forms(slot)
            for form in (forms.at(words, 0) if words.words else ())
        )

    def _add_utterance(self, row: Utterance) -> None:
        """Add an annotated utterance."""
        spec = self.domain.spec
        intent = NO_INTENT if row.intent is None and spec.intents == (NO_INTENT,) else row.intent
        if intent is None or (row.spans is None and spec.slot_types):
            self.left_out[DropReason.UTTERANCES_NOT_ANNOTATED] += 1
        elif intent not in spec.intents or not {span.slot_type for span in row.spans or ()} <= set(spec.slot_types):
            self.left_out[DropReason.UNSEEN_LABELS] += 1
        else:
            self._add(intent, _pieces(row), row.text)

    def _add(self, intent: str, pieces: list[Any], text: str | None = None) -> None:
        """Add a phrase if it is new and fits.

        Args:
            intent: its intent.
            pieces: its pieces, see `phrases_bilstm_nlu`.
            text: the utterance, if it is one.
        """
        words = [Words.of(piece if isinstance(piece, str) else piece[-1]).words for piece in pieces]
        normal = pieces
        if text is None or not cuts_a_word(pieces):
            normal = [
                own or piece if isinstance(piece, str) else [*piece[:1], {"value": own} if piece[1:] else None]
                for piece, own in zip(pieces, words, strict=True)
                if own or len(pieces) == 1 or isinstance(piece, list)
            ]
        key = json.dumps([intent, *normal])
        if key in self.known:
            return
        self.known.add(key)
        phrase = pieces[0] if len(pieces) == 1 and isinstance(pieces[0], str) else pieces
        size = _size(phrase) + (0 if intent in self.intents else _size(intent) + len(":[],"))
        is_long = text is not None and len(text) > MAX_CHARACTERS
        if is_long or self.phrases_left < 1 or size > self.bytes_left:
            self.left_out[DropReason.PHRASES_OVER_THE_LIMIT] += 1
            return
        self.phrases_left -= 1
        self.bytes_left -= size
        self.intents.setdefault(intent, []).append(phrase)

    def _add_forms(self, lists: _Forms, slot: str, forms: Iterable[str]) -> None:
        """Add forms to the list of a slot, each once."""
        own = lists.setdefault(slot, {})
        for form in forms:
            key = " ".join(Words.of(form).words)
            size = _size(form) + (0 if own else _size(slot) + len(":[],"))
            if key and key not in own and size <= self.bytes_left:
                self.bytes_left -= size
                own[key] = form

    def phrases(self) -> ExactPhrases:
        """Return what was collected."""
        lists = {"values": self.values, "examples": self.examples}
        return ExactPhrases(
            {
                "intents": self.intents,
                **{
                    name: {slot: list(own.values()) for slot, own in by_slot.items() if own}
                    for name, by_slot in lists.items()
                },
            }
        )


def _pieces(row: Utterance) -> list[Any]:
    """Cut an utterance into the pieces of a phrase."""
    pieces: list[Any] = []
    end = 0
    for slot, start, after in row.spans or ():
        pieces += [row.text[end:start], [slot, row.text[start:after]]]
        end = after
    return [piece for piece in [*pieces, row.text[end:]] if piece]


def _size(entry: Any) -> int:
    """Return the bytes that an entry takes in the file, with a comma."""
    return len(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()) + 1
