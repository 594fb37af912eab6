"""A Trainer that writes its model with a card, and pushes both to a hub."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers import PreTrainedTokenizerFast

from bilstm_nlu.files import write_text

from ..data.domains import Domain
from ..hub.card import render_card
from ..hub.card_data import CardData
from ..hub.latency import Latency, measure_latency
from ..hub.publish import publish
from ..hub.writing import write_repository
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .arguments import NluTrainingArguments
from .callbacks import LearningCurveCallback
from .checked_trainer import CheckedTrainer
from .domain_card_data import domain_card_data, example_texts
from .scoring import score_facts

__all__ = ["PublishingTrainer"]


class PublishingTrainer(CheckedTrainer):
    """Writes the model of a run with its card, and pushes both; the base of `NluTrainer`.

    Attributes:
        domain: the data of the run; `None` if the caller gave encoded data alone.
        learning_curve: the evaluations of the run.
        lineage: `base_model` and `base_model_revision` for the model card.
        nlu_args: the arguments of the run.
    """

    domain: Domain | None
    learning_curve: LearningCurveCallback
    lineage: dict[str, str | None]
    nlu_args: NluTrainingArguments
    _latency: Latency | None
    _tokenizer: PreTrainedTokenizerFast

    def _ensure_prepared(self) -> None:
        """Prepare the model if this needs no training; trainers whose preparation trains raise an NluError."""
        raise NotImplementedError

    def card_data(self, name: str, *, packed: bool = False, **card_data: Any) -> CardData:
        """Return the card data of this run.

        Args:
            name: name of the model.
            packed: whether the weights are saved packed, see `save_pretrained`.
            card_data: arguments of `CardData` that override those of the trainer. Without `metrics`, the current
                weights, as they would be saved, are scored on the validation split, if there is one.
        """
        self._ensure_prepared()
        model, domain = self.bare_model.as_saved(packed=packed), self.domain
        known: dict[str, Any] = {"learning_curve": self.learning_curve.points, **self.lineage}
        texts: list[str] = []
        if domain is not None:
            split = "validation" if "validation" in domain.splits else "train"
            texts = example_texts(domain, split)
            known |= domain_card_data(domain)
            if self._latency is None:  # measured once, so that a second push has the same card
                self._latency = measure_latency(model, self._tokenizer, example_texts(domain, split, 20))
            known["latency"] = self._latency
            if "metrics" not in card_data and split == "validation":
                known |= score_facts(model, self._tokenizer, domain, [split])
        given = {"texts": texts, **known, **card_data}
        return CardData.from_model(name, model, self._tokenizer, packed=packed, **given)

    @property
    def bare_model(self) -> BiLstmNluForIntentAndSlots:
        """The model without the wrappers of mixed precision and distributed training, as users will load it.

        The first use ends mixed precision, so do not use it in a training step.
        """
        model = self.accelerator.unwrap_model(self.model, keep_fp32_wrapper=False)
        vars(model).pop("_is_accelerate_prepared", None)  # so that another trainer can turn mixed precision on
        return model

    def write_repository(
        self, folder: str | Path, *, recipe: object = None, packed: bool = False, **card_data: Any
    ) -> Path:
        """Write weights, tokenizer, code and the model card of this run as one repository folder.

        Args:
            folder: folder to write; it must not exist, or be empty, or be an older repository.
            recipe: content of `recipe.yaml`.
            packed: save the weights in less than half the space, see `save_pretrained`; the card says so.
            card_data: arguments of `CardData`, see the method `card_data`.

        Raises:
            NluError: the folder contains something else, or the model has to be prepared first.
        """
        card = self.card_data(Path(folder).expanduser().resolve().name, packed=packed, **card_data)
        return write_repository(folder, self.bare_model, self._tokenizer, card, recipe=recipe, packed=packed)

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Write the card of this package instead of the card of transformers; all arguments are ignored."""
        if self.is_world_process_zero():
            card = render_card(self.card_data(self.repository_name))
            write_text(Path(self.nlu_args.output_dir or ".") / "README.md", card)

    @property
    def repository_name(self) -> str:
        """The name of the repository without its owner: from `args.hub_model_id`, or else from the output folder."""
        wanted = self.nlu_args.hub_model_id or Path(self.nlu_args.output_dir or ".").resolve().name
        return wanted.rpartition("/")[2]

    def push_to_hub(  # type: ignore[override]
        self,
        commit_message: str | None = None,
        *,
        token: str | None = None,
        revision: str | None = None,
        tag: str | None = None,
        create_pr: bool = False,
        private: bool | None = None,
    ) -> str | None:
        """Push the model to the hub as one commit, after a check that it runs without this package installed.

        The check runs the model in a process without this package, and compares the results. The current weights are
        pushed, without the files of the trainer. The repository is `args.hub_model_id`, by default a repository of
        yours with the name of the output folder. Other arguments of the method of transformers are refused.

        Args:
            commit_message: first line of the commit message.
            token: token of the hub; `args.hub_token` by default.
            revision: branch to push to.
            tag: tag for the commit.
            create_pr: open a pull request instead.
            private: whether a new repository is private; `args.hub_private_repo` by default.

        Returns:
            The address of the commit; `None` in all processes except the first.

        Raises:
            NluError: the hub refuses or cannot be reached.
            TypeError: an unknown argument.
        """
        if not self.is_world_process_zero():
            return None
        with TemporaryDirectory() as folder:
            return publish(
                Path(folder) / self.repository_name,
                self.bare_model,
                self._tokenizer,
                self.card_data(self.repository_name),
                repo_id=self.nlu_args.hub_model_id or self.repository_name,
                private=self.nlu_args.hub_private_repo if private is None else private,
                commit_message=commit_message or "End of training",
                token=token or self.nlu_args.hub_token,
                revision=revision,
                tag=tag,
                create_pr=create_pr,
            ).url
