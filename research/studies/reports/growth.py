"""The report of study 2: new domains whose training data grows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from ..figures import Cell
from ..line_pictures import draw_growth
from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import Record
from ..study_pictures import draw_domains
from .rivals import BEST, common, comparisons, figures_of, part_of, scores_of, with_best

__all__ = ["EARLY", "draw", "summarise", "table"]

#: Up to this many training utterances, a domain is in an early stage.
EARLY = 100


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """The figures of the early stages, of all stages, and of each stage, group of domains and domain.

    Raises:
        ValueError: no domain and stage has runs of all arms.
    """
    records = with_best(study, common(study, records))
    cells = comparisons(study, records)
    best = cells[f"vs_{BEST}"]
    groups, domains = ({getattr(cell, key) for cell in best} for key in ("group", "domain"))
    return {
        "early_up_to": EARLY,
        "seeds": sorted({record["seed"] for record in records}),
        "n_domains": len(domains),
        **_part(study, records, cells),
        "by_group": {
            name: _part(
                study, [r for r in records if (r["group"] or r["domain"]) == name], part_of(cells, group=[name])
            )
            for name in sorted(groups)
        },
        "by_domain": {
            name: _domain(study, [r for r in records if r["domain"] == name], part_of(cells, domain=[name]))
            for name in sorted(domains)
        },
    }


def _domain(study: StudyRecipe, records: Sequence[Record], cells: Mapping[str, Sequence[Cell]]) -> dict[str, Any]:
    """One domain: relative reductions and combined errors at each stage, and the means of the reductions."""
    reductions = {name: {cell.size: cell.reduction for cell in found} for name, found in cells.items()}
    parts: dict[str, dict[str, float]] = {}
    for part, most in (("early", EARLY), ("all_stages", max(cell.size for cell in cells[f"vs_{BEST}"]))):
        found = {name: [value for size, value in by.items() if size <= most] for name, by in reductions.items()}
        parts[part] = {name: fmean(values) for name, values in found.items() if values}
    stages: dict[str, dict[str, Any]] = {}
    for size in sorted(reductions[f"vs_{BEST}"]):
        arms = scores_of(study, [record for record in records if record["size"] == size])
        stages[str(size)] = {
            **{name: by[size] for name, by in reductions.items() if size in by},
            "arms": {arm: scores["combined_error"] for arm, scores in arms.items()},
        }
    return {**parts, "by_stage": stages}


def _part(study: StudyRecipe, records: Sequence[Record], cells: Mapping[str, Sequence[Cell]]) -> dict[str, Any]:
    stages = sorted({cell.size for cell in cells[f"vs_{BEST}"]})
    by_stage = {
        str(size): {
            **figures_of(part_of(cells, size=[size])),
            "arms": scores_of(study, [record for record in records if record["size"] == size]),
        }
        for size in stages
    }
    early = [size for size in stages if size <= EARLY]
    overall = figures_of(cells)
    for name, row in overall.items():  # the worst stage by the mean over domains
        worst = min(filter(lambda stage: name in by_stage[stage], by_stage), key=lambda s: by_stage[s][name]["mean"])
        row |= {"min": by_stage[worst][name]["mean"], "min_stage": int(worst)}
    return {
        **({"early": figures_of(part_of(cells, size=early))} if early else {}),
        "all_stages": overall,
        "by_stage": by_stage,
    }


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw error over stage with one panel per group of domains, and the errors of each domain at one stage."""
    arms = [*study.rivals, study.arm]
    kept = common(study, records)
    by_group = {name: [r for r in kept if (r["group"] or r["domain"]) == name] for name in summary["by_group"]}
    by_group = dict(sorted(by_group.items(), key=lambda item: -_gain(summary["by_group"][item[0]])))
    counts = {size: part[f"vs_{BEST}"]["n_domains"] for size, part in summary["by_stage"].items()}
    stage = max(counts, key=lambda size: (counts[size], -int(size)))
    found = {name: row["by_stage"][stage] for name, row in summary["by_domain"].items() if stage in row["by_stage"]}
    errors = {name: row["arms"] for name, row in sorted(found.items(), key=lambda item: -item[1][f"vs_{BEST}"])}
    up = study.title_of(study.arm)
    row = summary["by_stage"][stage][f"vs_{BEST}"]
    return [
        Picture(
            draw_growth(by_group, arms, folder / "growth.png", title_of=study.title_of),
            f"Combined error over training utterances in {len(by_group)} groups of domains. Over all stages and "
            f"domains, the error of {up} is lower than that of the better baseline by {_gain(summary):.0%}",
        ),
        Picture(
            draw_domains(
                errors,
                arms,
                folder / "growth_by_domain.png",
                title_of=study.title_of,
                across=f"combined error on test (%), {stage} training utterances",
            ),
            f"Combined error on each of {len(errors)} domains with {stage} training utterances, the largest gain on "
            f"top: {up} has fewer errors than the better baseline on {row['wins']}, more on {row['losses']}",
        ),
    ]


def _gain(part: Mapping[str, Any]) -> float:
    return float(part["all_stages"][f"vs_{BEST}"]["mean"])


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per stage."""
    names = [f"vs_{rival}" for rival in (*study.rivals, BEST)]
    rows: list[tuple[str, ...]] = [("utterances", "domains", study.arm, *(name.replace("_", " ") for name in names))]
    parts = dict(summary["by_stage"])
    parts |= {f"early, to {EARLY}": summary["early"]} if "early" in summary else {}
    for stage, part in [*parts.items(), ("all", summary["all_stages"])]:
        best = part[f"vs_{BEST}"]
        reductions = (f"{part[name]['mean']:.1%}" for name in names)
        rows.append((stage, str(best["n_domains"]), f"{best['error']:.1%}", *reductions))
    return rows
