"""The methods of arms: how each one gets a model from a domain, with one interface."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from transformers import PreTrainedTokenizerFast, PrinterCallback

from bilstm_nlu.errors import Cure, NluError
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import NluTrainer, TransferTrainer, build_model, prefers_bf16, with_overrides
from modeling_bilstm_nlu.training.arguments import RecipeArguments

from .protocol import NETWORK, Arm, Protocol

if TYPE_CHECKING:
    from ..baselines import JointEncoder, MaxEntCrf

__all__ = ["METHODS", "Fitted", "Method"]

_SCORED = ("validation", "test")


class Fitted(NamedTuple):
    """A model that a method has made, with its scores.

    Attributes:
        scores: of the splits `validation` and `test`.
        curve: points with `step`, `seconds` and scores of the validation split; empty if the method has no steps.
        seconds: time from the domain to the model, with what is loaded and prepared, and without evaluations.
        parse: a function from a text to its frame.
        save: writes the model to a folder that does not exist yet.
    """

    scores: Mapping[str, Mapping[str, float]]
    curve: Sequence[Mapping[str, float]]
    seconds: float
    parse: Callable[[str], Any]
    save: Callable[[Path], Any]


@dataclass(frozen=True)
class Method:
    """A way to get a model from the train split of a domain; it must not choose anything by the other splits.

    Args:
        fit: takes the arm, the domain, the seed, the protocol and a folder for its own files.
        options: the keys that `Arm.options` may have, with their types.
        required: the options that an arm must set.
        library: a library of the extra `baselines` that it needs.
    """

    fit: Callable[[Arm, Domain, int, Protocol, Path], Fitted]
    options: Mapping[str, Any]
    required: Sequence[str] = ()
    library: str | None = None

    def check_installed(self) -> None:
        """Raise a NluError if its library is not installed."""
        if self.library is not None and find_spec(self.library) is None:
            message = f"an arm of the study needs {self.library}, which is not installed"
            raise NluError(message, cure=Cure("run {}", install="baselines"))


def _fit_network(arm: Arm, domain: Domain, seed: int, protocol: Protocol, output_dir: Path) -> Fitted:
    started = time.perf_counter()
    defaults: dict[str, Any] = {
        "output_dir": str(output_dir),
        "max_steps": protocol.steps_for(len(domain.splits["train"])),
        "per_device_train_batch_size": min(protocol.batch_size, len(domain.splits["train"])),
        "eval_strategy": "steps",
        "eval_steps": protocol.eval_steps,
        "eval_on_start": True,
        "logging_strategy": "no",
        "disable_tqdm": True,
        "bf16": prefers_bf16(),
        "use_cpu": not torch.cuda.is_available(),
        "seed": seed,
    }
    args = RecipeArguments(**{**defaults, **arm.training})
    trainer: NluTrainer
    if arm.base is None:
        model, tokenizer = build_model(domain, seed=seed, **arm.model), build_tokenizer()
        packed = False
        trainer = NluTrainer(model, args, domain, processing_class=tokenizer)
    else:
        model, tokenizer = load_checkpoint(arm.base)
        packed = model.config.packed_weights  # the command also saves models packed if their base is packed
        model = with_overrides(model, arm.model)
        trainer = TransferTrainer(model, args, domain, processing_class=tokenizer)
    trainer.remove_callback(PrinterCallback)
    before = time.perf_counter() - started
    trainer.train()
    if packed:
        model.round_as_packed()
    test = trainer.predict(trainer.encode(domain.splits["test"], f"{domain.name}/test"), metric_key_prefix="test")
    scores = {name.removeprefix("test_"): value for name, value in (test.metrics or {}).items()}
    curve = [{**point, "seconds": point["seconds"] + before} for point in trainer.learning_curve.points]
    model = trainer.bare_model  # without mixed precision, the way others will run it
    nlu = BiLstmNluPipeline(model=model.eval(), tokenizer=cast(Any, tokenizer), device=model.device)
    return Fitted(
        {"validation": curve[-1], "test": scores},
        curve,
        curve[-1]["seconds"],
        partial(nlu, normalise=None),
        partial(_save_network, model, tokenizer, packed),
    )


def _save_network(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, packed: bool, folder: Path
) -> None:
    model.save_pretrained(folder, packed=packed)
    tokenizer.save_pretrained(folder)


def _fit_maxent_crf(arm: Arm, domain: Domain, seed: int, protocol: Protocol, output_dir: Path) -> Fitted:
    options = dict(arm.options)
    tune = options.pop("tune", False)
    return _timed(domain, _baselines().MaxEntCrf(**options), tune=tune, validation=None)


def _fit_sentence_encoder(arm: Arm, domain: Domain, seed: int, protocol: Protocol, output_dir: Path) -> Fitted:
    options = dict(arm.options)
    max_steps = options.pop("max_steps", None)
    return _timed(domain, _baselines().JointEncoder(**options), seed=seed, max_steps=max_steps)


def _baselines() -> Any:
    """The baselines; only they need the libraries of the extra `baselines`, and the quickstart does without."""
    return import_module("..baselines", __package__)


def _timed(domain: Domain, baseline: "MaxEntCrf | JointEncoder", **options: Any) -> Fitted:
    started = time.perf_counter()
    fit: Callable[..., Any] = baseline.fit
    fit(domain, **options)
    seconds = time.perf_counter() - started
    scores = {split: baseline.score(domain.splits[split]) for split in _SCORED}
    return Fitted(scores, [], seconds, lambda text: baseline.predict([text]), baseline.save)


#: Values of `Arm.method`.
METHODS: Mapping[str, Method] = {
    NETWORK: Method(_fit_network, {}),
    "maxent_crf": Method(
        _fit_maxent_crf,
        {"gazetteers": bool, "slots_see_intent": bool, "tune": bool},
        library="sklearn_crfsuite",
    ),
    "sentence_encoder": Method(
        _fit_sentence_encoder,
        {"encoder": str, "learning_rate": float, "head_learning_rate": float, "max_steps": int, "frozen": bool},
        required=("encoder",),
    ),
}
