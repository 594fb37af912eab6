"""Resumed runs: take labels and layer sizes from the checkpoint, so that its weights fit."""

from pathlib import Path

from ..companions_bilstm_nlu import load_companions
from ..configuration_bilstm_nlu import LABELS, BiLstmNluConfig
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["take_checkpoint_shapes"]

#: Fields of a config that belong to a domain; they set the sizes of the heads and of the gazetteers.
_OF_THE_DOMAIN = (*LABELS, "gazetteers", "gazetteer_rows")


def take_checkpoint_shapes(model: BiLstmNluForIntentAndSlots, folder: str | Path) -> None:
    """Give a model the labels, layer sizes, slot catalogs and exact phrases of a trainer's checkpoint.

    Its weights are loaded later.

    Args:
        model: model to change in place; its encoder and stacks must already have the sizes of the checkpoint.
        folder: folder of the checkpoint.

    Raises:
        ValueError: the file of slot catalogs or of exact phrases is damaged.
    """
    config = BiLstmNluConfig.from_pretrained(folder)
    fresh = BiLstmNluForIntentAndSlots(config)
    for name in _OF_THE_DOMAIN:
        setattr(model.config, name, getattr(config, name))
    for name in ("intent_head", "slot_head", "crf", "gazetteer", "decision", "segment_heads"):
        layer = getattr(fresh, name)
        setattr(model, name, None if layer is None else layer.to(model.device, model.dtype).train(model.training))
    load_companions(model, lambda name: path if (path := Path(folder) / name).is_file() else None)
