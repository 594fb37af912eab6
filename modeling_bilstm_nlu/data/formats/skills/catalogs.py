"""Put the values of types under the slots that use them: on some platforms a slot of an intent names its type."""

from collections.abc import Mapping

from ...schema import SlotCatalog

__all__ = ["catalogs_by_slot"]


def catalogs_by_slot(
    types: Mapping[str, SlotCatalog], types_of: Mapping[str, Mapping[str, None]]
) -> dict[str, SlotCatalog]:
    """Find the values of every slot; a type without a slot is listed under its own name.

    Args:
        types: type -> its values.
        types_of: slot -> the types that it has in any intent.
    """
    in_use = {name for names in types_of.values() for name in names}
    labels = {**{name: {name: None} for name in types if name not in in_use}, **types_of}
    catalogs: dict[str, SlotCatalog] = {}
    for label, names in labels.items():
        only = next(iter(names)) if len(names) == 1 else None
        catalog = SlotCatalog(label, type_name=None if only == label else only)
        for name in names:
            catalog = catalog.merged(types[name]) if name in types else catalog
        if catalog.values:
            catalogs[label] = catalog
    return catalogs
