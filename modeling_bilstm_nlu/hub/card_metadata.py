"""The metadata at the top of a model card, as the hub reads it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from bilstm_nlu.escaping import one_line

from .card_data import CardData, DatasetFacts
from .card_scores import METRICS

__all__ = ["PIPELINE_TAG", "card_metadata", "is_repository_id", "languages_of"]

_TAGS = ["bilstm-nlu", "intent-classification", "slot-filling", "nlu", "bilstm", "token-classification"]
#: The hub's own name for the task. `pipeline(tag, model=..., trust_remote_code=True)` must run: the hub writes it
#: under "Use this model", and a widget runs it. Intents are classes of texts, and the checkpoint tells transformers
#: how to classify them (`AUTO_MAP` in modeling_bilstm_nlu.py). `token-classification` fails, and so does a name of our
#: own, which the hub does not know. Without a tag, the hub's filters would not find the model.
PIPELINE_TAG = "text-classification"

_BARE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_REPOSITORY_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)


def card_metadata(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> ModelCardData:
    """The metadata: licence, languages, data, the checkpoint it started from, and the scores as `model-index`.

    Args:
        card_data: of the card.
        scores: split -> metric -> value, finite numbers alone.
    """
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
        language=languages_of(card_data) or None,
        license=licence,
        library_name="transformers",
        pipeline_tag=PIPELINE_TAG,
        tags=list(_TAGS),
        base_model=base_model,
        datasets=datasets or None,
        **more,
    )


def languages_of(card_data: CardData) -> list[str]:
    """The language codes of a checkpoint, without blank ones."""
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
