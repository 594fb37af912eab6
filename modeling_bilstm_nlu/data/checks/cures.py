"""Functions that remove what the checks found from a domain."""

from ..domains import Domain
from ..drop_reasons import DropReason
from ..splits import Splits, drop_unseen_labels
from ..text import text_key
from .rows import near_key

__all__ = ["drop_leaked", "drop_unseen"]


def drop_unseen(domain: Domain) -> Domain:
    """Return the domain without utterances whose labels are not in the train split, counted in ``dropped``."""
    splits, num_lost = drop_unseen_labels({split: domain.utterances(split) for split in domain.splits})
    return domain.with_utterances(splits, {DropReason.UNSEEN_LABELS: num_lost})


def drop_leaked(domain: Domain, *, against: Domain | None = None, near: bool = False) -> Domain:
    """Return the domain without utterances whose text is also in an earlier split, counted in ``dropped``.

    Validation loses the texts of train. Test loses the texts of train and validation. Case and white space are
    ignored when texts are compared.

    Args:
        domain: the domain to copy. Its training utterances are left out only because of ``against``.
        against: other data; utterances of any split whose text is anywhere in the other data are left out, too.
        near: ignore punctuation and digits, too.
    """
    key = near_key if near else text_key
    others = {key(text) for split in against.splits for text in against.splits[split]["text"]} if against else set()
    splits: Splits = {}
    seen: set[str] = set()
    num_lost = num_foreign = 0
    for split in domain.splits:
        rows = [(key(row.text), row) for row in domain.utterances(split)]
        own = [(text, row) for text, row in rows if text not in others]
        splits[split] = [row for text, row in own if text not in seen]
        num_foreign += len(rows) - len(own)
        num_lost += len(own) - len(splits[split])
        seen |= {text for text, _ in rows}
    lost = {DropReason.TEXT_IN_EARLIER_SPLIT: num_lost}
    return domain.with_utterances(
        splits, lost | ({DropReason.UTTERANCES_WHOSE_TEXT_IS_IN.of(against.name): num_foreign} if against else {})
    )
