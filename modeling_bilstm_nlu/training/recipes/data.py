"""The section `data` of a recipe, which says where the data comes from."""

from dataclasses import dataclass, field, fields
from typing import Any

from bilstm_nlu.errors import DataError, RecipeError

from ...data.domains import Domain, sample_utterances, to_dataset
from ...data.formats.options import COMMON_OPTIONS, check_options
from ...data.formats.registry import format_for
from ...data.loading import check_mixture_options, is_mixture, load_domain
from ...data.split_names import SPLITS
from ...data.splits import cut_splits
from .values import check_keys

__all__ = ["DataRecipe", "check_data"]


@dataclass(frozen=True)
class DataRecipe:
    """Where the data of a run comes from; see `load_domain`.

    Args:
        source: a path, the name of an embedded domain, of a public corpus or one of its domains, `mature`, or a hub
            id; `None` if the command line gives it.
        format: the format of the source; `None` recognises it from the source.
        name: name of the domain; `None` takes the name of the source.
        seed: seed of the splits, of fillings and of the sample. It is not the seed of the training, so that runs with
            different training seeds are scored on the same test utterances.
        validation_size: share to move to validation, if the source has no validation split.
        test_size: share to move to test, if the source has only a train split.
        unseen_values: share of each slot type's values that only the test split has; see `hold_out_values`.
        drop_unseen: leave out utterances with labels that are not in the train split; `None` does so only for public
            corpora.
        train_size: train on only this number of utterances, one of each intent first; `None` takes all.
        split: the split that the trained model is scored on.
        data_dir: the folder with a folder for each public corpus; `None` takes it from `BILSTM_NLU_DATA`.
        more: files or folders with more utterances to train on, see `load_domain`.
        options: options of the reader, such as `domains`, `exclude_domains` or `intents`; for `mature`, such as
            `exclude`.
    """

    source: str | None = None
    format: str | None = None
    name: str | None = None
    seed: int = 0
    validation_size: float = 0.15
    test_size: float = 0.15
    unseen_values: float = 0.0
    drop_unseen: bool | None = None
    train_size: int | None = None
    split: str = "test"
    data_dir: str | None = None
    more: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def load(self) -> Domain:
        """Load the domain, with a validation split and a sample of the train split if the recipe asks for them.

        Raises:
            RecipeError: there is no source.
            DataError: see `load_domain`.
        """
        domain = self._with_validation(self._load())
        if self.train_size is None:
            return domain
        # the label lists do not change: they are those of the whole domain
        domain.splits["train"] = sample_utterances(domain.splits["train"], self.train_size, seed=self.seed)
        return domain

    def _load(self) -> Domain:
        if self.source is None:
            raise RecipeError("the recipe has no data; set data.source to a path, an embedded domain or a hub id")
        return load_domain(
            self.source,
            format=self.format,
            name=self.name,
            seed=self.seed,
            validation_size=self.validation_size,
            test_size=self.test_size,
            unseen_values=self.unseen_values,
            drop_unseen=self.drop_unseen,
            data_dir=self.data_dir,
            more=self.more,
            **self.options,
        )

    def _with_validation(self, domain: Domain) -> Domain:
        """Take a validation split from train if the source does not have one."""
        if "validation" not in domain.splits and self.validation_size:
            train = domain.utterances("train")
            cut, _ = cut_splits(train, validation_size=self.validation_size, test_size=0, seed=self.seed)
            domain.splits.update({split: to_dataset(rows) for split, rows in cut.items()})
        return domain


def check_data(data: DataRecipe, where: str) -> None:
    """Raise a RecipeError for an unknown split or format, or an option that its reader does not have.

    Args:
        data: the section `data`; its source is not opened.
        where: file and section, for messages.
    """
    if data.split not in SPLITS:
        raise RecipeError(f"{where}: split must be one of {', '.join(SPLITS)}, got {data.split!r}")
    if misplaced := sorted(data.options.keys() & {item.name for item in fields(DataRecipe)}):
        raise RecipeError(
            f"{where}: {', '.join(misplaced)} is in data.options; move it out of options, to data.{misplaced[0]}"
        )
    try:
        if is_mixture(data.source):
            check_mixture_options(data.options)
        elif data.format is not None:
            reader = format_for(data.source or "", data.format)
            known = {*COMMON_OPTIONS, *reader.options, "on_error"}
            check_keys(data.options, list(known), f"{where} options of format {data.format!r}")
            check_options(reader.read, data.options, f"format {data.format!r}")
    except DataError as error:
        raise RecipeError(f"{where}: {error.message}", cure=error.cures) from error
