"""``check_domain``: run all checks on one domain."""

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
    """Look for problems in the data of a domain that spoil training or scores.

    Args:
        domain: the domain to check. Load it with ``load_unsplit``, which keeps all of the source, such as labels that
            are not in the train split.
        min_examples: an intent with fewer training examples is rare (the utterances of one group, such as the
            fillings of a carrier phrase, are one example); a slot type with fewer slots in training is rare; a slot
            type without a catalog and with fewer different values in training counts as one without values.
        against: other data, such as the training data of a checkpoint; texts that both have are counted.
        encoder: the encoder of a checkpoint (``model.encoder``), to count the words that the checkpoint knows.
        tokenizer: the tokenizer of that checkpoint; ``None`` takes the standard tokenizer of all checkpoints.
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
        *([labels.no_labels(train), labels.single_intent(train)] if train else []),
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
        f"the data has no train split, only: {', '.join(parts)}",
        "rename one of the files to train; or use this data only to test a model",
        1,
        is_error=True,
    )


def _lost(domain: Domain) -> Finding:
    total = sum(domain.dropped.values())
    return Finding(
        "lost on reading",
        counted(total, "item was", "items were") + " left out or changed when the data was read",
        "read the list; where an item should not be lost, correct it in the source",
        total,
        tuple(f"{reason}: {count:,}" for reason, count in domain.dropped.items()),
    )
