"""The loss of the joint model: that of the intents and that of the slot tags."""

from typing import Any

import torch
from torch import Tensor, nn

from .crf_bilstm_nlu import CrfLayer
from .labels_bilstm_nlu import IGNORED


class JointLoss:
    """The part of the joint model that computes its loss.

    Attributes:
        config: the config, with the weights of the parts of the loss.
        crf: the CRF layer; `None` without a CRF.
        training: whether the model is trained.
    """

    config: Any
    crf: CrfLayer | None
    training: bool

    def joint_loss(
        self,
        intent_logits: Tensor,
        slot_logits: Tensor,
        intent_labels: Tensor | None,
        slot_labels: Tensor | None,
        tag_subset: Tensor | None = None,
    ) -> Tensor:
        """Return mean intent loss + slot_loss_weight * mean slot loss, each over its annotated utterances.

        With `config.none_class`, the intent loss has one more class, for texts that no intent fits. Its id follows
        that of the last intent, and its logit is always 0, so the intents of such texts learn to be below 0.
        """
        loss = 0.0 * (intent_logits.sum() + slot_logits.sum())  # a batch without labels still has a gradient
        if slot_labels is not None:
            slot_labels = slot_labels[:, : slot_logits.shape[1]]  # a part of a batch may be padded like the whole
        if intent_labels is not None and (intent_labels != IGNORED).any():
            logits = intent_logits.float()
            if self.config.none_class:
                logits = nn.functional.pad(logits, (0, 1))
            loss = loss + nn.functional.cross_entropy(
                logits,
                intent_labels,
                ignore_index=IGNORED,
                label_smoothing=self.config.label_smoothing if self.training else 0.0,
            )
        if slot_labels is not None and (annotated := (slot_labels != IGNORED).any(1)).any():
            loss = loss + self.config.slot_loss_weight * self._slot_loss(
                slot_logits[annotated], slot_labels[annotated], tag_subset
            )
        return loss

    def _slot_loss(self, slot_logits: Tensor, slot_labels: Tensor, tag_subset: Tensor | None) -> Tensor:
        mask = slot_labels != IGNORED
        if tag_subset is not None:
            slot_logits = slot_logits[..., tag_subset]
            slot_labels = torch.where(mask, torch.searchsorted(tag_subset, slot_labels.clamp(min=0)), IGNORED)
        if self.crf is not None:
            return self.crf.negative_log_likelihood(slot_logits, mask, slot_labels.clamp(min=0), tag_subset).mean()
        losses = nn.functional.cross_entropy(
            slot_logits.float().transpose(1, 2), slot_labels, ignore_index=IGNORED, reduction="none"
        )
        return losses.sum(1).mean()
