"""The known limits of a checkpoint, one sentence each, written from its card data."""

import re
from collections.abc import Sequence

from bilstm_nlu.escaping import as_markdown, one_line

from .card_data import CardData
from .card_metadata import languages_of
from .card_scores import ranked_intents

__all__ = ["as_sentence", "limits_of"]

_FEW = 10  # utterances
_SHOWN, _WORST = 10, 5  # intents


def limits_of(card_data: CardData) -> list[str]:
    """The known limits of a checkpoint, one sentence each."""
    lines = []
    if len(card_data.intent_counts) > 1:
        counts = sorted(card_data.intent_counts.items(), key=lambda item: (item[1], item[0]))
        (rare, fewest), (common, most) = counts[0], counts[-1]
        if fewest < most:
            lines.append(
                f"Training saw {fewest:,} utterance{'s' * (fewest != 1)} of {as_markdown(rare)} and {most:,} of "
                f"{as_markdown(common)}: the model prefers common intents and is weaker on rare ones."
            )
    if few := sorted(name for name, count in card_data.intent_counts.items() if count < _FEW):
        lines.append(
            f"For {_number_of(few, 'intent')} it saw fewer than {_FEW} training utterances, so scores say little: "
            + _some(few)
        )
    if (ranked := ranked_intents(card_data)) is not None and (
        weak := [item for item in ranked[2] if item[1] < 1][:_WORST]
    ):
        listed = ", ".join(f"{as_markdown(name)} ({f1:.2f} on {count:,})" for name, f1, count in weak)
        lines.append(f"Its weakest intents on the {as_markdown(ranked[0])} split (F1, utterances): {listed}.")
    if languages := languages_of(card_data):
        spoken = ", ".join(as_markdown(language) for language in languages)
        lines.append(f"It was trained on utterances in {spoken}. Do not use it for other languages.")
    if card_data.max_bytes is not None:
        lines.append(f"It reads the first {card_data.max_bytes:,} bytes of a text and ignores the rest.")
    if card_data.gazetteers:
        lines.append("It matches the values of the slot catalogs it was made with; new values need a new checkpoint.")
    lines.extend(as_sentence(line) for line in card_data.limits if one_line(line))
    lines.append(
        "What the training data lacks or distorts (dialects, names, ways of asking), the model lacks or distorts, too."
    )
    return lines


def _number_of(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'s' * (len(names) != 1)}"


def _some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(as_markdown, names[:_SHOWN])) + more + "."


def as_sentence(text: str) -> str:
    """A sentence from the caller as plain Markdown text, not as a code span."""
    return re.sub(r"^[^a-zA-Z]|[`*_{}\[\]()<>#|&\\~$!]", lambda match: f"&#{ord(match[0])};", one_line(text))
