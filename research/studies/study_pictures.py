"""Draw the pictures of the studies."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .pictures import COLOURS, colour_of, draw_line, new_figure, save
from .records import Record

__all__ = ["draw_changes", "draw_curves", "draw_few_shot", "draw_growth", "draw_ratios", "draw_scatter"]

_QUARTILES = (0.25, 0.75)


def draw_scatter(
    points: Sequence[tuple[float, float, str]],
    sizes: Sequence[int],
    path: Path,
    *,
    title: str,
    across: str,
    up: str,
) -> Path:
    """Draw one point per domain: one error on the x axis, another on the y axis, and the diagonal of equal errors.

    Args:
        points: x error, y error, and the kind of domain, which sets the colour.
        sizes: training utterances, which set the size of the point.
        path: of the PNG.
        title: above the picture.
        across: name of the arm on the x axis.
        up: name of the arm on the y axis.
    """
    figure = new_figure(6.4, 6)
    axes = figure.add_subplot()
    most = 105 * max(max(x, y) for x, y, _ in points) + 1
    axes.plot([0, most], [0, most], color="#555555", linewidth=1)
    for place, kind in enumerate(sorted({kind for _, _, kind in points})):
        mine = [(100 * x, 100 * y, size) for (x, y, k), size in zip(points, sizes, strict=True) if k == kind]
        axes.scatter(
            [x for x, _, _ in mine],
            [y for _, y, _ in mine],
            s=[12 + size / 4 for _, _, size in mine],
            color=COLOURS[place % len(COLOURS)],
            alpha=0.7,
            linewidth=0,
            label=f"{kind} ({len(mine)})",
        )
    # most skills are near the corner; the square root spreads them without hiding the zeros
    for axis in (axes.set_xscale, axes.set_yscale):
        axis("function", functions=(lambda v: np.sqrt(np.clip(v, 0, None)), np.square))
    ticks = [tick for tick in (0, 1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100) if tick <= most]
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.set(xlim=(0, most), ylim=(0, most), title=title)
    axes.set(xlabel=f"combined error of {across} (%)", ylabel=f"combined error of {up} (%)")
    axes.set_aspect("equal")
    axes.grid(alpha=0.25)
    legend = axes.legend(frameon=False, title="format (point: training utterances)", fontsize=9, title_fontsize=9)
    for handle in legend.legend_handles:
        handle.set_sizes([40])  # type: ignore[union-attr]
    return save(figure, path)


def draw_growth(
    parts: Mapping[str, Sequence[Record]],
    arms: Sequence[str],
    path: Path,
    *,
    columns: int,
    title: str,
    band: str = "domain",
) -> Path:
    """Draw error on test over training utterances, with one panel per part.

    Args:
        parts: name of a panel -> its records.
        arms: one line each, in this order.
        path: of the PNG.
        columns: number of panels in a row.
        title: above the picture.
        band: `domain` draws the quartiles over domains, `seed` the lowest and the highest seed.
    """
    columns = min(columns, len(parts))
    rows = -(-len(parts) // columns)
    figure = new_figure(
        max(6.0, (4.2 if band == "domain" else 2.6) * columns), (3.6 if band == "domain" else 2.2) * rows
    )
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, (name, records) in zip(panels.flat, parts.items(), strict=False):
        for place, arm in enumerate(arms):
            lines = _errors([record for record in records if record["arm"] == arm], band)
            edges = _QUARTILES if band == "domain" else (0, 1)
            draw_line(axes, lines, label=arm, colour=colour_of(arm, place), edges=edges)
        stages = sorted({record["size"] for record in records})
        axes.set_xscale("log")
        axes.set_xticks(stages, [str(stage) for stage in stages], fontsize=8)
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_title(name, fontsize=10 if band == "domain" else 8)
        axes.grid(alpha=0.25)
    for axes in panels.flat[len(parts) :]:
        axes.set_visible(False)
    lines, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=len(arms), frameon=False, fontsize=9, title=title)
    figure.supxlabel("training utterances", fontsize=10)
    figure.supylabel("combined error on test (%)", fontsize=10)
    return save(figure, path)


def _errors(records: Sequence[Record], band: str) -> dict[int, list[float]]:
    """Stage -> the errors in percent, one per domain (mean over seeds) or seed."""
    found: dict[tuple[int, Any], list[float]] = defaultdict(list)
    for record in records:
        found[record["size"], record[band]].append(100 * record["test"]["combined_error"])
    by_stage: dict[int, list[float]] = defaultdict(list)
    for (stage, _), errors in found.items():
        by_stage[stage].append(statistics.fmean(errors))
    return by_stage


def draw_curves(parts: Mapping[str, Sequence[Record]], arms: Sequence[str], path: Path) -> Path:
    """Draw learning curves on validation, one panel per part: the median over runs, with the quartiles as a band."""
    figure = new_figure(5.2 * len(parts), 4)
    panels = figure.subplots(1, len(parts), squeeze=False)
    for axes, (name, records) in zip(panels.flat, parts.items(), strict=True):
        for place, arm in enumerate(arms):
            values: dict[int, list[float]] = defaultdict(list)
            for record in records:
                for point in record["curve"] if record["arm"] == arm else ():
                    values[point["step"]].append(100 * point["combined_error"])
            colour = colour_of(arm, place)
            draw_line(axes, values, label=arm, colour=colour, edges=_QUARTILES, centre=statistics.median)
        axes.set(xlabel="optimisation steps", ylabel="combined error on validation (%)")
        axes.set_title(f"{name}: median and quartiles of all runs", fontsize=10)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.25)
    panels.flat[0].legend(frameon=False)
    return save(figure, path)


def draw_ratios(parts: Mapping[str, Sequence[float]], path: Path, *, title: str) -> Path:
    """Draw how many times as fast: the share of runs that are at least as fast as the value on the x axis.

    Args:
        parts: name of a line -> ratios; 0 means never.
        path: of the PNG.
        title: above the picture.
    """
    figure = new_figure(7, 4.2)
    axes = figure.add_subplot()
    ticks = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
    for place, (name, ratios) in enumerate(parts.items()):
        reached = [ticks[0], *sorted(ratio for ratio in ratios if ratio > 0)]
        shares = [100 * sum(ratio >= r for ratio in ratios) / len(ratios) for r in reached]
        label = f"{name}: median {statistics.median(ratios):.1f}"
        colour = COLOURS[place % len(COLOURS)]
        axes.step([*reached, reached[-1]], [*shares, 0], where="pre", label=label, color=colour, linewidth=2)
    axes.axvline(1, color="#555555", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="times as fast, or faster", ylabel="runs (%)", title=title, ylim=(0, 103))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    return save(figure, path)


def draw_changes(changes: Mapping[str, tuple[float, float, float]], path: Path, *, title: str) -> Path:
    """Draw one bar per change, with its interval.

    Args:
        changes: name -> relative change, lower and upper end of the interval.
        path: of the PNG.
        title: above the picture.
    """
    figure = new_figure(8, 1.2 + 0.36 * len(changes))
    axes = figure.add_subplot()
    places = range(len(changes))
    for place, (value, low, high) in zip(places, changes.values(), strict=True):
        colour = COLOURS[1] if value > 0 else COLOURS[0]
        axes.barh(place, 100 * value, color=colour, alpha=0.8, height=0.65)
        axes.plot([100 * low, 100 * high], [place, place], color="#333333", linewidth=1.4)
    axes.axvline(0, color="#555555", linewidth=1)
    axes.set_yticks(list(places), list(changes))
    axes.invert_yaxis()
    axes.set_xlabel("relative change (%), with 95 % interval")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25, axis="x")
    return save(figure, path)


def draw_few_shot(records: Sequence[Record], arms: Sequence[str], path: Path) -> Path:
    """Draw frame accuracy on test over training utterances per intent: mean over seeds, with the range as a band."""
    domains = sorted({record["domain"] for record in records})
    figure = new_figure(6 * len(domains), 4.2)
    panels = figure.subplots(1, len(domains), squeeze=False)
    for axes, domain in zip(panels.flat, domains, strict=True):
        stages = sorted({record["size"] for record in records if record["domain"] == domain})
        for place, arm in enumerate(arms):
            values: dict[int, list[float]] = defaultdict(list)
            for record in records:
                if (record["domain"], record["arm"]) == (domain, arm):
                    values[record["size"]].append(100 * (1 - record["test"]["frame_error"]))
            draw_line(axes, values, label=arm, colour=colour_of(arm, place), marker="o")
        axes.set_xscale("log")
        axes.set_xticks(stages, [str(stage) for stage in stages])
        axes.minorticks_off()
        axes.set(xlabel="training utterances per intent", ylabel="frame accuracy on test (%)", title=domain)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.25)
    panels.flat[0].legend(frameon=False)
    return save(figure, path)
