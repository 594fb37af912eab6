"""The recipe of a study: domains, arms and protocol, and what is made of the records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu.training.recipes import build_recipe
from modeling_bilstm_nlu.training.recipes.data import DataRecipe
from modeling_bilstm_nlu.training.recipes.values import apply_overrides, check_keys, fit_section, read_yaml

from .grid import for_target
from .methods import METHODS
from .protocol import NETWORK, Arm, Protocol
from .targets import SkillsRecipe, Target, skill_targets

__all__ = ["REPORTS", "StudyRecipe", "load_study"]

#: What can be made of records; `comparison` is the plain table.
REPORTS = ("comparison", "skills", "growth", "convergence", "ablations", "few_shot")

#: What the option `encoder` of an arm may be in place of a folder or hub id.
ENCODER = "{encoder}"

#: The report on the records of other studies.
FROM_RECORDS = "convergence"

#: The parts of a recipe with checks of their own.
_OWN = ("domains", "skills", "arms", "protocol")

#: The part of a recipe that `--quick` puts over the rest.
QUICK = "quick"


@dataclass(frozen=True)
class StudyRecipe:
    """A comparison of arms on domains.

    Args:
        domains: what is taught besides the skills; names must differ.
        skills: the skills of a folder.
        groups: those of the domains and skills to teach; all where there are none.
        arms: the ways to train.
        protocol: sizes, seeds, steps.
        baseline: name of the arm that the others are compared with.
        arm: name of the arm that the report is about.
        baselines: names of the arms that a report chooses the better of for each domain, by validation; all but `arm`
            where there are none.
        report: what is made of the records, one of `REPORTS`.
        title: of the page.
        records: folders of finished studies to report on; such a recipe has no domains and arms of its own.
        generic: the generic checkpoint of every domain that names none.
        encoder: a folder or hub id; `{encoder}` in the options of an arm stands for it.
        jobs: processes at a time, of one compute thread each.
        output_dir: for records, summary, page and pictures; with `-quick` at its end where `quick` is true.
        quick: whether the section of that name was put over the rest.
    """

    domains: tuple[Target, ...] = ()
    skills: SkillsRecipe | None = None
    groups: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = ()
    protocol: Protocol = Protocol()
    baseline: str = "scratch"
    arm: str = "transfer"
    baselines: tuple[str, ...] = ()
    report: str = "comparison"
    title: str = ""
    records: tuple[str, ...] = ()
    generic: str | None = None
    encoder: str | None = None
    jobs: int = 1
    output_dir: str = "runs/study"
    quick: bool = False

    @property
    def rivals(self) -> tuple[str, ...]:
        """The arms among which the better baseline of a domain is chosen."""
        return self.baselines or tuple(arm.name for arm in self.arms if arm.name != self.arm)

    def targets(
        self,
        *,
        sources: Mapping[str, str] | None = None,
        data_dir: str | None = None,
        skills_dir: str | None = None,
    ) -> list[Target]:
        """The domains to teach.

        Args:
            sources: the path or hub id to put in place of a `source` that the recipe gives as a bare name.
            data_dir: the folder with a folder for each public corpus.
            skills_dir: the folder with a folder for each collection of skills; the recipe's, or else the embedded
                example skill, where it is `None`.

        Raises:
            DataError: there is no such folder of skills.
            RecipeError: a source or a group that the recipe does not have, two domains of one name, or a domain
                without the generic checkpoint that an arm asks for.
        """
        found = sources or {}
        if unknown := sorted(set(found) - {str(target.data.source) for target in self.domains}):
            raise RecipeError(f"no domain of the study has the source {', '.join(unknown)}")
        targets = []
        for target in self.domains:
            source = found.get(str(target.data.source), target.data.source)
            data = replace(target.data, source=source, data_dir=data_dir or target.data.data_dir)
            targets.append(replace(target, data=data, generic=target.generic or self.generic))
        if self.skills is not None:
            skills = replace(self.skills, folder=skills_dir or self.skills.folder)
            targets += skill_targets(skills, self.generic)
        elif skills_dir is not None:
            raise RecipeError("the study takes no skills; leave the folder of skills out")
        if unknown := sorted(set(self.groups) - {target.group for target in targets}):
            raise RecipeError(f"no domain of the study is of the group {', '.join(unknown)}")
        targets = [target for target in targets if target.group in self.groups or not self.groups]
        _check_names("domains", [target.name for target in targets], "the study")
        for target in targets:
            for arm in self.arms:
                for_target(arm, target)
        return targets


def load_study(path: str | Path, overrides: Iterable[str] = (), *, is_quick: bool = False) -> StudyRecipe:
    """Read the recipe of a study, as strictly as any recipe.

    Args:
        path: a YAML file such as `configuration/studies/spine.yaml`.
        overrides: values that go before the file's, such as `protocol.steps=100`.
        is_quick: put the file's section `quick` over the rest: its mappings key by key, its other values whole.

    Raises:
        RecipeError: an unknown key, a value of the wrong kind, two arms or domains of one name, or no baseline.
    """
    where = str(path)
    document = read_yaml(Path(path))
    quick = document.pop(QUICK, None)
    if is_quick:
        if not isinstance(quick, Mapping):
            raise RecipeError(f"{where}: it has no section {QUICK!r} that makes it quick")
        document = _over(document, quick)
    document = apply_overrides(document, overrides, where)
    check_keys(document, [item.name for item in fields(StudyRecipe) if item.name != QUICK], where)
    study = StudyRecipe(quick=is_quick, **_plain_values(document, where, is_quick))
    if study.report not in REPORTS:
        raise RecipeError(f"{where}: report must be one of {', '.join(REPORTS)}, got {study.report!r}")
    if (study.report == FROM_RECORDS) != bool(study.records):
        raise RecipeError(f"{where}: the report {FROM_RECORDS}, and no other, is made from records: of other studies")
    if study.records:
        if misplaced := [name for name in _OWN if name in document]:
            raise RecipeError(f"{where}: it makes no runs of its own; {misplaced[0]} has no place in it")
        return study
    study = replace(study, **_parts(document, where, study.encoder))
    named = [("baseline", study.baseline), *(("baseline", name) for name in study.baselines)]
    named += [("against", arm.against) for arm in study.arms if arm.against is not None]
    named += [("arm", study.arm)] * (study.report in ("skills", "growth"))
    names = [arm.name for arm in study.arms]
    for which, name in named:
        if name not in names:
            raise RecipeError(f"{where}: {which} {name!r} is no arm; arms: {', '.join(names)}")
    return study


def _plain_values(document: Mapping[str, Any], where: str, is_quick: bool) -> dict[str, Any]:
    """What stands at the top of a recipe and is no part with checks of its own."""
    kinds = {name: kind for name, kind in get_type_hints(StudyRecipe).items() if name not in _OWN}
    lists = ("records", "baselines", "groups")
    given = {name: value for name, value in document.items() if name not in _OWN}
    values = fit_section(given, kinds | dict.fromkeys(lists, list[str]), where)
    values |= {name: tuple(values.get(name, ())) for name in lists}
    if is_quick:
        values["output_dir"] = f"{values.get('output_dir', StudyRecipe.output_dir)}-{QUICK}"
    return values


def _parts(document: Mapping[str, Any], where: str, encoder: str | None) -> dict[str, Any]:
    """The domains, skills, arms and protocol of a recipe."""
    skills = None
    if "skills" in document:
        kinds = get_type_hints(SkillsRecipe) | {"sizes": list[int] | None}
        values = fit_section(document["skills"], kinds, f"{where} [skills]")
        skills = SkillsRecipe(**_with_training(values, f"{where} [skills]"))
    entries = _items(document, "domains", where) if skills is None or "domains" in document else []
    domains = [target for i, entry in enumerate(entries) for target in _targets(entry, f"{where} [domains {i}]")]
    arms = [_arm(entry, f"{where} [arms {i}]", encoder) for i, entry in enumerate(_items(document, "arms", where))]
    kinds = get_type_hints(Protocol) | {"sizes": list[int], "seeds": list[int]}
    protocol = Protocol(**fit_section(document.get("protocol"), kinds, f"{where} [protocol]"))
    _check_names("domains", [target.name for target in domains], where)
    _check_names("arms", [arm.name for arm in arms], where)
    _check_protocol(protocol, f"{where} [protocol]")
    return {"domains": tuple(domains), "skills": skills, "arms": tuple(arms), "protocol": protocol}


def _over(document: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for key, value in more.items():
        below = document.get(key)
        merged[key] = _over(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def _items(document: Mapping[str, Any], key: str, where: str) -> list[Any]:
    items = document.get(key)
    if not isinstance(items, list) or not items:
        raise RecipeError(f"{where}: {key} must be a list with at least one entry")
    return items


def _check_names(kind: str, given: Sequence[Any], where: str) -> None:
    if len(set(given)) != len(given) or None in given:
        raise RecipeError(f"{where} [{kind}]: each needs a name of its own, got {list(given)}")


def _check_protocol(protocol: Protocol, where: str) -> None:
    for name in ("sizes", "seeds"):
        if not getattr(protocol, name):
            raise RecipeError(f"{where}: {name} must not be empty")
    if min(protocol.sizes) < 1:
        raise RecipeError(f"{where}: sizes must be at least 1, got {min(protocol.sizes)}")
    for name in ("steps", "eval_steps", "batch_size", "max_validation", "max_test", "min_epochs"):
        value = getattr(protocol, name)
        if value is not None and value < 1:
            raise RecipeError(f"{where}: {name} must be at least 1, got {value}")


#: What an entry of `domains` may say beside the fields of `DataRecipe`.
_TARGET_KINDS = {
    "sources": list[str],
    "group": str,
    "generic": str | None,
    "sizes": list[int] | None,
    "recut": bool,
    "min_utterances": int,
    "min_groups": int,
    "training": Mapping[str, Any],
}


def _targets(entry: Any, where: str) -> list[Target]:
    """The domain of an entry, or with `sources` one for each, named after its source."""
    kinds = get_type_hints(DataRecipe)
    values = fit_section(entry, kinds | _TARGET_KINDS, where)
    own = _with_training({name: values.pop(name) for name in list(values) if name in _TARGET_KINDS}, where)
    sources = own.pop("sources", None)
    if sources is None:
        data = DataRecipe(**values)
        name = data.name or (data.source if data.source and "/" in data.source else None)
        return [Target(name or "", data, **own)] if name else _no_name(data.source, where)
    if clash := [name for name in ("source", "name") if name in values]:
        raise RecipeError(f"{where}: give sources or {clash[0]}, not both")
    return [Target(source, DataRecipe(source=source, **values), **own) for source in sources]


def _checked(part: str, values: Mapping[str, Any] | None, where: str) -> dict[str, Any]:
    """The settings `model` or `training` of a network, by the checks of a training recipe: names, kinds, ranges."""
    recipe = build_recipe({"data": {}, part: dict(values or {})}, where)
    return {name: getattr(recipe, part)[name] for name in values or {}}


def _with_training(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {**values, "training": _checked("training", values.get("training"), where)}


def _no_name(source: str | None, where: str) -> list[Target]:
    raise RecipeError(f"{where}: each domain needs a name of its own, and {source!r} says none")


def _arm(section: Any, where: str, encoder: str | None) -> Arm:
    if not isinstance(section, dict) or not isinstance(section.get("name"), str):
        raise RecipeError(f"{where}: an arm is a mapping with a name")
    values = fit_section(section, get_type_hints(Arm), where)
    fitted = {part: _checked(part, values.get(part), where) for part in ("model", "training")}
    name = values.get("method", NETWORK)
    if name not in METHODS:
        raise RecipeError(f"{where} [method]: must be one of {', '.join(METHODS)}, got {name!r}")
    if name != NETWORK and (idle := [key for key in ("base", "model", "training") if values.get(key)]):
        raise RecipeError(f"{where} [{idle[0]}]: says something of networks alone, and the method is {name}")
    method = METHODS[name]
    options = fit_section(values.get("options"), method.options, f"{where} [options]")
    if lacking := [option for option in method.required if option not in options]:
        raise RecipeError(f"{where} [options]: the method {name} needs {lacking[0]}")
    if options.get("encoder") == ENCODER:
        if encoder is None:
            raise RecipeError(f"{where} [options]: {ENCODER} stands for the recipe's encoder:, and it names none")
        options["encoder"] = encoder
    return Arm(**{**values, **fitted, "options": options})
