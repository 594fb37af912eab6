"""The report of study 1: transfer to third-party skills."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..near_copies import joined_groups
from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import Record
from ..study_pictures import draw_scatter
from .rivals import BEST, common, compared_with, comparisons, figures_of, part_of, scores_of, with_best

__all__ = ["ERRS", "draw", "summarise", "table"]

#: From this error of the better baseline on, a skill has something to improve.
ERRS = 0.01


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """The figures over all skills, over those on which the better baseline errs, by format and author, of every skill.

    Authors whose skills are near copies of another's count as one group.

    Raises:
        ValueError: no skill has runs of all arms.
    """
    records = with_best(study, common(study, records))
    authors = {record["domain"]: record["group"] for record in records}
    groups = joined_groups(records)
    records = [{**record, "group": groups[record["domain"]]} for record in records]
    cells = comparisons(study, records)
    formats = {record["domain"]: record["format"] for record in records}
    chosen = {record["domain"]: record["chosen"] for record in records if record["arm"] == BEST}
    best = cells[f"vs_{BEST}"]
    of_format: dict[str, list[str]] = defaultdict(list)
    of_author: dict[str, list[str]] = defaultdict(list)
    for cell in best:
        of_format[formats[cell.domain]].append(cell.domain)
        of_author[authors[cell.domain]].append(cell.domain)
    erring = [cell.domain for cell in best if cell.baseline >= ERRS]
    return {
        "n_skills": len({cell.domain for cell in best}),
        "n_authors": len(of_author),
        "n_groups": len(set(groups.values())),
        "seeds": sorted({record["seed"] for record in records}),
        **figures_of(cells),
        "where_baseline_errs": figures_of(part_of(cells, domain=erring)),
        "n_flawless": sum(cell.baseline == cell.error == 0 for cell in best),
        "chosen_baseline": dict(Counter(chosen.values())),
        "arms": scores_of(study, records),
        "by_format": {
            name: {
                **figures_of(part_of(cells, domain=domains)),
                "arms": scores_of(study, [record for record in records if record["domain"] in domains]),
            }
            for name, domains in sorted(of_format.items())
        },
        "by_author": {
            name: figures_of(part_of({f"vs_{BEST}": best}, domain=domains))
            for name, domains in sorted(of_author.items())
        },
        "skills": [_skill(cell.domain, authors[cell.domain], records, study) for cell in best],
    }


def _skill(domain: str, author: str, records: Sequence[Record], study: StudyRecipe) -> dict[str, Any]:
    runs = [record for record in records if record["domain"] == domain]
    cell = comparisons(study, runs)[f"vs_{BEST}"][0]
    return {
        "skill": domain,
        "author": author,
        "group": cell.group,
        "format": runs[0]["format"],
        **runs[0]["counts"],
        "train_utterances": runs[0]["train_utterances"],
        "arms": {name: scores["combined_error"] for name, scores in scores_of(study, runs).items()},
        "chosen_baseline": next(record["chosen"] for record in runs if record["arm"] == BEST),
        "reduction": cell.reduction,
    }


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw one point per skill: the better baseline's error on the x axis, the arm's error on the y axis."""
    points = [(skill["arms"][BEST], skill["arms"][study.arm]) for skill in summary["skills"]]
    up, best = study.title_of(study.arm), summary[f"vs_{BEST}"]
    picture = draw_scatter(points, folder / "skills.png", across="the better baseline", up=up)
    alt = (
        f"One point for each of {len(points)} skills: the combined error of the better baseline on the x axis, that "
        f"of {up} on the y axis. The error of {up} is lower on {best['wins']}, higher on {best['losses']}, "
        f"and equal on {best['ties']}"
    )
    return [Picture(picture, alt)]


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per comparison."""
    rows: list[tuple[str, ...]] = [
        (f"{study.arm}, {summary['n_skills']} skills", "error", study.arm, "lower by", "from", "to", "median", "wins")
    ]
    for name in (f"vs_{rival}" for rival in compared_with(study, [{"arm": arm.name} for arm in study.arms])):
        if name not in summary:
            continue
        row = summary[name]
        shares = (row["baseline_error"], row["error"], row["mean"], row["ci_low"], row["ci_high"], row["median"])
        rows.append((name.replace("_", " "), *(f"{share:.1%}" for share in shares), f"{row['win_rate']:.0%}"))
    return rows
