"""Corpora of texts with one intent each and no slots: what their readers share."""

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
    """Makes utterances out of texts and labels, and counts in ``raw`` what is lost or changed.

    Args:
        raw: where the utterances go.
        out_of_scope_label: the label of requests that fit no intent, if there is one.
        out_of_scope: what becomes of them. ``fallback``: their intent is ``out_of_scope``; ``keep``: the label stays;
            ``drop``: they are left out.

    Raises:
        DataError: an unknown policy.
    """

    raw: RawDomain
    out_of_scope_label: str | None = None
    out_of_scope: str = "fallback"

    def __post_init__(self) -> None:
        check_policy("out_of_scope", self.out_of_scope, _POLICIES)

    def add(self, split: str, text: object, label: object, *, domain: str | None = None) -> None:
        """Add a text to a split with its white space collapsed, unless the policy leaves it out.

        Raises:
            DataError: text or label is blank or no text.
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
