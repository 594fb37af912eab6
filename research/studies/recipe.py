"""The recipe of a study: domains, arms and protocol, and the report on the records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
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

#: Reports on records; `comparison` is a plain table.
REPORTS = ("comparison", "skills", "growth", "convergence", "ablations", "few_shot", "fewshot_intents")

#: The report that is made from the records of other studies.
FROM_RECORDS = "convergence"

#: The parts of a recipe that have their own checks.
_OWN = ("domains", "skills", "arms", "protocol")

#: The part of a recipe that overrides the rest if `--quick` is given.
QUICK = "quick"


@dataclass(frozen=True)
class StudyRecipe:
    """A comparison of arms on domains.

    Args:
        domains: the domains to train on, in addition to the skills; names must differ.
        skills: the skills of a folder.
        groups: the groups of domains and skills to use; empty means all.
        arms: the ways to train.
        leave_out: names of the arms that are not run, for example without the weights of an encoder.
        protocol: sizes, seeds, steps.
        baseline: name of the arm that the others are compared with.
        arm: name of the arm that the report is about.
        baselines: names of the arms from which a report chooses the better one for each domain, by validation; empty
            means all but `arm`.
        report: the report on the records, one of `REPORTS`.
        title: of the page.
        titles: the words of pictures for readers: name of an arm, a group, a domain or a study -> its title.
        records: folders of finished studies to report on; such a recipe has no domains and arms of its own.
        generic: the generic checkpoint of every domain that does not name one.
        encoders: folders or hub ids by name; `{name}` in the option `encoder` of an arm is replaced.
        jobs: processes at a time, with one compute thread each.
        output_dir: for records, summary, page and pictures; ends with `-quick` if `quick` is true.
        quick: whether the section `quick` overrides the rest.
    """

    domains: tuple[Target, ...] = ()
    skills: SkillsRecipe | None = None
    groups: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = ()
    leave_out: tuple[str, ...] = ()
    protocol: Protocol = Protocol()
    baseline: str = "scratch"
    arm: str = "transfer"
    baselines: tuple[str, ...] = ()
    report: str = "comparison"
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    generic: str | None = None
    encoders: Mapping[str, str] = field(default_factory=dict)
    jobs: int = 1
    output_dir: str = "runs/study"
    quick: bool = False

    def title_of(self, name: str) -> str:
        """The title of an arm, a group, a domain or a study for readers; without one, its name.

        A domain `corpus/name` without a title has the title of its corpus.
        """
        corpus, _, rest = name.partition("/")
        title = f"{self.titles[corpus]}: {rest}" if rest and corpus in self.titles else name
        return self.titles.get(name, title)

    @property
    def rivals(self) -> tuple[str, ...]:
        """The arms from which the better baseline of a domain is chosen."""
        return self.baselines or tuple(arm.name for arm in self.arms if arm.name != self.arm)

    def targets(
        self,
        *,
        sources: Mapping[str, str] | None = None,
        data_dir: str | None = None,
        skills_dir: str | None = None,
    ) -> list[Target]:
        """The domains of the study.

        Args:
            sources: replacements (path or hub id) for a `source` that the recipe gives as a bare name.
            data_dir: the folder that has one folder for each public corpus.
            skills_dir: the folder that has one folder for each collection of skills; `None` uses the recipe's folder,
                or else the embedded example skill.

        Raises:
            DataError: there is no such folder of skills.
            RecipeError: the recipe does not have such a source or group, two domains have the same name, or a domain
                has no generic checkpoint but an arm needs it.
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
            raise RecipeError("the study uses no skills; leave out the folder of skills")
        if unknown := sorted(set(self.groups) - {target.group for target in targets}):
            raise RecipeError(f"no domain of the study has the group {', '.join(unknown)}")
        targets = [target for target in targets if target.group in self.groups or not self.groups]
        _check_names("domains", [target.name for target in targets], "the study")
        for target in targets:
            for arm in self.arms:
                for_target(arm, target)
        return targets


def load_study(path: str | Path, overrides: Iterable[str] = (), *, is_quick: bool = False) -> StudyRecipe:
    """Read the recipe of a study; unknown keys are errors.

    Args:
        path: a YAML file such as `configuration/studies/spine.yaml`.
        overrides: values that override those of the file, such as `protocol.steps=100`.
        is_quick: let the file's section `quick` override the rest: mappings key by key, other values as a whole.

    Raises:
        RecipeError: an unknown key, a value of the wrong type, two arms or domains with the same name, or no baseline.
    """
    where = str(path)
    document = read_yaml(Path(path))
    quick = document.pop(QUICK, None)
    if is_quick:
        if not isinstance(quick, Mapping):
            raise RecipeError(f"{where}: there is no section {QUICK!r}; add one, or leave out --quick")
        document = _over(document, quick)
    document = apply_overrides(document, overrides, where)
    check_keys(document, [item.name for item in fields(StudyRecipe) if item.name != QUICK], where)
    study = StudyRecipe(quick=is_quick, **_plain_values(document, where, is_quick))
    if study.report not in REPORTS:
        raise RecipeError(f"{where}: report must be one of {', '.join(REPORTS)}, got {study.report!r}")
    if (study.report == FROM_RECORDS) != bool(study.records):
        raise RecipeError(f"{where}: the report {FROM_RECORDS}, and no other, needs records: of other studies")
    if study.records:
        if misplaced := [name for name in _OWN if name in document]:
            raise RecipeError(f"{where}: a report on other studies makes no runs; remove {misplaced[0]}")
        return study
    study = replace(study, **_parts(document, where, study.encoders))
    _check_arms([("leave_out", name) for name in study.leave_out], study, where)
    study = replace(study, arms=tuple(arm for arm in study.arms if arm.name not in study.leave_out))
    named = [("baseline", study.baseline), *(("baseline", name) for name in study.baselines)]
    named += [("against", arm.against) for arm in study.arms if arm.against is not None]
    named += [("arm", study.arm)] * (study.report in ("skills", "growth"))
    _check_arms(named, study, where)
    return study


def _check_arms(named: Iterable[tuple[str, str]], study: StudyRecipe, where: str) -> None:
    """Check that what a recipe names are arms that it runs; pairs of a key and a name."""
    names = [arm.name for arm in study.arms]
    for key, name in named:
        if name not in names:
            raise RecipeError(f"{where}: {key} {name!r} is not an arm that is run; these are: {', '.join(names)}")


def _plain_values(document: Mapping[str, Any], where: str, is_quick: bool) -> dict[str, Any]:
    """The values at the top of a recipe, except the parts that have their own checks."""
    kinds = {name: kind for name, kind in get_type_hints(StudyRecipe).items() if name not in _OWN}
    lists = ("records", "baselines", "groups", "leave_out")
    given = {name: value for name, value in document.items() if name not in _OWN}
    values = fit_section(given, kinds | dict.fromkeys(lists, list[str]), where)
    values |= {name: tuple(values.get(name, ())) for name in lists}
    if is_quick:
        values["output_dir"] = f"{values.get('output_dir', StudyRecipe.output_dir)}-{QUICK}"
    return values


def _parts(document: Mapping[str, Any], where: str, encoders: Mapping[str, str]) -> dict[str, Any]:
    """The domains, skills, arms and protocol of a recipe."""
    skills = None
    if "skills" in document:
        kinds = get_type_hints(SkillsRecipe) | {"sizes": list[int] | None}
        values = fit_section(document["skills"], kinds, f"{where} [skills]")
        skills = SkillsRecipe(**_with_training(values, f"{where} [skills]"))
    entries = _items(document, "domains", where) if skills is None or "domains" in document else []
    domains = [target for i, entry in enumerate(entries) for target in _targets(entry, f"{where} [domains {i}]")]
    arms = [_arm(entry, f"{where} [arms {i}]", encoders) for i, entry in enumerate(_items(document, "arms", where))]
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
        raise RecipeError(f"{where} [{kind}]: each entry needs its own name, got {list(given)}")


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


#: Keys that an entry of `domains` may have in addition to the fields of `DataRecipe`.
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
    """The domain of an entry; with `sources`, one domain per source, named after it."""
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
    """Check the settings `model` or `training` of a network like those of a training recipe: names, types, ranges."""
    recipe = build_recipe({"data": {}, part: dict(values or {})}, where)
    return {name: getattr(recipe, part)[name] for name in values or {}}


def _with_training(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {**values, "training": _checked("training", values.get("training"), where)}


def _no_name(source: str | None, where: str) -> list[Target]:
    raise RecipeError(f"{where}: each domain needs its own name, but {source!r} has none; add name:")


def _arm(section: Any, where: str, encoders: Mapping[str, str]) -> Arm:
    if not isinstance(section, dict) or not isinstance(section.get("name"), str):
        raise RecipeError(f"{where}: an arm must be a mapping with a name")
    values = fit_section(section, get_type_hints(Arm) | {"seeds": list[int] | None}, where)
    fitted = {part: _checked(part, values.get(part), where) for part in ("model", "training")}
    name = values.get("method", NETWORK)
    if name not in METHODS:
        raise RecipeError(f"{where} [method]: must be one of {', '.join(METHODS)}, got {name!r}")
    if name != NETWORK and (idle := [key for key in ("base", "model", "training") if values.get(key)]):
        raise RecipeError(f"{where} [{idle[0]}]: only networks have this setting, but the method is {name}")
    method = METHODS[name]
    options = fit_section(values.get("options"), method.options, f"{where} [options]")
    if lacking := [option for option in method.required if option not in options]:
        raise RecipeError(f"{where} [options]: the method {name} needs {lacking[0]}")
    if (given := options.get("encoder", "")).startswith("{"):
        if given[1:-1] not in encoders:
            raise RecipeError(f"{where} [options]: {given} is not one of the recipe's encoders: {list(encoders)}")
        options["encoder"] = encoders[given[1:-1]]
    return Arm(**{**values, **fitted, "options": options})
