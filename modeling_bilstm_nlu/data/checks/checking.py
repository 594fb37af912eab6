"""``check_domain``: all checks, on one domain."""

from collections.abc import Mapping

from transformers import PreTrainedTokenizerFast

from ...modeling_bilstm_nlu import BiLstmNluModel
from ..domains import Domain
from . import labels, slots, texts
from .report import CheckReport, Finding, Overlap, counted
from .rows import Part, parts_of
from .vocabulary import vocabulary_coverage

__all__ = ["check_domain"]


def check_domain(
    domain: Domain,
    *,
    min_examples: int = 5,
    against: Domain | None = None,
    encoder: BiLstmNluModel | None = None,
    tokenizer: PreTrainedTokenizerFast | None = None,
) -> CheckReport:
    """Look for what spoils training or scores.

    Args:
        domain: best from ``load_unsplit``, which keeps all of its source, such as labels that training never saw.
        min_examples: training examples below which an intent counts as rare (the utterances of one group, such as the
            fillings of a carrier phrase, are one example), slots below which a slot type does, and different values
            below which a slot type without a catalog counts as one without values.
        against: other data, such as what a checkpoint was trained on; texts that it has as well are counted.
        encoder: of a checkpoint (``model.encoder``), to see how many of the words it knows.
        tokenizer: of that checkpoint; the one of all checkpoints where it is ``None``.
    """
    parts = parts_of(domain)
    train = parts["train"].rows if "train" in parts else []
    found = [
        labels.unseen(parts) if train else _no_train_split(parts),
        texts.leakage(parts),
        texts.near_leakage(parts),
        texts.torn_groups(parts),
        labels.conflicts(parts),
        labels.overlapping_intents(train),
        texts.duplicates(parts),
        texts.near_duplicates(parts),
        labels.rare_intents(train, min_examples),
        labels.rare_slot_types(train, min_examples),
        labels.dominant_intent(train),
        *([labels.single_intent(train)] if train else []),
        slots.slots_without_values(domain, train, min_examples),
        slots.unused_slot_types(domain, train),
        slots.open_carriers(domain),
        slots.inconsistent_values(parts),
        slots.cut_words(parts),
        slots.long_catalogs(domain),
        texts.long_texts(parts),
        _lost(domain),
    ]
    overlap: dict[str, Overlap] = {}
    vocabulary = None
    if against is not None:
        overlap, finding = texts.overlap_with(parts, parts_of(against), against.name)
        found.insert(1, finding)
    if encoder is not None:
        vocabulary = vocabulary_coverage(
            (row.text for part in parts.values() for row in part.rows), encoder, tokenizer
        )
    return CheckReport(
        domain.name,
        {split: labels.counts(part) for split, part in parts.items()},
        tuple(sorted((finding for finding in found if finding.count), key=lambda finding: not finding.is_error)),
        labels.balance(train),
        None if against is None else against.name,
        overlap,
        vocabulary,
    )


def _no_train_split(parts: Mapping[str, Part]) -> Finding:
    return Finding(
        "no train split",
        f"there is nothing to train on, only: {', '.join(parts)}",
        "keep it for tests, or name one of its files train",
        1,
        is_error=True,
    )


def _lost(domain: Domain) -> Finding:
    total = sum(domain.dropped.values())
    return Finding(
        "lost on reading",
        counted(total, "thing was", "things were") + " left out or changed on reading",
        "check that each of them was meant to be",
        total,
        tuple(f"{reason}: {count:,}" for reason, count in domain.dropped.items()),
    )
