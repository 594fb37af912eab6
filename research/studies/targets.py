"""The domains of a study: the source and author of each, and which data of it can be used."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.checks.rows import near_key
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.formats.registry import available_corpora, format_for
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.data.sources import corpus_folder
from modeling_bilstm_nlu.data.splits import cut_splits
from modeling_bilstm_nlu.data.unsplit import load_unsplit
from modeling_bilstm_nlu.hub.integrity import sha256_of
from modeling_bilstm_nlu.training.recipes.data import DataRecipe

from .skill_folders import find_skills

__all__ = ["EMBEDDED_SKILL", "Counts", "SkillsRecipe", "Target", "checksum", "skill_targets"]

#: The skill that is used if no folder of skills is named.
EMBEDDED_SKILL = "smart_garden"


@dataclass(frozen=True)
class Counts:
    """The size of a domain.

    Args:
        utterances: number in all splits.
        groups: number of carrier phrases, or of texts that differ in more than slot values.
        intents: number of names in its label list.
        slot_types: number of names in its label list.
    """

    utterances: int
    groups: int
    intents: int
    slot_types: int

    @classmethod
    def of(cls, domain: Domain) -> "Counts":
        rows = [row for split in domain.splits for row in domain.utterances(split)]
        groups = len({_group_of(row) for row in rows})
        return cls(len(rows), groups, len(domain.spec.intents), len(domain.spec.slot_types))


@dataclass(frozen=True)
class Target:
    """A domain of a study. It is loaded only when needed, so that a process keeps only what it works on.

    Args:
        name: of the domain, unique in its study.
        data: where its utterances come from.
        group: what it shares with others: the author of a skill, the corpus of a domain.
        generic: the generic checkpoint that never saw it; `Arm.base` may refer to it.
        sizes: training utterances, if they differ from the protocol's.
        recut: split all of its utterances again, and keep near duplicates (equal except for slot values) together; for
            skills, which have no splits, and for corpora that have a domain in some of their splits only.
        cut_by_seed: each seed splits (and fills templates) again, for domains with few test utterances.
        min_utterances: skip the domain if it has fewer.
        min_groups: skip it if it has fewer carrier phrases (or different texts, if it is annotated).
        training: fields of `RecipeArguments` for all networks; the arm's own settings override them.
    """

    name: str
    data: DataRecipe
    group: str = ""
    generic: str | None = None
    sizes: Sequence[int] | None = None
    recut: bool = False
    cut_by_seed: bool = False
    min_utterances: int = 0
    min_groups: int = 0
    training: Mapping[str, Any] = field(default_factory=dict)

    def load(self, seed: int = 0) -> Domain:
        """Load the domain with its splits.

        Args:
            seed: of the run; it is used only if `cut_by_seed` is true.

        Raises:
            DataError, RecipeError: the data cannot be loaded; see `DataRecipe.load`.
        """
        data = replace(self.data, seed=seed) if self.cut_by_seed else self.data
        return replace(_recut(data) if self.recut else data.load(), name=self.name)

    def why_too_few(self, counts: Counts) -> str | None:
        """The reason why a domain with these counts is skipped; `None` if it is not."""
        if counts.utterances < self.min_utterances:
            return f"{counts.utterances} utterances, fewer than {self.min_utterances}"
        if counts.groups < self.min_groups:
            return f"{counts.groups} carrier phrases or distinct texts, fewer than {self.min_groups}"
        return None

    def why_unusable(self, domain: Domain, counts: Counts) -> str | None:
        """The reason why nothing can be measured on the loaded domain; `None` if it can."""
        missing = [split for split in ("validation", "test") if split not in domain.splits]
        few = f"too few carrier phrases to cut a {' and a '.join(missing)} split off" if missing else None
        return self.why_too_few(counts) or few

    def format(self) -> str:
        """The name of the reader of its source."""
        source = str(self.data.source)
        corpus = source.partition("/")[0]
        return corpus if corpus in available_corpora() else format_for(source, self.data.format).name

    def fingerprint(self) -> str:
        """A checksum of the files of its source; empty if the source has no files."""
        source = Path(str(self.data.source))
        if source.exists():
            return checksum(source)
        folder = corpus_folder(source.parts[0], self.data.data_dir)
        return "" if folder is None else checksum(folder)


@lru_cache
def checksum(path: Path) -> str:
    """The checksum of a file, or of all files of a folder with their names; computed once per process."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    sha = hashlib.sha256()
    for file in files:
        sha.update(f"{file.relative_to(path)} {sha256_of(file)} ".encode())
    return sha.hexdigest()


def _recut(data: DataRecipe) -> Domain:
    """Load all utterances of a source and split them again."""
    whole = load_unsplit(
        str(data.source), format=data.format, seed=data.seed, data_dir=data.data_dir, **dict(data.options)
    )
    rows = [row for split in whole.splits for row in whole.utterances(split)]
    splits, counts = cut_splits(
        [replace(row, group=_group_of(row)) for row in rows],
        validation_size=data.validation_size,
        test_size=data.test_size,
        unseen_values=data.unseen_values,
        seed=data.seed,
    )
    return whole.with_utterances(splits, counts)


def _group_of(utterance: Utterance) -> str:
    """The carrier phrase of an utterance, or else its words, with slot types in place of the values."""
    if utterance.group is not None:
        return utterance.group
    pieces, position = [], 0
    for slot_type, start, end in utterance.spans or ():
        pieces += [utterance.text[position:start], f" {slot_type} "]
        position = end
    return near_key("".join([*pieces, utterance.text[position:]]))


@dataclass(frozen=True)
class SkillsRecipe:
    """Which skills of a folder a study uses, and how each is split; every seed splits again.

    Args:
        folder: has one folder per collection of skills; `None` uses only the embedded example skill.
        only: patterns of `collection/skill`; empty means all.
        exclude: patterns of skills to leave out.
        limit: use this many, evenly spread; `None` uses all.
        min_utterances: skip skills that have fewer.
        min_groups: skip skills that have fewer carrier phrases (annotated skills: texts that differ in more than slot
            values).
        validation_size: share of an intent's carrier phrases that are used for validation.
        test_size: share of an intent's carrier phrases that are used for test.
        unseen_values: share of each slot type's values that only test has; see `hold_out_values`.
        generic: the generic checkpoint that never saw a skill.
        sizes: training utterances, if they differ from the protocol's.
        training: fields of `RecipeArguments` for all networks.
    """

    folder: str | None = None
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    limit: int | None = None
    min_utterances: int = 20
    min_groups: int = 10
    validation_size: float = 0.15
    test_size: float = 0.15
    unseen_values: float = 0.0
    generic: str | None = None
    sizes: Sequence[int] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)


def skill_targets(recipe: SkillsRecipe, generic: str | None = None) -> list[Target]:
    """The skills of a folder as targets, by name.

    Args:
        recipe: which skills to use, and how to split them.
        generic: the checkpoint for skills if the recipe names none.

    Raises:
        DataError: there is no such folder, or it has none of the skills that the recipe asks for.
    """
    if recipe.folder is None:
        found = [(EMBEDDED_SKILL, EMBEDDED_SKILL, EMBEDDED_SKILL)]
    else:
        found = [
            (f"{skill.collection}/{skill.name}", str(skill.path), skill.author)
            for skill in find_skills(Path(recipe.folder))
        ]
        chosen = [item for item in found if _matches(item[0], recipe.only or ["*"])]
        found = sorted(item for item in chosen if not _matches(item[0], recipe.exclude))
        if not found:
            raise DataError(f"{recipe.folder}: no skill that the study asks for; name a folder of skill folders")
    if recipe.limit is not None and recipe.limit < len(found):
        found = [found[i * len(found) // recipe.limit] for i in range(recipe.limit)]
    return [
        Target(
            name,
            DataRecipe(
                source=source,
                validation_size=recipe.validation_size,
                test_size=recipe.test_size,
                unseen_values=recipe.unseen_values,
            ),
            group=author,
            generic=recipe.generic or generic,
            sizes=recipe.sizes,
            recut=True,
            cut_by_seed=True,
            min_utterances=recipe.min_utterances,
            min_groups=recipe.min_groups,
            training=recipe.training,
        )
        for name, source, author in found
    ]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
