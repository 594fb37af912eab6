"""Render the model card, a README.md with metadata, from card data. Equal data gives equal text, byte for byte."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import jinja2

from bilstm_nlu.escaping import as_code_literal, as_markdown, one_line

from .card_data import CardData, DatasetFacts
from .card_limits import as_sentence, limits_of
from .card_metadata import card_metadata, languages_of
from .card_scores import all_score_rows, finite_scores, main_score_rows, ranked_intents, rejections, warnings

__all__ = ["render_card"]

_CURVE_COLUMNS = ("step", "examples", "seconds", "intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")
_CURVE_ROWS = 20
_RANKED = 20  # intents
_IN_A_SENTENCE = 8  # labels that the first sentence names; more are only counted there
_IN_A_PARAGRAPH = 20  # labels; more are grouped by what is before their first dot, such as the corpus of a mixture

_PLAIN = re.compile(r"[\w./-]+", re.ASCII)  # a name that a shell takes as it is

_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)
_ENVIRONMENT.filters |= {"md": as_markdown, "code": as_code_literal, "sentence": as_sentence}


@cache
def _template() -> jinja2.Template:
    return _ENVIRONMENT.from_string(Path(__file__).with_name("card_template.md").read_text(encoding="utf-8"))


def render_card(card_data: CardData) -> str:
    """The text of README.md: metadata between `---` lines, then the card. Sections without data are left out."""
    scores = finite_scores(card_data.metrics)
    columns, rows, note = _curve(card_data.learning_curve)
    parts = [dataset for dataset in card_data.datasets if dataset.is_part]
    body = _template().render(
        card_data=card_data,
        title=card_data.model_name.rpartition("/")[2] or card_data.model_name,
        shell_name=card_data.model_name if _PLAIN.fullmatch(card_data.model_name) else "NAME",
        usage_text=card_data.examples[0]["text"] if card_data.examples else "what can you do",
        splits={split: int(values.get("num_utterances", 0)) for split, values in scores.items()},
        main_rows=main_score_rows(card_data, scores),
        score_rows=all_score_rows(scores),
        warnings=warnings(scores),
        rejections=rejections(card_data, scores),
        in_a_sentence=_IN_A_SENTENCE,
        intents=_groups(card_data.intents),
        slot_types=_groups(card_data.slot_types),
        is_mixture=len(parts) > 1 and card_data.base_model is None,
        num_parts=len(parts),
        languages=languages_of(card_data),
        licence=one_line(card_data.licence or ""),
        wholes=[(dataset, _utterances(dataset)) for dataset in card_data.datasets if not dataset.is_part],
        sizes=_sizes(card_data),
        ranked=ranked_intents(card_data),
        num_ranked=_RANKED,
        curve_columns=columns,
        curve_rows=rows,
        curve_note=note,
        cited=[dataset for dataset in card_data.datasets if dataset.citation or dataset.url],
        limits=limits_of(card_data),
    )
    return f"---\n{card_metadata(card_data, scores).to_yaml(line_break=chr(10))}\n---\n\n{body}"


def _groups(labels: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Labels by what is before their first dot, if they are many and have such groups; else one group without a name.

    A group of one label is put to those without a name, which come last.
    """
    if len(labels) <= _IN_A_PARAGRAPH:
        return [("", list(labels))] if labels else []
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.partition(".")[0], []).append(label)
    named = {name: found for name, found in groups.items() if len(found) > 1}
    if len(named) < 2:
        return [("", list(labels))]
    found: list[tuple[str, list[str]]] = [
        (name, [label.partition(".")[2] or label for label in group]) for name, group in named.items()
    ]
    others = [label for label in labels if label.partition(".")[0] not in named]
    return [*found, ("", others)] if others else found


def _utterances(dataset: DatasetFacts) -> str:
    """The utterances of a dataset, by split."""
    return ", ".join(f"{as_markdown(split)}: {count:,}" for split, count in dataset.utterances.items())


def _sizes(card_data: CardData) -> list[str]:
    lines = []
    if card_data.num_parameters is not None:
        lines.append(f"{card_data.num_parameters:,} parameters")
    if card_data.size_in_bytes is not None:
        packed = "; packed: embeddings in 8 bits, all other weights in half precision"
        is_packed = card_data.config.get("packed_weights")
        lines.append(
            f"{card_data.size_in_bytes / 1e6:,.1f} MB of tensors, as safetensors{packed if is_packed else ''}"
        )
    if card_data.num_words is not None:
        lines.append(f"{card_data.num_words:,} words with a vector of their own")
    if (latency := card_data.latency) is not None:
        lines.append(
            f"{latency.median_ms:.2f} ms per utterance, from the text to the frame: the median of "
            f"{latency.num_calls:,} calls on {latency.num_texts:,} text{'s' * (latency.num_texts != 1)}, one by one, "
            f"{latency.num_threads} compute thread{'s' * (latency.num_threads != 1)}, "
            f"{as_markdown(latency.processor)}; 90% of the calls took up to {latency.p90_ms:.2f} ms"
        )
    return lines


def _curve(points: Sequence[Mapping[str, float]]) -> tuple[list[str], list[list[str]], str | None]:
    """Columns, rows, and a note if rows are left out. The first and the last point are always shown."""
    columns = [name for name in _CURVE_COLUMNS if any(name in point for point in points)]
    places = list(range(len(points)))
    if len(points) > _CURVE_ROWS:
        places = sorted({round(i * (len(points) - 1) / (_CURVE_ROWS - 1)) for i in range(_CURVE_ROWS)})
    rows = [[_number(points[i].get(name), name) for name in columns] for i in places] if columns else []
    note = f"{len(rows)} of {len(points)} evaluations are shown; all are in `learning_curve.json`."
    return columns, rows, note if len(rows) < len(points) else None


def _number(value: float | None, name: str) -> str:
    if value is None or not math.isfinite(value):
        return ""
    if name in ("step", "examples"):
        return f"{int(value):,}"
    return f"{value:,.1f}" if name == "seconds" else f"{value:.4f}"
