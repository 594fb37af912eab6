"""Fill skills of other platforms that have intents, samples, slots and types as Alexa skills have them."""

from collections.abc import Mapping
from typing import Any

from ....raw_domains import RawDomain
from ..samples import filled
from .reader import parse_ask

__all__ = ["filled_model"]


def filled_model(
    model: Mapping[str, Any],
    notes: RawDomain,
    where: str,
    *,
    slot_samples: bool,
    on_error: str,
    **options: Any,
) -> RawDomain:
    """Fill the samples of a language model of Alexa.

    Args:
        model: ``invocationName``, ``intents`` and ``types``.
        notes: the counts from making the model.
        where: the file, for messages.
        slot_samples: whether the samples of slots are filled as samples of their intent.
        on_error: what to do about broken samples, slots and values: ``skip_few``, ``drop`` or ``raise``.
        options: other options of ``filled``.

    Raises:
        DataError: something in the model is broken, or nothing can be filled.
    """
    written = parse_ask(model, where, notes, on_error=on_error)
    spec = written.with_answers() if slot_samples else written
    return filled(spec, notes, where, written=written, **options)
