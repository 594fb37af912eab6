"""The last fit: train a finished model a little longer on all data, also on what scored it.

Scores need utterances that the model has not seen. When they are known, these utterances are too good to be wasted: in
a skill of a hundred phrases, they are a third of all that its developer wrote.
"""

import logging
import math
from copy import copy
from tempfile import TemporaryDirectory

from transformers import PreTrainedTokenizerFast, PrinterCallback, ProgressCallback
from transformers.trainer_utils import IntervalStrategy

from ..data.domains import Domain
from ..data.splits import labels_of
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .arguments import NluTrainingArguments
from .decision.fitting import DecisionFit, refresh_decision
from .fused_lstm import fused_lstms
from .trainer import NluTrainer
from .transfer.vocabulary import grow_vocabulary

__all__ = ["SHARE_OF_STEPS", "everything", "fit_everything"]

logger = logging.getLogger(__name__)

#: Steps of the last fit, as a share of the steps that gave the best weights.
SHARE_OF_STEPS = 0.4


def everything(domain: Domain) -> Domain:
    """Return a domain whose train split has the utterances of all splits, and that has no other split.

    Utterances with labels that training has not seen are left out: the model does not have these labels.
    """
    known = {label for row in domain.utterances("train") for label in labels_of(row)}
    rows = [row for split in domain.splits for row in domain.utterances(split) if labels_of(row) <= known]
    return domain.with_utterances({"train": rows}, {})


def fit_everything(
    model: BiLstmNluForIntentAndSlots,
    domain: Domain,
    args: NluTrainingArguments,
    tokenizer: PreTrainedTokenizerFast,
    *,
    steps: int,
    decision_fit: DecisionFit | None = None,
    fit_segments: bool = False,
) -> int:
    """Train a finished model a little longer on the utterances of all splits.

    The model keeps its labels and its catalogs. Words that are new get vectors of their own. Nothing is evaluated and
    nothing is saved.

    Args:
        model: the trained model; it is changed in place.
        domain: the domain that it was trained on.
        args: the arguments that it was trained with.
        tokenizer: tokenizer of the model.
        steps: number of steps that gave its weights; the last fit makes `SHARE_OF_STEPS` as many.
        decision_fit: how its decision was fitted. Where the texts are is computed again; threshold and calibration
            stay, because nothing is left to fit them on.
        fit_segments: whether the last weights get heads that split texts.

    Returns:
        The number of steps made; 0 if the domain has only a train split.
    """
    if list(domain.splits) == ["train"]:
        return 0
    whole = everything(domain)
    more = max(1, math.ceil(SHARE_OF_STEPS * steps))
    grow_vocabulary(model, whole, tokenizer)
    with TemporaryDirectory() as folder:
        trainer = NluTrainer(
            model, _without_evaluation(args, folder, more, fit_segments), whole, processing_class=tokenizer
        )
        for callback in (PrinterCallback, ProgressCallback):
            trainer.remove_callback(callback)
        trainer.train()
        trainer.bare_model.eval()
    if decision_fit is not None:
        rows = whole.utterances("train")
        with fused_lstms(model):
            refresh_decision(model, tokenizer, whole, decision_fit, train=rows, seed=args.seed)
    logger.info("%s: last fit of %d steps on %d utterances", domain.name, more, len(whole.splits["train"]))
    return more


def _without_evaluation(
    args: NluTrainingArguments, folder: str, steps: int, fit_segments: bool
) -> NluTrainingArguments:
    changed = copy(args)  # `replace` would run __post_init__ on its own results
    changed.output_dir, changed.max_steps = folder, steps
    changed.eval_strategy, changed.save_strategy, changed.logging_strategy = (IntervalStrategy.NO,) * 3
    changed.load_best_model_at_end = changed.push_to_hub = changed.do_eval = changed.fit_decision = False
    changed.early_stopping_patience, changed.fit_segments = 0, fit_segments
    return changed
