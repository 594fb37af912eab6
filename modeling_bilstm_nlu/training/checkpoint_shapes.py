"""A run that goes on: labels and shapes come from its checkpoint, so that the weights fit."""

from pathlib import Path

from ..catalogs_bilstm_nlu import CATALOGS_FILE, SlotCatalogs
from ..configuration_bilstm_nlu import LABELS, BiLstmNluConfig
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["take_checkpoint_shapes"]

#: What of a config belongs to a domain: with these the sizes of the heads and of the gazetteers are given.
_OF_THE_DOMAIN = (*LABELS, "gazetteers", "gazetteer_rows")


def take_checkpoint_shapes(model: BiLstmNluForIntentAndSlots, folder: str | Path) -> None:
    """Give a model the labels, slot catalogs and layer sizes of a trainer's checkpoint; the weights are loaded later.

    Args:
        model: changed in place; encoder and stacks have the sizes of the checkpoint already.
        folder: of the checkpoint.

    Raises:
        ValueError: the file of slot catalogs is damaged.
    """
    config = BiLstmNluConfig.from_pretrained(folder)
    fresh = BiLstmNluForIntentAndSlots(config)
    for name in _OF_THE_DOMAIN:
        setattr(model.config, name, getattr(config, name))
    for name in ("intent_head", "slot_head", "crf", "gazetteer"):
        layer = getattr(fresh, name)
        setattr(model, name, None if layer is None else layer.to(model.device, model.dtype).train(model.training))
    path = Path(folder) / CATALOGS_FILE
    model.slot_catalogs = SlotCatalogs.load(path) if path.is_file() else SlotCatalogs()
