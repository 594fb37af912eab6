"""Draw the studies' pictures of single values: a point for each skill, domain or change, sorted by effect."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .pictures import BETTER, EQUAL, WIDTH, WORSE, new_figure, save, style_of

__all__ = ["draw_changes", "draw_domains", "draw_scatter"]

_LABEL = 27  # characters in a line of a label


def draw_scatter(points: Sequence[tuple[float, float]], path: Path, *, across: str, up: str) -> Path:
    """Draw one point per domain: one error on the x axis, another on the y axis, and the diagonal of equal errors.

    Args:
        points: x error and y error.
        path: of the PNG.
        across: name of the arm on the x axis.
        up: name of the arm on the y axis.
    """
    figure = new_figure(WIDTH, 5.3)
    axes = figure.add_subplot()
    most = 105 * max(max(pair) for pair in points) + 1
    axes.plot([0, most], [0, most], color="#333333", linewidth=1)
    kinds = (
        (f"{up} has fewer errors", BETTER, "o", [pair for pair in points if pair[1] < pair[0]]),
        (f"{across} has fewer errors", WORSE, "^", [pair for pair in points if pair[1] > pair[0]]),
        ("equal", EQUAL, "s", [pair for pair in points if pair[1] == pair[0]]),
    )
    for name, colour, marker, mine in kinds:
        if mine:
            x, y = np.array(mine).T * 100
            look: dict[str, Any] = {"color": colour, "marker": marker, "alpha": 0.65, "clip_on": False}
            axes.scatter(x, y, s=26, linewidth=0, zorder=3, label=f"{name}: {len(mine)}", **look)
    # most skills are near the corner; the square root spreads them without hiding the zeros
    for axis in (axes.set_xscale, axes.set_yscale):
        axis("function", functions=(lambda v: np.sqrt(np.clip(v, 0, None)), np.square))
    ticks = [tick for tick in (0, 1, 2, 5, 10, 20, 30, 40, 60, 80, 100) if tick <= most]
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.set(xlim=(-0.02, most), ylim=(-0.02, most))
    axes.set(xlabel=f"combined error of {across} (%)", ylabel=f"combined error of {up} (%)")
    axes.set_aspect("equal")
    axes.grid(alpha=0.25)
    figure.legend(loc="outside upper center", frameon=False, fontsize=9, markerscale=1.3)
    return save(figure, path)


def draw_domains(
    rows: Mapping[str, Mapping[str, float]],
    arms: Sequence[str],
    path: Path,
    *,
    title_of: Callable[[str], str],
    across: str,
) -> Path:
    """Draw the scores of all arms on each domain as points in a row.

    Args:
        rows: domain -> arm -> score; the first domain is on top.
        arms: the arms, in the order of the legend.
        path: of the PNG.
        title_of: the name of an arm or a domain for readers.
        across: name of the x axis.
    """
    domains = list(rows)[::-1]
    figure = new_figure(WIDTH, 1.1 + 0.13 * -(-len(arms) // 3) + 0.235 * len(domains))
    axes = figure.add_subplot()
    for place, name in enumerate(domains):
        values = [100 * score for arm, score in rows[name].items() if arm in arms]
        axes.plot([min(values), max(values)], [place, place], color="#bbbbbb", linewidth=1.5, zorder=1)
    for order, arm in enumerate(arms):
        look = style_of(arm, order)
        found = [(100 * rows[name][arm], place) for place, name in enumerate(domains) if arm in rows[name]]
        if found:
            scores, places = zip(*found, strict=True)
            axes.scatter(scores, places, s=30, color=look.colour, marker=look.marker, label=title_of(arm), zorder=2)
    axes.set_yticks(range(len(domains)), [title_of(name) for name in domains], fontsize=8)
    axes.set(xlim=(0, None), ylim=(-0.7, len(domains) - 0.3))
    figure.supxlabel(across, fontsize=9)
    axes.grid(alpha=0.25, axis="x")
    figure.legend(loc="outside upper center", ncols=min(3, len(arms)), frameon=False, fontsize=9)
    return save(figure, path)


def draw_changes(changes: Mapping[str, tuple[float, float, float, str]], path: Path, *, across: str) -> Path:
    """Draw a point with its interval per change, the largest on top.

    Args:
        changes: name -> relative change, lower and upper end of the interval, and `worse`, `better` or `neither`.
        path: of the PNG.
        across: name of the x axis.
    """
    found = sorted(changes.items(), key=lambda item: item[1][0])
    labels = [textwrap.fill(name, _LABEL) for name, _ in found]
    figure = new_figure(WIDTH, 1.2 + 0.15 * across.count("\n") + 0.35 * len(labels))
    axes = figure.add_subplot()
    kinds = (
        ("worse", WORSE, "o", "more errors"),
        ("neither", EQUAL, "s", "no clear difference"),
        ("better", BETTER, "^", "fewer errors"),
    )
    for verdict, colour, marker, words in kinds:
        mine = [(place, *change[:3]) for place, (_, change) in enumerate(found) if change[3] == verdict]
        if not mine:
            continue
        places, values, low, high = np.array(mine).T
        axes.hlines(places, 100 * low, 100 * high, color=colour, linewidth=1.6)
        axes.scatter(100 * values, places, s=34, color=colour, marker=marker, label=words, zorder=3)
    axes.axvline(0, color="#333333", linewidth=1)
    axes.set_yticks(range(len(found)), labels, fontsize=8)
    axes.set_ylim(-0.7, len(found) - 0.3)
    figure.supxlabel(across, fontsize=9)
    axes.grid(alpha=0.25, axis="x")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return save(figure, path)
