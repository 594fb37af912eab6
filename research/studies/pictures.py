"""Draw pictures without a screen, and draw learning curves."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from bilstm_nlu.errors import NluError

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
except ImportError as _error:
    _missing: ImportError | None = _error
else:
    _missing = None

__all__ = ["COLOURS", "colour_of", "draw_learning_curves", "draw_line", "new_figure", "save"]

#: Colours of arms and other groups; the first is for the arm that a study is about.
COLOURS = ("#0b6e99", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#2e4057", "#a36a3e", "#5c946e")
_COLOURS = {"scratch": "#8c8c8c", "transfer": COLOURS[0], "ours": COLOURS[0], "maxent_crf": "#d98c2b"}


def colour_of(arm: str, place: int = 0) -> str:
    """The colour of an arm: its own colour, equal in all pictures, or the colour of its place in the list of arms."""
    return _COLOURS.get(arm, COLOURS[1:][place % (len(COLOURS) - 1)])


def new_figure(width: float, height: float) -> "Figure":
    """An empty picture; width and height are in inches.

    Raises:
        NluError: matplotlib is not installed.
    """
    if _missing is not None:
        raise NluError(f"{_missing}; run: pip install 'bilstm-nlu[demo]'") from _missing
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: "Figure", path: Path) -> Path:
    """Write a picture as a PNG; equal pictures give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(str(path), metadata={"Software": None})
    return path


def draw_line(
    axes: "Axes",
    values: Mapping[int, Sequence[float]],
    *,
    label: str,
    colour: str,
    edges: tuple[float, float] = (0, 1),
    centre: Callable[[Sequence[float]], float] = fmean,
    marker: str = "",
) -> None:
    """Draw the centre of the values at each place as a line, and the range between two quantiles as a band.

    Args:
        axes: the axes to draw on.
        values: place -> measured values; if it is empty, nothing is drawn.
        label: of the line.
        colour: of line and band.
        edges: two quantiles; 0 and 1 are the lowest and the highest value.
        centre: function from the values at a place to the centre.
        marker: marker for the places.
    """
    if not values:
        return
    places = sorted(values)
    line = [centre(values[place]) for place in places]
    low, high = ([float(np.quantile(values[place], edge)) for place in places] for edge in edges)
    axes.plot(places, line, label=label, color=colour, linewidth=2, marker=marker)
    axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)


def draw_learning_curves(
    records: Sequence[Mapping[str, Any]], path: Path, *, title: str, metric: str = "combined_error"
) -> Path:
    """Draw one line per arm, the mean over its runs, with a band from the best to the worst run.

    Args:
        records: of `run_arm`, all of one domain and size.
        path: of the PNG.
        title: above the picture.
        metric: the score of the validation split to draw.

    Raises:
        NluError: matplotlib is not installed.
    """
    values: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for point in record["curve"]:
            values[record["arm"]][point["step"]].append(100 * point[metric])
    figure = new_figure(7, 4.2)
    axes = figure.add_subplot()
    for arm, by_step in values.items():
        draw_line(axes, by_step, label=arm, colour=colour_of(arm))
    axes.set(xlabel="optimisation steps", ylabel=f"{metric.replace('_', ' ')} on validation (%)", title=title)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    return save(figure, path)
