"""Gazetteers: give a model the slot catalogs of a domain, to resolve slots and as an input of its upper stacks."""

from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import DataError

from ...catalogs_bilstm_nlu import SlotCatalogs
from ...data.domains import Domain
from ...data.values.builtin_types import builtin_forms, is_builtin
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ...tokenization_bilstm_nlu import phrase_word_keys

__all__ = ["add_gazetteers", "slot_catalogs_of", "take_catalogs"]


def take_catalogs(
    model: BiLstmNluForIntentAndSlots,
    domain: Domain,
    tokenizer: PreTrainedTokenizerFast,
    *,
    use_gazetteers: bool = True,
) -> None:
    """Give a model the slot catalogs of a domain; if the domain has none, the model keeps its own.

    Args:
        model: model to change in place.
        domain: domain with the catalogs.
        tokenizer: tokenizer that finds the words.
        use_gazetteers: also make catalog matches an input of the upper stacks, if the model has no gazetteers yet.

    Raises:
        DataError: the catalogs are too large for a checkpoint, or have a text that a file cannot store.
    """
    if domain.catalogs:
        model.slot_catalogs = slot_catalogs_of(domain)
    if use_gazetteers and not model.config.gazetteers:
        add_gazetteers(model, domain, tokenizer)


def slot_catalogs_of(domain: Domain) -> SlotCatalogs:
    """Return the catalogs that a model of the domain resolves slots with: the values that its developer lists.

    The built-in values of this package are left out: they are only for training, and `tomorrow` should be resolved to
    a date, not to itself. The names of built-in types are kept, because they say how to normalise values.

    Raises:
        DataError: the catalogs are too large for a checkpoint, or have a text that a file cannot store.
    """
    types: dict[str, set[str]] = {}
    for slots in domain.skill.slots.values() if domain.skill is not None else ():
        for slot, slot_type in slots.items():
            types.setdefault(slot, set()).add(slot_type)
    entries = {}
    for slot_type in domain.spec.slot_types:
        if slot_type not in domain.catalogs:
            continue
        catalog = domain.catalogs[slot_type]
        names = types.get(slot_type, set()) | {catalog.type_name or slot_type}
        ours = {form for name in names if is_builtin(name) for form in builtin_forms(name)}
        values = {
            value: {"id": catalog.ids.get(value), "synonyms": synonyms}
            for value, synonyms in catalog.values.items()
            if value.strip() and (value not in ours or synonyms or value in catalog.ids)
        }
        entries[slot_type] = {"type_name": catalog.type_name, "values": values}
    try:
        catalogs = SlotCatalogs(entries, where=f"domain {domain.name!r}")
        catalogs.to_json()  # raises an error now instead of when the trained model is saved
    except ValueError as error:
        raise DataError(str(error)) from error
    return catalogs


def add_gazetteers(model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast) -> None:
    """Make matches of the domain's slot catalogs an input of the upper stacks (section 3 of the paper)."""
    model.set_gazetteers(
        {
            slot_type: phrase_word_keys(catalog.surface_forms(), tokenizer, max_words=model.config.gazetteer_max_words)
            for slot_type, catalog in sorted(domain.catalogs.items())
            if catalog.values
        }
    )
