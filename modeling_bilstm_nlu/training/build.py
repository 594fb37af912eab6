"""Build models to train: a new model for a domain, or a checkpoint with overrides in its config."""

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedTokenizerFast, set_seed

from ..companions_bilstm_nlu import copy_companions
from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..data.domains import Domain
from ..data.mixtures.mixture import Mixture
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer
from .intent_slots import slots_of_intents
from .transfer.gazetteers import slot_catalogs_of
from .transfer.vocabulary import SHARE_OF_MIXTURE, grow_vocabulary

__all__ = ["with_overrides", "build_model"]


def build_model(
    domain: Domain, *, tokenizer: PreTrainedTokenizerFast | None = None, seed: int = 0, **config: Any
) -> BiLstmNluForIntentAndSlots:
    """Build a randomly initialised model with the domain's labels and catalogs, and a vector for every training word.

    Args:
        domain: domain with the labels, catalogs and training texts.
        tokenizer: tokenizer that finds the words; `None` takes the standard tokenizer.
        seed: seed of the weights.
        config: arguments of `BiLstmNluConfig`.

    Raises:
        DataError: a catalog cannot be stored in a checkpoint, see `slot_catalogs_of`.
    """
    set_seed(seed)
    config = {**slots_of_intents(domain), **config}
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(domain.spec.intents, domain.spec.slot_types, **config))
    model.slot_catalogs = slot_catalogs_of(domain)
    share = SHARE_OF_MIXTURE if isinstance(domain, Mixture) else 1.0
    grow_vocabulary(model, domain, tokenizer or build_tokenizer(), share=share)
    return model


def with_overrides(model: BiLstmNluForIntentAndSlots, changes: Mapping[str, Any]) -> BiLstmNluForIntentAndSlots:
    """Return a model with the same weights and overrides in its config; without overrides, the model itself.

    Args:
        model: a generic checkpoint, whose heads will be re-initialised.
        changes: arguments of `BiLstmNluConfig` that do not change the sizes of the encoder and the stacks.

    Raises:
        RuntimeError: the changes alter these sizes, so the weights do not fit.
    """
    if not changes:
        return model
    config = BiLstmNluConfig.from_dict({**model.config.to_dict(), **changes})
    config.name_or_path = model.config.name_or_path
    config._commit_hash = getattr(model.config, "_commit_hash", None)  # the lineage of a hub id
    changed = BiLstmNluForIntentAndSlots(config)
    weights = {name: weight for name, weight in model.state_dict().items() if config.use_crf or "crf." not in name}
    changed.load_state_dict(weights)
    copy_companions(changed, model)
    return changed
