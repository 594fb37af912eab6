"""The part of a recipe that says where the data comes from."""

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
    """Where the data comes from; see `load_domain`.

    Args:
        source: a path, the name of an embedded domain, of a public corpus or one of its domains, `mature`, or a hub
            id; `None` leaves it to the command line.
        format: the format of the source; recognised where it is `None`.
        name: of the domain; drawn from the source where it is `None`.
        seed: of the cut into splits, of fillings and of the sample. Not the seed of the training, so that runs of
            several seeds are scored on the same test utterances.
        validation_size: share cut off for validation where the source has no validation split.
        test_size: share cut off for test where the source has a train split only.
        unseen_values: share of each slot type's values that test alone has; see `hold_out_values`.
        drop_unseen: leave out utterances with labels that training never saw; `None` does so in public corpora.
        train_size: train on that many utterances only, one of each intent first; `None` takes all.
        split: the split that the finished model is scored on.
        data_dir: the folder with a folder for each public corpus; `BILSTM_NLU_DATA` where it is `None`.
        options: of the reader, such as `domains`, `exclude_domains` or `intents`; of `mature`, such as `exclude`.
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
    options: dict[str, Any] = field(default_factory=dict)

    def load(self) -> Domain:
        """Load the domain.

        Raises:
            RecipeError: there is no source.
            DataError: see `load_domain`.
        """
        domain = self._with_validation(self._load())
        if self.train_size is None:
            return domain
        # the label lists stay those of the whole domain
        domain.splits["train"] = sample_utterances(domain.splits["train"], self.train_size, seed=self.seed)
        return domain

    def _load(self) -> Domain:
        if self.source is None:
            raise RecipeError("the recipe names no data; give a path, an embedded domain or a hub id as data.source")
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
            **self.options,
        )

    def _with_validation(self, domain: Domain) -> Domain:
        """Cut a validation split off train where the source brings a test split alone."""
        if "validation" not in domain.splits and self.validation_size:
            train = domain.utterances("train")
            cut, _ = cut_splits(train, validation_size=self.validation_size, test_size=0, seed=self.seed)
            domain.splits.update({split: to_dataset(rows) for split, rows in cut.items()})
        return domain


def check_data(data: DataRecipe, where: str) -> None:
    """Raise a RecipeError for an unknown split or format, or an option that its reader does not take.

    Args:
        data: the section; its source is not opened.
        where: file and section, for messages.
    """
    if data.split not in SPLITS:
        raise RecipeError(f"{where}: split must be one of {', '.join(SPLITS)}, got {data.split!r}")
    if misplaced := sorted(data.options.keys() & {item.name for item in fields(DataRecipe)}):
        raise RecipeError(
            f"{where}: {', '.join(misplaced)} is among the options; write it next to them, as data.{misplaced[0]}"
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
