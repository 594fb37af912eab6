"""What happens to a generic checkpoint before its first step on a new domain."""

import logging
import time
from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.encoded import EncodedUtterances
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..arguments import NluTrainingArguments, TransferArguments, with_defaults_of
from ..training_rows import encoded_training_rows
from .gazetteers import take_catalogs
from .head_fitting import fit_heads
from .label_warm_start import warm_start_labels
from .reset import reset_for_domain
from .vocabulary import grow_vocabulary

__all__ = ["Preparation", "prepare_for_domain"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preparation:
    """What `prepare_for_domain` did.

    Attributes:
        rows: the encoded training split, with which training goes on.
        num_known_labels: labels of the domain whose names are like those of labels that the checkpoint knows.
        num_new_words: words of the domain that the checkpoint had no row for.
        seconds: spent on the label-name warm start and on head fitting.
    """

    rows: EncodedUtterances
    num_known_labels: int
    num_new_words: int
    seconds: float


def prepare_for_domain(
    model: BiLstmNluForIntentAndSlots,
    domain: Domain,
    args: NluTrainingArguments,
    tokenizer: PreTrainedTokenizerFast,
    *,
    rows: EncodedUtterances | None = None,
) -> Preparation:
    """Point a generic checkpoint at a domain: all that comes before the first step.

    Five steps, in this order; each is a function of its own:

    1. label-name warm start (`warm_start_labels`): read from the old heads what they know of labels with such names;
    2. reset (`reset_for_domain`): the labels of the domain, and new upper layers, which start from what step 1 found;
    3. vocabulary (`grow_vocabulary`): the words of the domain get rows of their own;
    4. gazetteers (`take_catalogs`): the slot catalogs of the domain take the place of the old ones;
    5. head fitting (`fit_heads`): the new heads are fitted to the frozen network.

    Args:
        model: the generic checkpoint; it is changed in place.
        domain: with a training split.
        args: `TransferArguments`; other arguments count with the defaults of these.
        tokenizer: the model's.
        rows: the training split where the caller has encoded it already, with the domain's labels.

    Raises:
        DataError: the slot catalogs of the domain are too large, or hold a text that no file can.
    """
    args = with_defaults_of(TransferArguments, args)
    warm_start, seconds = None, 0.0
    if args.label_name_warm_start and args.reset_policy == "heads":
        started = time.perf_counter()
        warm_start = warm_start_labels(model, tokenizer, domain)
        seconds += time.perf_counter() - started
    reset_for_domain(model, domain, policy=args.reset_policy, seed=args.seed)
    if warm_start is not None:
        warm_start.copy_to(model)
        logger.info("%s: %d labels are like some that the checkpoint knows", domain.name, warm_start.num_labels)
    num_new_words = grow_vocabulary(model, domain, tokenizer)
    logger.info("%s: %d words are new to the checkpoint", domain.name, num_new_words)
    take_catalogs(model, domain, tokenizer, use_gazetteers=args.use_gazetteers)
    if rows is None:
        rows = encoded_training_rows(domain, args, tokenizer, model.config.intents, model.config.slot_types)
    if args.fit_heads:
        started = time.perf_counter()
        fit_heads(model, rows, from_start=warm_start is not None)
        seconds += time.perf_counter() - started
    return Preparation(rows, 0 if warm_start is None else warm_start.num_labels, num_new_words, seconds)
