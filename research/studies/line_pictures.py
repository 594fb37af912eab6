"""Draw the studies' pictures of lines: errors over training data, over steps, and how many times as fast."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .pictures import WIDTH, draw_line, new_figure, points_of, save, style_of
from .records import Record

__all__ = ["draw_curves", "draw_few_shot", "draw_growth", "draw_ratios"]

_QUARTILES = (0.25, 0.75)


def draw_growth(
    parts: Mapping[str, Sequence[Record]], arms: Sequence[str], path: Path, *, title_of: Callable[[str], str]
) -> Path:
    """Draw error on test over training utterances, with one panel per part: the mean and quartiles over domains.

    Args:
        parts: name of a panel -> its records.
        arms: one line each, in this order.
        path: of the PNG.
        title_of: the name of an arm or a panel for readers.
    """
    columns = min(2, len(parts))
    rows = -(-len(parts) // columns)
    figure = new_figure(WIDTH, 0.9 + 2.0 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, (name, records) in zip(panels.flat, parts.items(), strict=False):
        for place, arm in enumerate(arms):
            errors = _errors([record for record in records if record["arm"] == arm])
            draw_line(axes, errors, style_of(arm, place), label=title_of(arm), edges=_QUARTILES, marked=True)
        stages = sorted({record["size"] for record in records})
        axes.set_xscale("log")
        axes.set_xticks(stages, [str(stage) for stage in stages], fontsize=8 if len(stages) < 7 else 7)
        axes.tick_params(axis="y", labelsize=8)
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_title(title_of(name), fontsize=9)
        axes.grid(alpha=0.25)
    for axes in panels.flat[len(parts) :]:
        axes.set_visible(False)
    lines, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=len(arms), frameon=False, fontsize=9)
    figure.supxlabel("training utterances (bands: quartiles over domains)", fontsize=9)
    figure.supylabel("combined error on test (%)", fontsize=9)
    return save(figure, path)


def _errors(records: Sequence[Record]) -> dict[int, list[float]]:
    """Stage -> the errors in percent, one per domain: the mean over seeds."""
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for record in records:
        found[record["size"], record["domain"]].append(100 * record["test"]["combined_error"])
    by_stage: dict[int, list[float]] = defaultdict(list)
    for (stage, _), errors in found.items():
        by_stage[stage].append(statistics.fmean(errors))
    return by_stage


def draw_curves(
    parts: Mapping[str, Sequence[Record]], arms: Sequence[str], path: Path, *, title_of: Callable[[str], str]
) -> Path:
    """Draw learning curves on validation, one panel per part: the median over runs, with the quartiles as a band.

    A panel ends at the last step that all its runs have.

    Args:
        parts: name of a panel -> its records.
        arms: one line each, in this order.
        path: of the PNG.
        title_of: the name of an arm or a panel for readers.
    """
    figure = new_figure(WIDTH, 0.5 + 2.6 * len(parts))
    panels = figure.subplots(len(parts), 1, squeeze=False)
    for axes, (name, records) in zip(panels.flat, parts.items(), strict=True):
        runs = [record for record in records if record["arm"] in arms and record["curve"]]
        last = min((record["curve"][-1]["step"] for record in runs), default=0)
        for place, arm in enumerate(arms):
            values = points_of([record for record in runs if record["arm"] == arm], to=last)
            look = style_of(arm, place)
            draw_line(axes, values, look, label=title_of(arm), edges=_QUARTILES, centre=statistics.median)
        axes.set(ylabel="combined error\non validation (%)")
        axes.set_title(f"{title_of(name)}: {len(runs):,} runs, median and quartiles", fontsize=10)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.grid(alpha=0.25)
    panels.flat[-1].set_xlabel("training steps, up to the last that all runs have")
    panels.flat[0].legend(frameon=False)
    return save(figure, path)


def draw_ratios(parts: Mapping[str, Sequence[float]], path: Path, *, across: str) -> Path:
    """Draw how many times as fast: the share of runs that are at least as fast as the value on the x axis.

    Args:
        parts: name of a line -> ratios; 0 means never.
        path: of the PNG.
        across: name of the x axis.
    """
    figure = new_figure(WIDTH, 3.4)
    axes = figure.add_subplot()
    ticks = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
    for place, (name, ratios) in enumerate(parts.items()):
        reached = [ticks[0], *sorted(ratio for ratio in ratios if ratio > 0)]
        shares = [100 * sum(ratio >= r for ratio in ratios) / len(ratios) for r in reached]
        look = style_of(("transfer", "maxent_crf")[place] if place < 2 else "", place)
        label = f"{name} (half: {statistics.median(ratios):.0f} times or more)"
        axes.step(
            [*reached, reached[-1]], [*shares, 0], where="pre", label=label, color=look.colour, ls=look.dashes, lw=2
        )
    axes.axvline(1, color="#555555", linewidth=1)
    axes.text(0.93, 4, "equally fast", rotation=90, ha="right", va="bottom", fontsize=8, color="#555555")
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=9)
    axes.minorticks_off()
    axes.set(xlabel=across, ylabel="pairs of runs that are\nthis fast or faster (%)", ylim=(0, 103))
    axes.grid(alpha=0.25)
    figure.legend(loc="outside upper center", frameon=False, fontsize=9)
    return save(figure, path)


def draw_few_shot(
    records: Sequence[Record], arms: Sequence[str], path: Path, *, title_of: Callable[[str], str]
) -> Path:
    """Draw frame accuracy on test over training utterances per intent: mean over seeds, with the range as a band.

    Args:
        records: of all domains.
        arms: one line each; the legend has them in the order of their last values.
        path: of the PNG.
        title_of: the name of an arm or a domain for readers.
    """
    domains = sorted({record["domain"] for record in records})
    figure = new_figure(WIDTH, 0.5 + 3.2 * len(domains))
    panels = figure.subplots(len(domains), 1, squeeze=False)
    for axes, domain in zip(panels.flat, domains, strict=True):
        mine = [record for record in records if record["domain"] == domain]
        stages = sorted({record["size"] for record in mine})
        found = {arm: _accuracies([record for record in mine if record["arm"] == arm]) for arm in arms}
        found = {arm: values for arm, values in found.items() if values}
        for arm in sorted(found, key=lambda arm: -statistics.fmean(found[arm][max(found[arm])])):
            draw_line(axes, found[arm], style_of(arm, list(arms).index(arm)), label=title_of(arm), marked=True)
        axes.set_xscale("log")
        axes.set_xticks(stages, [str(stage) for stage in stages])
        axes.minorticks_off()
        axes.set(ylabel="frame accuracy on test (%)", title=title_of(domain))
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False)
    panels.flat[-1].set_xlabel("training utterances per intent (bands: lowest to highest seed)")
    return save(figure, path)


def _accuracies(records: Sequence[Record]) -> dict[int, list[float]]:
    values: dict[int, list[float]] = defaultdict(list)
    for record in records:
        values[record["size"]].append(100 * (1 - record["test"]["frame_error"]))
    return values
