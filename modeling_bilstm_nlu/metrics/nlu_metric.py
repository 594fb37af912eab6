"""The scores of ``score_frames`` as an ``evaluate.Metric``, for users of the library ``evaluate``.

The class needs no network: ``NluMetric().compute(predictions=[...], references=[...])``. This file is also a script
for ``evaluate.load("path/to/nlu_metric.py")``; therefore its imports are absolute, one on each line.
"""

import datasets
import evaluate

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_to_spans
from modeling_bilstm_nlu.metrics.compute import score_frames
from modeling_bilstm_nlu.metrics.frames import GoldFrame

__all__ = ["NluMetric"]

_DESCRIPTION = """\
Scores of joint intent classification and slot filling: intent accuracy, strict slot precision, recall and F1 (type
and both edges exact; seqeval's mode="strict", scheme=IOB2), frame accuracy (exact match), the combined error (mean of
intent error and 1 - slot F1) and the semantic error rate (errors per gold slot, the intent counted as one slot)."""

_INPUTS = """
Args:
    predictions: a dict for each utterance: {"intent": str, "tags": [a BIO tag for each word]}, or with "spans" instead
        of "tags": {"intent": str, "spans": [{"slot_type": str, "start": int, "end": int}, ...]}, end exclusive.
    references: dicts of the same form; None for an intent, tags or spans that were not annotated.
Returns:
    A dict of scores (fractions of 1) and counts, with the keys of `modeling_bilstm_nlu.metrics.score_frames`.
Examples:
    >>> metric = NluMetric()
    >>> frame = {"intent": "play", "tags": ["O", "B-song", "I-song"]}
    >>> metric.compute(predictions=[frame], references=[frame])["frame_accuracy"]
    1.0
"""

_CITATION = """\
@inproceedings{goyal-etal-2018-fast,
    title = "Fast and Scalable Expansion of Natural Language Understanding Functionality for Intelligent Agents",
    author = "Goyal, Anuj and Metallinou, Angeliki and Matsoukas, Spyros",
    booktitle = "Proceedings of NAACL-HLT 2018, Volume 3 (Industry Papers)",
    year = "2018",
    note = "arXiv:1805.01542"
}
@inproceedings{makhoul-etal-1999-performance,
    title = "Performance Measures for Information Extraction",
    author = "Makhoul, John and Kubala, Francis and Schwartz, Richard and Weischedel, Ralph",
    booktitle = "Proceedings of the DARPA Broadcast News Workshop",
    year = "1999"
}"""

_FRAME = {
    "intent": datasets.Value("string"),
    "spans": datasets.List(
        {"slot_type": datasets.Value("string"), "start": datasets.Value("int32"), "end": datasets.Value("int32")}
    ),
}


class NluMetric(evaluate.Metric):
    """All scores of joint intent classification and slot filling; see ``metrics.score_frames`` for the keys."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": _FRAME, "references": _FRAME}),
            reference_urls=["https://arxiv.org/abs/1805.01542", "https://arxiv.org/abs/1809.09605"],
        )

    def add_batch(self, *, predictions=None, references=None, **kwargs) -> None:
        """Add a list of predictions and the list of their references; the dicts have ``tags`` or ``spans``."""
        if predictions is None or references is None or len(predictions) != len(references):
            raise DataError("give as many predictions as references: a dict for each utterance")
        for row, (guess, right) in enumerate(zip(predictions, references, strict=True)):
            guessed_tags, right_tags = guess.get("tags"), right.get("tags")
            if guessed_tags is not None and right_tags is not None and len(guessed_tags) != len(right_tags):
                raise DataError(
                    f"utterance {row} has {len(right_tags)} gold tags but {len(guessed_tags)} predicted ones"
                )
        super().add_batch(
            predictions=[_as_stored(frame) for frame in predictions],
            references=[_as_stored(frame) for frame in references],
            **kwargs,
        )

    def add(self, *, prediction=None, reference=None, **kwargs) -> None:
        """Add one prediction and its reference."""
        self.add_batch(predictions=[prediction], references=[reference], **kwargs)

    def _enforce_nested_string_type(self, schema, obj) -> None:
        if obj is not None:  # an intent that was not annotated
            super()._enforce_nested_string_type(schema, obj)

    def _compute(self, *, predictions: list[dict], references: list[dict]) -> dict[str, float]:
        return score_frames([_as_frame(row) for row in references], [_as_frame(row) for row in predictions])


def _as_stored(frame: dict) -> dict:
    """Return the frame as a row of the metric's features: tags become spans in words."""
    spans, tags = frame.get("spans"), frame.get("tags")
    if spans is not None and tags is not None:
        raise DataError(f"a frame has both tags and spans: {frame}; give one of the two")
    if tags is not None:
        words = [(i, i + 1) for i in range(len(tags))]
        spans = [
            {"slot_type": slot_type, "start": start, "end": end}
            for slot_type, start, end in tags_to_spans(words, tags)
        ]
    return {"intent": frame.get("intent"), "spans": spans}


def _as_frame(row: dict) -> GoldFrame:
    spans = row["spans"]
    if spans is not None:
        spans = [(span["slot_type"], span["start"], span["end"]) for span in spans]
    return GoldFrame(row["intent"], spans)
