"""The model card: facts in, a README.md with metadata out. The same facts give the same text, byte for byte."""

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

from .facts import CardFacts, DatasetFacts

__all__ = ["METRICS", "PIPELINE_TAG", "is_repository_id", "render_card"]

#: Metric -> (what it is, the hub's name for the kind of metric, or None if it stays out of the metadata).
METRICS: dict[str, tuple[str, str | None]] = {
    "intent_accuracy": ("share of utterances with the right intent", "accuracy"),
    "slot_precision": ("share of predicted slots that are right", None),
    "slot_recall": ("share of gold slots that were found", None),
    "slot_f1": ("harmonic mean of slot precision and recall, over all slots", "f1"),
    "frame_accuracy": ("share of utterances with the intent and all slots right", "exact_match"),
    "combined_error": ("mean of intent error and slot error (1 - slot F1); lower is better", "combined_error"),
    "semantic_error_rate": (
        "substituted, deleted and inserted slots and intents, over gold ones; lower is better",
        None,
    ),
}
_COUNTS = {
    "num_utterances": "utterances scored",
    "num_intent_annotated": "of them with a gold intent",
    "num_slot_annotated": "of them with gold slots",
}
_CURVE_COLUMNS = ("step", "examples", "seconds", "intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")
_CURVE_ROWS = 20
_FEW = 10  # utterances
_SHOWN, _WORST, _RANKED = 10, 5, 20  # intents
_TAGS = ["bilstm-nlu", "intent-classification", "slot-filling", "nlu", "bilstm", "token-classification"]
#: The hub's own name for the task. `pipeline(tag, model=..., trust_remote_code=True)` must run: the hub writes it
#: under "Use this model", and a widget does the same. Intents are classes of texts, and the checkpoint tells
#: transformers how to do that (`AUTO_MAP` in modeling_bilstm_nlu.py). `token-classification` ends in an error, and so
#: does a name of our own, which the hub does not know. Without a tag the hub's filters would not find the model.
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


def render_card(facts: CardFacts) -> str:
    """The text of README.md: metadata between `---` lines, then the card. What the facts lack is left out."""
    scores = _finite(facts.metrics)
    columns, rows, note = _curve(facts.learning_curve)
    body = _template().render(
        facts=facts,
        title=facts.model_name.rpartition("/")[2] or facts.model_name,
        usage_text=facts.examples[0]["text"] if facts.examples else "what can you do",
        splits=list(scores),
        score_rows=_score_rows(scores),
        sizes=_sizes(facts),
        ranked=_ranked_intents(facts),
        num_ranked=_RANKED,
        curve_columns=columns,
        curve_rows=rows,
        curve_note=note,
        cited=[dataset for dataset in facts.datasets if dataset.citation or dataset.url],
        limits=_limits(facts, scores),
    )
    return f"---\n{_metadata(facts, scores).to_yaml(line_break=chr(10))}\n---\n\n{body}"


def _metadata(facts: CardFacts, scores: Mapping[str, Mapping[str, float]]) -> ModelCardData:
    datasets = _dataset_ids(facts.datasets)
    results = _eval_results(facts, scores)
    more: dict[str, Any] = {"model_name": one_line(facts.model_name), "eval_results": results} if results else {}
    if results:
        more["metrics"] = list(dict.fromkeys(result.metric_type for result in results))
    base_model = facts.base_model if is_repository_id(facts.base_model) else None
    if base_model:
        more["base_model_relation"] = "finetune"
    elif facts.base_model and _BARE_NAME.fullmatch(facts.base_model):
        more["base_model_name"] = facts.base_model  # a key of our own: a bare name must not be a link on the hub
    if more.keys() & {"base_model_relation", "base_model_name"}:
        if revision := one_line(facts.base_model_revision or ""):
            more["base_model_revision"] = revision  # a key of our own: the hub's own names no commit
    licence = one_line(facts.licence or "") or None
    if licence == "other":
        more["license_name"] = "of-the-training-data"
    return ModelCardData(
        language=_languages(facts) or None,
        license=licence,
        library_name="transformers",
        pipeline_tag=PIPELINE_TAG,
        tags=list(_TAGS),
        base_model=base_model,
        datasets=datasets or None,
        **more,
    )


def _languages(facts: CardFacts) -> list[str]:
    languages = [facts.language] if isinstance(facts.language, str) else facts.language or ()
    return [line for language in languages if (line := one_line(language))]


def _dataset_ids(datasets: Iterable[DatasetFacts]) -> list[str]:
    ids = (dataset.hub_id for dataset in datasets if dataset.hub_id and is_repository_id(dataset.hub_id))
    return list(dict.fromkeys(ids))


def is_repository_id(name: str | None) -> bool:
    """Whether a name can be a link on the hub; a bare name or a path would lead to somebody else's work or nowhere."""
    return name is not None and _REPOSITORY_ID.fullmatch(name) is not None


def _eval_results(facts: CardFacts, scores: Mapping[str, Mapping[str, float]]) -> list[EvalResult]:
    """Scores in the form of `model-index`, which needs a dataset to belong to."""
    if not facts.datasets:
        return []
    wholes = [dataset for dataset in facts.datasets if not dataset.is_part]
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
    """The metrics that are numbers; splits without any are left out."""
    scores = {
        split: {name: value for name, value in values.items() if math.isfinite(value)}
        for split, values in metrics.items()
    }
    return {split: values for split, values in scores.items() if any(name in METRICS for name in values)}


def _score_rows(scores: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[str], str]]:
    """(metric, its value on every split, what it is), and the counts of utterances below."""
    rows = []
    for name, (meaning, _) in METRICS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{v[name]:.4f}" if name in v else "" for v in scores.values()], meaning))
    for name, meaning in _COUNTS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{int(v[name]):,}" if name in v else "" for v in scores.values()], meaning))
    return rows


def _sizes(facts: CardFacts) -> list[str]:
    lines = []
    if facts.num_parameters is not None:
        lines.append(f"{facts.num_parameters:,} parameters")
    if facts.size_in_bytes is not None:
        packed = "; packed: embeddings in 8 bits, all other weights in half precision"
        is_packed = facts.config.get("packed_weights")
        lines.append(f"{facts.size_in_bytes / 1e6:,.1f} MB of tensors, as safetensors{packed if is_packed else ''}")
    if facts.num_words is not None:
        lines.append(f"{facts.num_words:,} words with a vector of their own")
    if (latency := facts.latency) is not None:
        lines.append(
            f"{latency.median_ms:.2f} ms for an utterance, from the text to the frame: the median of "
            f"{latency.num_calls:,} calls on {latency.num_texts:,} text{'s' * (latency.num_texts != 1)} one by one, "
            f"{latency.num_threads} compute thread{'s' * (latency.num_threads != 1)}, "
            f"{as_markdown(latency.processor)}; nine of ten took up to {latency.p90_ms:.2f} ms"
        )
    return lines


def _ranked_intents(facts: CardFacts) -> tuple[str, float, list[tuple[str, float, int]]] | None:
    """The split that was scored last, the mean F1 of its intents, and (intent, F1, utterances), weakest first."""
    for split, scored in reversed(list(facts.intent_scores.items())):
        scores = [(name, f1, count) for name, (f1, count) in scored.items() if count]
        if len(scores) > 1:
            return split, fmean(f1 for _, f1, _ in scores), sorted(scores, key=lambda item: (item[1], item[0]))
    return None


def _curve(points: Sequence[Mapping[str, float]]) -> tuple[list[str], list[list[str]], str | None]:
    """Columns, rows and a note where rows were passed over; the first and the last point are always shown."""
    columns = [name for name in _CURVE_COLUMNS if any(name in point for point in points)]
    places = list(range(len(points)))
    if len(points) > _CURVE_ROWS:
        places = sorted({round(i * (len(points) - 1) / (_CURVE_ROWS - 1)) for i in range(_CURVE_ROWS)})
    rows = [[_number(points[i].get(name), name) for name in columns] for i in places] if columns else []
    note = f"{len(rows)} of {len(points)} evaluations; all are in `learning_curve.json`."
    return columns, rows, note if len(rows) < len(points) else None


def _number(value: float | None, name: str) -> str:
    if value is None or not math.isfinite(value):
        return ""
    if name in ("step", "examples"):
        return f"{int(value):,}"
    return f"{value:,.1f}" if name == "seconds" else f"{value:.4f}"


def _limits(facts: CardFacts, scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What to beware of, each line drawn from a fact of this checkpoint."""
    lines = []
    if len(facts.intents) > 1:
        lines.append(
            f"It answers every utterance with one of its {len(facts.intents)} intents, whether one fits or not: "
            "compare `score` with a threshold of your own to reject what is out of scope."
        )
    elif facts.intents:
        lines.append("It knows a single intent, so it answers every utterance with it.")
    for split, values in scores.items():
        if "frame_accuracy" in values:
            wrong = 1 - values["frame_accuracy"]
            lines.append(
                f"{wrong:.1%} of the utterances of the {as_markdown(split)} split got a wrong intent or slot."
            )
    if len(facts.intent_counts) > 1:
        counts = sorted(facts.intent_counts.items(), key=lambda item: (item[1], item[0]))
        (rare, fewest), (common, most) = counts[0], counts[-1]
        if fewest < most:
            lines.append(
                f"Training saw {fewest:,} utterances of {as_markdown(rare)} and {most:,} of {as_markdown(common)}: "
                "it leans towards common intents and knows rare ones less well."
            )
    if few := sorted(name for name, count in facts.intent_counts.items() if count < _FEW):
        lines.append(
            f"Of {_number_of(few, 'intent')} it saw fewer than {_FEW} utterances, so its scores there say little: "
            + _some(few)
        )
    if (ranked := _ranked_intents(facts)) is not None and (
        weak := [item for item in ranked[2] if item[1] < 1][:_WORST]
    ):
        listed = ", ".join(f"{as_markdown(name)} ({f1:.2f} on {count:,})" for name, f1, count in weak)
        lines.append(f"Its weakest intents on the {as_markdown(ranked[0])} split, by F1 on utterances: {listed}.")
    if languages := _languages(facts):
        spoken = ", ".join(as_markdown(language) for language in languages)
        lines.append(f"It was trained on utterances in {spoken} and is of no use in other languages.")
    if facts.max_bytes is not None:
        lines.append(f"It reads the first {facts.max_bytes:,} bytes of a text and passes over the rest.")
    if facts.gazetteers:
        lines.append("It marks the values of the slot catalogs it was made with; later values need a new checkpoint.")
    lines.extend(_as_sentence(line) for line in facts.limits if one_line(line))
    lines.append(
        "What the training data lacks or distorts (dialects, names, ways of asking), the model lacks or distorts too."
    )
    return lines


def _number_of(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'s' * (len(names) != 1)}"


def _some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(as_markdown, names[:_SHOWN])) + more + "."


def _as_sentence(text: str) -> str:
    """A sentence of the caller's as plain Markdown text, not as a code span."""
    return re.sub(r"^[^a-zA-Z]|[`*_{}\[\]()<>#|&\\~$!]", lambda match: f"&#{ord(match[0])};", one_line(text))
