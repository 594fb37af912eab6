"""Render the model card, a README.md with metadata, from card data. Equal data gives equal text, byte for byte."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2
from huggingface_hub import EvalResult, ModelCardData

from bilstm_nlu.escaping import as_code_literal, as_markdown, one_line

from .card_data import CardData, DatasetFacts

__all__ = ["METRICS", "PIPELINE_TAG", "is_repository_id", "render_card"]

#: Metric -> (description, the hub's name for the kind of metric, or None if the metric is not in the metadata).
METRICS: dict[str, tuple[str, str | None]] = {
    "intent_accuracy": ("share of utterances with the right intent", "accuracy"),
    "slot_precision": ("share of predicted slots that are right", None),
    "slot_recall": ("share of gold slots that are found", None),
    "slot_f1": ("harmonic mean of slot precision and recall, over all slots", "f1"),
    "frame_accuracy": ("share of utterances with the intent and all slots right", "exact_match"),
    "combined_error": ("mean of intent error and slot error (1 - slot F1); lower is better", "combined_error"),
    "semantic_error_rate": (
        "substituted, deleted and inserted slots and intents, divided by gold ones; lower is better",
        None,
    ),
    "calibration_error": ("how far the scores of accepted frames are from probabilities; lower is better", None),
    "out_of_scope_recall": ("share of the utterances without an intent of this model that is rejected", None),
    "out_of_scope_auroc": ("how well the score separates them from the other utterances; 0.5 is chance", None),
}
_COUNTS = {
    "num_utterances": "utterances scored",
    "num_intent_annotated": "utterances scored that have a gold intent",
    "num_slot_annotated": "utterances scored that have gold slots",
    "num_out_of_scope": "utterances scored that are out of scope: none of the intents of this model is right",
    "num_accepted": "frames accepted",
    "num_rejected": "frames rejected",
    "num_wrongly_accepted": "frames accepted although another intent is right, or none",
    "num_wrongly_rejected": "frames rejected although the intent is right",
}
_CURVE_COLUMNS = ("step", "examples", "seconds", "intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")
_CURVE_ROWS = 20
_FEW = 10  # utterances
_SHOWN, _WORST, _RANKED = 10, 5, 20  # intents
_TAGS = ["bilstm-nlu", "intent-classification", "slot-filling", "nlu", "bilstm", "token-classification"]
#: The hub's own name for the task. `pipeline(tag, model=..., trust_remote_code=True)` must run: the hub writes it
#: under "Use this model", and a widget runs it. Intents are classes of texts, and the checkpoint tells transformers
#: how to classify them (`AUTO_MAP` in modeling_bilstm_nlu.py). `token-classification` fails, and so does a name of our
#: own, which the hub does not know. Without a tag, the hub's filters would not find the model.
PIPELINE_TAG = "text-classification"

_BARE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_REPOSITORY_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)

_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)
_ENVIRONMENT.filters |= {"md": as_markdown, "code": as_code_literal, "sentence": lambda text: _as_sentence(text)}


@cache
def _template() -> jinja2.Template:
    return _ENVIRONMENT.from_string(Path(__file__).with_name("card_template.md").read_text(encoding="utf-8"))


def render_card(card_data: CardData) -> str:
    """The text of README.md: metadata between `---` lines, then the card. Sections without data are left out."""
    scores = _finite(card_data.metrics)
    columns, rows, note = _curve(card_data.learning_curve)
    body = _template().render(
        card_data=card_data,
        title=card_data.model_name.rpartition("/")[2] or card_data.model_name,
        usage_text=card_data.examples[0]["text"] if card_data.examples else "what can you do",
        splits=list(scores),
        score_rows=_score_rows(scores),
        sizes=_sizes(card_data),
        ranked=_ranked_intents(card_data),
        num_ranked=_RANKED,
        curve_columns=columns,
        curve_rows=rows,
        curve_note=note,
        cited=[dataset for dataset in card_data.datasets if dataset.citation or dataset.url],
        limits=_limits(card_data, scores),
    )
    return f"---\n{_metadata(card_data, scores).to_yaml(line_break=chr(10))}\n---\n\n{body}"


def _metadata(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> ModelCardData:
    datasets = _dataset_ids(card_data.datasets)
    results = _eval_results(card_data, scores)
    more: dict[str, Any] = {"model_name": one_line(card_data.model_name), "eval_results": results} if results else {}
    if results:
        more["metrics"] = list(dict.fromkeys(result.metric_type for result in results))
    base_model = card_data.base_model if is_repository_id(card_data.base_model) else None
    if base_model:
        more["base_model_relation"] = "finetune"
    elif card_data.base_model and _BARE_NAME.fullmatch(card_data.base_model):
        more["base_model_name"] = card_data.base_model  # our own key: a bare name must not become a link on the hub
    if more.keys() & {"base_model_relation", "base_model_name"}:
        if revision := one_line(card_data.base_model_revision or ""):
            more["base_model_revision"] = revision  # our own key: the hub's key does not name a commit
    licence = one_line(card_data.licence or "") or None
    if licence == "other":
        more["license_name"] = "of-the-training-data"
    return ModelCardData(
        language=_languages(card_data) or None,
        license=licence,
        library_name="transformers",
        pipeline_tag=PIPELINE_TAG,
        tags=list(_TAGS),
        base_model=base_model,
        datasets=datasets or None,
        **more,
    )


def _languages(card_data: CardData) -> list[str]:
    languages = [card_data.language] if isinstance(card_data.language, str) else card_data.language or ()
    return [line for language in languages if (line := one_line(language))]


def _dataset_ids(datasets: Iterable[DatasetFacts]) -> list[str]:
    ids = (dataset.hub_id for dataset in datasets if dataset.hub_id and is_repository_id(dataset.hub_id))
    return list(dict.fromkeys(ids))


def is_repository_id(name: str | None) -> bool:
    """Whether a name can be a link on the hub. A bare name or a path may lead to a repository of other people."""
    return name is not None and _REPOSITORY_ID.fullmatch(name) is not None


def _eval_results(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> list[EvalResult]:
    """The scores in the form of `model-index`, which needs a dataset."""
    if not card_data.datasets:
        return []
    wholes = [dataset for dataset in card_data.datasets if not dataset.is_part]
    names = [one_line(dataset.name) for dataset in wholes]
    ids = _dataset_ids(wholes)
    kind_of_data = ids[0] if len(ids) == len(names) == 1 else re.sub(r"\W+", "-", " ".join(names)).strip("-") or "data"
    return [
        EvalResult(
            task_type=PIPELINE_TAG,
            task_name="Intent classification and slot filling",
            dataset_type=kind_of_data,
            dataset_name=" + ".join(names),
            dataset_split=one_line(split),
            metric_type=kind,
            metric_name=metric,
            metric_value=round(values[metric], 6),
        )
        for split, values in scores.items()
        for metric, (_, kind) in METRICS.items()
        if kind is not None and metric in values
    ]


def _finite(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The metrics that are finite numbers; splits without such a metric are left out."""
    scores = {
        split: {name: value for name, value in values.items() if math.isfinite(value)}
        for split, values in metrics.items()
    }
    return {split: values for split, values in scores.items() if any(name in METRICS for name in values)}


def _score_rows(scores: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[str], str]]:
    """Rows of (metric, its value on every split, description), followed by rows with the counts of utterances."""
    rows = []
    for name, (meaning, _) in METRICS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{v[name]:.4f}" if name in v else "" for v in scores.values()], meaning))
    for name, meaning in _COUNTS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{int(v[name]):,}" if name in v else "" for v in scores.values()], meaning))
    return rows


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


def _ranked_intents(card_data: CardData) -> tuple[str, float, list[tuple[str, float, int]]] | None:
    """The split that was scored last, the mean F1 of its intents, and (intent, F1, utterances), weakest first."""
    for split, scored in reversed(list(card_data.intent_scores.items())):
        scores = [(name, f1, count) for name, (f1, count) in scored.items() if count]
        if len(scores) > 1:
            return split, fmean(f1 for _, f1, _ in scores), sorted(scores, key=lambda item: (item[1], item[0]))
    return None


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


def _limits(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The known limits of this checkpoint, one sentence each, written from its card data."""
    lines = []
    if card_data.config.get("decision_dims"):
        lines.append(
            f"It rejects a text if the score is below {card_data.config['threshold']:.3f}. This threshold was fitted "
            "to lose few of the utterances that it should accept, so it also accepts some that it should reject."
        )
    elif len(card_data.intents) > 1:
        lines.append(
            f"It answers every utterance with one of its {len(card_data.intents)} intents, even if none fits. "
            "To reject utterances that are out of scope, compare `score` with a threshold of your own."
        )
    elif card_data.intents:
        lines.append("It has only one intent, so it answers every utterance with it.")
    for split, values in scores.items():
        if "frame_accuracy" in values:
            wrong = 1 - values["frame_accuracy"]
            lines.append(
                f"{wrong:.1%} of the utterances in the {as_markdown(split)} split got a wrong intent or slot."
            )
    if len(card_data.intent_counts) > 1:
        counts = sorted(card_data.intent_counts.items(), key=lambda item: (item[1], item[0]))
        (rare, fewest), (common, most) = counts[0], counts[-1]
        if fewest < most:
            lines.append(
                f"Training saw {fewest:,} utterances of {as_markdown(rare)} and {most:,} of {as_markdown(common)}: "
                "the model prefers common intents and is weaker on rare ones."
            )
    if few := sorted(name for name, count in card_data.intent_counts.items() if count < _FEW):
        lines.append(
            f"For {_number_of(few, 'intent')} it saw fewer than {_FEW} training utterances, so scores say little: "
            + _some(few)
        )
    if (ranked := _ranked_intents(card_data)) is not None and (
        weak := [item for item in ranked[2] if item[1] < 1][:_WORST]
    ):
        listed = ", ".join(f"{as_markdown(name)} ({f1:.2f} on {count:,})" for name, f1, count in weak)
        lines.append(f"Its weakest intents on the {as_markdown(ranked[0])} split (F1, utterances): {listed}.")
    if languages := _languages(card_data):
        spoken = ", ".join(as_markdown(language) for language in languages)
        lines.append(f"It was trained on utterances in {spoken}. Do not use it for other languages.")
    if card_data.max_bytes is not None:
        lines.append(f"It reads the first {card_data.max_bytes:,} bytes of a text and ignores the rest.")
    if card_data.gazetteers:
        lines.append("It matches the values of the slot catalogs it was made with; new values need a new checkpoint.")
    lines.extend(_as_sentence(line) for line in card_data.limits if one_line(line))
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


def _as_sentence(text: str) -> str:
    """A sentence from the caller as plain Markdown text, not as a code span."""
    return re.sub(r"^[^a-zA-Z]|[`*_{}\[\]()<>#|&\\~$!]", lambda match: f"&#{ord(match[0])};", one_line(text))
