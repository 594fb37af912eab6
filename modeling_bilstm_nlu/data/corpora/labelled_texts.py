"""Make utterances from texts with one intent each and no slots; several readers of corpora use this module."""

from dataclasses import dataclass

from bilstm_nlu.errors import DataError

from ..drop_reasons import DropReason
from ..raw_domains import RawDomain
from ..schema import FALLBACK_INTENT, Utterance
from .policies import check_policy

__all__ = ["LabelledTexts"]

_POLICIES = ("fallback", "keep", "drop")


@dataclass(frozen=True)
class LabelledTexts:
    """Makes utterances from texts and labels, and counts in ``raw`` what is left out or changed.

    Args:
        raw: receives the utterances.
        out_of_scope_label: the label of requests that do not fit any intent, if the corpus has such a label.
        out_of_scope: what to do with such requests. ``fallback``: their intent is ``out_of_scope``; ``keep``: the
            label does not change; ``drop``: they are left out.

    Raises:
        DataError: the policy is unknown.
    """

    raw: RawDomain
    out_of_scope_label: str | None = None
    out_of_scope: str = "fallback"

    def __post_init__(self) -> None:
        check_policy("out_of_scope", self.out_of_scope, _POLICIES)

    def add(self, split: str, text: object, label: object, *, domain: str | None = None) -> None:
        """Add a text to a split, with single spaces, unless the policy leaves it out.

        Raises:
            DataError: the text or the label is blank or not a text.
        """
        if not isinstance(text, str) or not isinstance(label, str) or not label.strip():
            raise DataError(f"expected a text and the name of its intent, found {text!r} and {label!r}")
        intent = label.strip()
        is_out_of_scope = intent == self.out_of_scope_label
        if is_out_of_scope and self.out_of_scope == "drop":
            self.raw.drop(DropReason.UTTERANCES_OUT_OF_SCOPE, domain=domain)
            return
        if is_out_of_scope and self.out_of_scope == "fallback":
            intent = FALLBACK_INTENT
        self.raw.add(split, Utterance(" ".join(text.split()), intent, None, domain=domain))
        if intent != label.strip():
            self.raw.drop(DropReason.INTENTS_THAT_BECAME.of(self.out_of_scope_label, FALLBACK_INTENT), domain=domain)
