"""The domains that a study teaches: where each comes from, who made it, and what of it can be used."""

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

#: The skill that stands in where no folder of skills is named.
EMBEDDED_SKILL = "smart_garden"


@dataclass(frozen=True)
class Counts:
    """How much of a domain there is.

    Args:
        utterances: in all splits.
        groups: carrier phrases, or texts that differ in more than slot values.
        intents: names in its label list.
        slot_types: names in its label list.
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
    """A domain of a study; it is loaded where it is needed, so that a process holds no more than it works on.

    Args:
        name: of the domain, one of a kind in its study.
        data: where its utterances come from.
        group: what it has in common with others: the author of a skill, the corpus of a domain.
        generic: the generic checkpoint that never saw it; `Arm.base` may point at it.
        sizes: training utterances, where they are others than the protocol's.
        recut: cut all of its utterances into splits anew, those that are near duplicates but for slot values together;
            for skills, which have no splits, and for corpora that have a domain in some of theirs alone.
        cut_by_seed: each seed of the protocol cuts (and fills templates) anew, for domains with few test utterances.
        min_utterances: pass the domain over if it has fewer.
        min_groups: pass it over if it has fewer carrier phrases, or texts where those are annotated.
        training: fields of `RecipeArguments` for all networks; what an arm says goes before.
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
        """The domain with its splits.

        Args:
            seed: of the run; it matters to those that are cut by it.

        Raises:
            DataError, RecipeError: see `DataRecipe.load`.
        """
        data = replace(self.data, seed=seed) if self.cut_by_seed else self.data
        return replace(_recut(data) if self.recut else data.load(), name=self.name)

    def why_too_few(self, counts: Counts) -> str | None:
        """Why a domain with so many utterances is passed over; `None` if it is not."""
        if counts.utterances < self.min_utterances:
            return f"{counts.utterances} utterances, fewer than {self.min_utterances}"
        if counts.groups < self.min_groups:
            return f"{counts.groups} carrier phrases or distinct texts, fewer than {self.min_groups}"
        return None

    def why_unusable(self, domain: Domain, counts: Counts) -> str | None:
        """Why nothing can be measured on the domain, as loaded; `None` if it can."""
        missing = [split for split in ("validation", "test") if split not in domain.splits]
        few = f"too few carrier phrases to cut a {' and a '.join(missing)} split off" if missing else None
        return self.why_too_few(counts) or few

    def format(self) -> str:
        """The name of the reader of its source."""
        source = str(self.data.source)
        corpus = source.partition("/")[0]
        return corpus if corpus in available_corpora() else format_for(source, self.data.format).name

    def fingerprint(self) -> str:
        """What the files of its source hold, as a checksum; empty where it is none of files."""
        source = Path(str(self.data.source))
        if source.exists():
            return checksum(source)
        folder = corpus_folder(source.parts[0], self.data.data_dir)
        return "" if folder is None else checksum(folder)


@lru_cache
def checksum(path: Path) -> str:
    """Of a file, or of all files of a folder with their names; read once a process."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    sha = hashlib.sha256()
    for file in files:
        sha.update(f"{file.relative_to(path)} {sha256_of(file)} ".encode())
    return sha.hexdigest()


def _recut(data: DataRecipe) -> Domain:
    """All utterances of a source, cut anew."""
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
    """The carrier phrase of an utterance, or else its words with names of slot types for their values."""
    if utterance.group is not None:
        return utterance.group
    pieces, position = [], 0
    for slot_type, start, end in utterance.spans or ():
        pieces += [utterance.text[position:start], f" {slot_type} "]
        position = end
    return near_key("".join([*pieces, utterance.text[position:]]))


@dataclass(frozen=True)
class SkillsRecipe:
    """Which skills of a folder a study takes, and how each is cut; every seed cuts anew.

    Args:
        folder: holds a folder for each collection of skills; the embedded example skill alone where it is `None`.
        only: patterns of `collection/skill`; all where there are none.
        exclude: patterns of skills to leave out.
        limit: take that many, evenly spread; all where it is `None`.
        min_utterances: pass skills over that have fewer.
        min_groups: pass skills over that have fewer carrier phrases (annotated skills: texts that differ in more than
            slot values).
        validation_size: share of an intent's carrier phrases cut off for validation.
        test_size: share of an intent's carrier phrases cut off for test.
        unseen_values: share of each slot type's values that test alone has; see `hold_out_values`.
        generic: the generic checkpoint that never saw a skill.
        sizes: training utterances, where they are others than the protocol's.
        training: as `Target.training`.
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
        recipe: which, and how to cut them.
        generic: the checkpoint for skills whose recipe names none.

    Raises:
        DataError: there is no such folder, or no skill in it that was asked for.
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
            raise DataError(f"{recipe.folder}: no skill in it that the study asks for; it wants folders of skills")
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
