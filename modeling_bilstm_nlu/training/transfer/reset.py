"""Reset: the model takes the labels of a domain, and its upper layers are drawn again."""

from transformers import set_seed

from ...data.domains import Domain
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..intent_slots import slots_of_intents

__all__ = ["reset_for_domain"]


def reset_for_domain(
    model: BiLstmNluForIntentAndSlots, domain: Domain, *, policy: str = "heads", seed: int = 42
) -> None:
    """Give a model the labels of a domain and draw its upper layers again.

    The slot catalogs and gazetteers of the old domain are dropped.

    Args:
        model: changed in place.
        domain: with the new labels.
        policy: which layers are drawn, one of `RESET_POLICIES`; see `BiLstmNluForIntentAndSlots.reset_heads`.
        seed: of the new weights; the random states of the process start from it.
    """
    set_seed(seed)
    model.reset_heads(domain.spec.intents, domain.spec.slot_types, policy, **slots_of_intents(domain))
