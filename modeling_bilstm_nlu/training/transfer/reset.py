"""Reset: the model gets the labels of a domain, and its upper layers are re-initialised."""

from transformers import set_seed

from ...data.domains import Domain
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..intent_slots import slots_of_intents

__all__ = ["reset_for_domain"]


def reset_for_domain(
    model: BiLstmNluForIntentAndSlots, domain: Domain, *, policy: str = "heads", seed: int = 42
) -> None:
    """Give a model the labels of a domain, and re-initialise its upper layers.

    The slot catalogs and gazetteers of the old domain are removed.

    Args:
        model: model to change in place.
        domain: domain with the new labels.
        policy: which layers are re-initialised, one of `RESET_POLICIES`; see
            `BiLstmNluForIntentAndSlots.reset_heads`.
        seed: seed of the new weights; it also sets the random states of the process.
    """
    set_seed(seed)
    model.reset_heads(domain.spec.intents, domain.spec.slot_types, policy, **slots_of_intents(domain))
