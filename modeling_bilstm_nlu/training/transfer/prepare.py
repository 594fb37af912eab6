"""Prepare a generic checkpoint for a new domain, before the first training step."""

import logging
import time
from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.encoded import EncodedUtterances
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..arguments import NluTrainingArguments, TransferArguments, with_defaults_of
from ..fused_lstm import fused_lstms
from ..training_rows import encoded_training_rows, has_background
from .exact_phrases import take_phrases
from .gazetteers import take_catalogs
from .head_fitting import fit_heads
from .label_warm_start import warm_start_labels
from .own_words import take_words
from .reset import reset_for_domain
from .vocabulary import grow_vocabulary

__all__ = ["Preparation", "prepare_for_domain"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preparation:
    """The result of `prepare_for_domain`.

    Attributes:
        rows: the encoded train split, to train on.
        num_known_labels: number of labels of the domain with names similar to those of the checkpoint's labels.
        num_new_words: number of words of the domain that the checkpoint had no vector for.
        seconds: duration of the label-name warm start and of head fitting.
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
    """Prepare a generic checkpoint for a domain: all that is done before the first training step.

    There are six steps, in this order; each has its own function:

    1. label-name warm start (`warm_start_labels`): compute weights from the old heads of labels with similar names;
    2. reset (`reset_for_domain`): set the labels of the domain; new heads start with the weights of step 1;
    3. vocabulary (`grow_vocabulary`): the words of the domain get vectors of their own;
    4. gazetteers (`take_catalogs`): the slot catalogs of the domain replace the old ones;
    5. exact layer (`take_phrases`): the phrases of the domain replace the old ones;
    6. head fitting (`fit_heads`): the new heads are fitted to the frozen network.

    Args:
        model: the generic checkpoint; it is changed in place.
        domain: domain with a train split.
        args: a `TransferArguments`, or other arguments, which get the defaults of `TransferArguments`.
        tokenizer: tokenizer of the model.
        rows: the train split encoded with the domain's labels, if the caller has encoded it already.

    Raises:
        DataError: the slot catalogs of the domain are too large, or have a text that a file cannot store.
    """
    args = with_defaults_of(TransferArguments, args)
    warm_start, seconds = None, 0.0
    if args.label_name_warm_start and args.reset_policy == "heads":
        started = time.perf_counter()
        with fused_lstms(model):
            warm_start = warm_start_labels(model, tokenizer, domain)
        seconds += time.perf_counter() - started
    reset_for_domain(model, domain, policy=args.reset_policy, seed=args.seed)
    if warm_start is not None:
        warm_start.copy_to(model)
        logger.info("%s: %d labels are similar to labels of the checkpoint", domain.name, warm_start.num_labels)
    num_new_words = grow_vocabulary(model, domain, tokenizer)
    logger.info("%s: %d words are new to the checkpoint", domain.name, num_new_words)
    take_catalogs(model, domain, tokenizer, use_gazetteers=args.use_gazetteers)
    take_phrases(model, domain, keep_phrases=args.keep_phrases)
    take_words(model, domain, keep_words=args.keep_words)
    model.config.none_class = rows is None and has_background(domain, args)
    if rows is None:
        rows = encoded_training_rows(domain, args, tokenizer, model.config.intents, model.config.slot_types)
    if args.fit_heads:
        started = time.perf_counter()
        with fused_lstms(model):
            fit_heads(model, rows, from_start=warm_start is not None)
        seconds += time.perf_counter() - started
    return Preparation(rows, 0 if warm_start is None else warm_start.num_labels, num_new_words, seconds)
