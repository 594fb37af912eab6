"""The recipe of a comparison: domains, arms and protocol."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from ..data.domains import Domain
from ..errors import RecipeError
from ..training.data_recipe import DataRecipe
from ..training.recipe_values import apply_overrides, check_keys, fit_section, read_yaml
from ..training.recipes import build_recipe
from .comparison import BASELINE_OPTIONS, METHODS, Arm, Protocol

__all__ = ["StudyRecipe", "load_study"]


@dataclass(frozen=True)
class StudyRecipe:
    """A comparison of arms on domains.

    Args:
        domains: where each domain's data comes from; names must differ.
        arms: the ways to train.
        protocol: sizes, seeds, steps.
        baseline: name of the arm that the others are compared with.
        jobs: processes at a time, of one compute thread each.
        output_dir: for records and summary.
    """

    domains: tuple[DataRecipe, ...]
    arms: tuple[Arm, ...]
    protocol: Protocol
    baseline: str = "scratch"
    jobs: int = 1
    output_dir: str = "runs/study"

    def load_domains(self, sources: Mapping[str, str] | None = None) -> list[Domain]:
        """Load the domains.

        Args:
            sources: the path or hub id to put in place of a `source` that the recipe gives as a bare name.

        Raises:
            DataError, RecipeError: see `DataRecipe.load`.
        """
        found = sources or {}
        if unknown := sorted(set(found) - {str(data.source) for data in self.domains}):
            raise RecipeError(f"no domain of the study has the source {', '.join(unknown)}")
        return [replace(data, source=found.get(str(data.source), data.source)).load() for data in self.domains]


def load_study(path: str | Path, overrides: Iterable[str] = ()) -> StudyRecipe:
    """Read the recipe of a study, as strictly as any recipe.

    Args:
        path: a YAML file such as `configuration/studies/spine.yaml`.
        overrides: values that go before the file's, such as `protocol.steps=100`.

    Raises:
        RecipeError: an unknown key, a value of the wrong kind, two arms or domains of one name, or no baseline.
    """
    where = str(path)
    document = apply_overrides(read_yaml(Path(path)), overrides, where)
    names = [item.name for item in fields(StudyRecipe)]
    check_keys(document, names, where)
    domains = tuple(
        DataRecipe(**fit_section(section, get_type_hints(DataRecipe), f"{where} [domains {i}]"))
        for i, section in enumerate(_items(document, "domains", where))
    )
    arms = tuple(_arm(section, f"{where} [arms {i}]") for i, section in enumerate(_items(document, "arms", where)))
    protocol = Protocol(
        **fit_section(document.get("protocol") or {}, _protocol_kinds(), f"{where} [protocol]"),
    )
    for kind, given in (("domains", [data.name for data in domains]), ("arms", [arm.name for arm in arms])):
        if len(set(given)) != len(given) or None in given:
            raise RecipeError(f"{where} [{kind}]: each needs a name of its own, got {given}")
    kinds = {
        name: kind for name, kind in get_type_hints(StudyRecipe).items() if name in ("baseline", "jobs", "output_dir")
    }
    rest = fit_section({name: document[name] for name in kinds if name in document}, kinds, where)
    study = StudyRecipe(domains, arms, protocol, **rest)
    if study.baseline not in [arm.name for arm in arms]:
        raise RecipeError(
            f"{where}: baseline {study.baseline!r} is no arm; arms: {', '.join(arm.name for arm in arms)}"
        )
    return study


def _items(document: Mapping[str, Any], key: str, where: str) -> list[Any]:
    items = document.get(key)
    if not isinstance(items, list) or not items:
        raise RecipeError(f"{where}: {key} must be a list with at least one entry")
    return items


def _protocol_kinds() -> dict[str, Any]:
    return {**get_type_hints(Protocol), "sizes": list[int], "seeds": list[int]}


def _arm(section: Any, where: str) -> Arm:
    check_keys(section if isinstance(section, dict) else {}, [item.name for item in fields(Arm)], where)
    if not isinstance(section, dict) or not isinstance(section.get("name"), str):
        raise RecipeError(f"{where}: an arm is a mapping with a name")
    given = {part: dict(section.get(part) or {}) for part in ("model", "training")}
    recipe = build_recipe({"data": {}, **given}, where)  # for its checks: names, kinds, ranges
    model = {name: recipe.model[name] for name in given["model"]}
    training = {name: recipe.training[name] for name in given["training"]}
    method = section.get("method", "network")
    if method not in METHODS:
        raise RecipeError(f"{where} [method]: must be one of {', '.join(METHODS)}, got {method!r}")
    options = dict(section.get("options") or {})
    check_keys(options, BASELINE_OPTIONS if method == "maxent_crf" else (), f"{where} [options]")
    return Arm(section["name"], method, section.get("base"), model, training, options)
