"""What a training run has to tell: what it did with the data, how good the model is, its licence, what comes next."""

import shlex
from typing import TYPE_CHECKING, Any

from .console import echo, plural, print_table
from .score_lines import score_row

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.hub.card_data import CardData
    from modeling_bilstm_nlu.training.runs import RunResult

__all__ = ["tell", "told_as_json"]

#: With fewer test utterances, one answer more or less changes a score by more than 3 points.
_FEW = 30
_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy")


def tell(result: "RunResult", domain: "Domain", folder: str) -> None:
    """Print the story of a run, in about 15 lines.

    Args:
        result: the result of the run.
        domain: the data that it trained on.
        folder: the folder of the model, as the user named it.
    """
    card = _card(result)
    echo()
    echo(_data_story(result, domain))
    total = result.num_utterances[result.split]
    phrases = f" of {plural(result.num_groups, 'carrier phrase')}" if result.num_groups < total else ""
    echo()
    echo(f"{result.split}: {plural(total, 'utterance')}{phrases}, with 95 % intervals")
    named = [name for name in _SCORES if name in result.scores]
    print_table([score_row(name, result.scores[name], *result.intervals.get(name, (None, None))) for name in named])
    if "threshold" in result.scores:
        lost = int(result.scores["num_wrongly_rejected"])
        least = result.scores["threshold"]
        echo(f"refuses what is not meant for it, and {lost:,} of these utterances by mistake; threshold {least:.2f}")
    if total < _FEW:
        echo(f"{plural(total, 'utterance')} are few: scores may be far off; `bilstm-nlu eval DATA` scores other data")
    for note in result.score_notes:
        echo(note)
    echo()
    best = f", best at step {result.best_step:,}" if result.best_step != result.steps else ""
    steps = plural(result.steps, "step")
    echo(f"trained {steps} in {result.seconds:.0f} s{best}; {result.num_parameters:,} parameters")
    echo(f"model in {folder}; licence: {_licence_story(card)}")
    if result.example is not None:
        frame = result.example
        slots = "".join(f", {slot['slot_type']} {slot['value']!r}" for slot in frame["slots"])
        echo(f"for example, it understands {frame['text']!r}: {frame['intent']}{slots}")
    echo(f"next: {_next(result, folder)}")


def told_as_json(result: "RunResult", domain: "Domain", folder: str) -> dict[str, Any]:
    """The story of a run as plain values; the arguments are those of `tell`."""
    card = _card(result)
    return {
        "model": folder,
        "data": result.domain,
        "base": None if card is None else card.base_model,
        "num_utterances": result.num_utterances,
        "dropped": {str(reason): count for reason, count in domain.dropped.items()},
        "split": result.split,
        "scores": result.scores,
        "intervals": {name: list(ends) for name, ends in result.intervals.items()},
        "num_groups": result.num_groups,
        "score_notes": list(result.score_notes),
        "steps": result.steps,
        "best_step": result.best_step,
        "last_fit_steps": result.last_fit_steps,
        "num_last_fit": _num_in_last_fit(domain) if result.last_fit_steps else 0,
        "seconds": round(result.seconds, 2),
        "num_parameters": result.num_parameters,
        "licence": None if card is None else card.licence,
        "licence_terms": None if card is None else card.data_terms,
        "example": result.example,
        "next": _next(result, folder),
    }


def _card(result: "RunResult") -> "CardData | None":
    from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data

    return read_card_data(result.folder / CARD_DATA_FILE)


def _data_story(result: "RunResult", domain: "Domain") -> str:
    """What each part of the data was for."""
    counts = result.num_utterances
    parts = [f"learned {plural(counts['train'], 'utterance')}"]
    if "validation" in counts:
        parts.append(f"chose the best step on {counts['validation']:,}")
    if result.split not in ("train", "validation"):
        parts.append(f"scored on {counts[result.split]:,} that it had not seen")
    elif result.split == "validation":
        parts.append("scored on the same, so the scores are a little too good")
    if result.last_fit_steps:
        parts.append(f"then learned all {_num_in_last_fit(domain):,}")
    return ", ".join(parts)


def _num_in_last_fit(domain: "Domain") -> int:
    """The number of utterances of all splits whose labels training has seen."""
    intents, slot_types = {None, *domain.spec.intents}, set(domain.spec.slot_types)
    return sum(
        row.intent in intents and {span.slot_type for span in row.spans or ()} <= slot_types
        for split in domain.splits
        for row in domain.utterances(split)
    )


def _licence_story(card: "CardData | None") -> str:
    if card is None or (card.licence is None and card.base_licence is None):
        return "that of your data, which is not known here"
    if card.licence is None:
        return f"that of your data; name {card.base_model}, which is under {card.base_licence}"
    if card.licence == "other":
        return "none for all of it; its card has the terms"
    own = card.datasets[0].licence if card.datasets else None
    because = f", as {card.base_model} demands" if card.base_model and own != card.licence else ""
    return f"{card.licence}{because}"


def _next(result: "RunResult", folder: str) -> str:
    text = result.example["text"] if result.example is not None else "TEXT"
    return f"bilstm-nlu parse {shlex.quote(text)}"
