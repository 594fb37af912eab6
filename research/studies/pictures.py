"""Draw pictures without a screen: readable on a phone, with lines that differ in colour, dashes and markers."""

import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from bilstm_nlu.errors import NluError

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image  # a dependency of matplotlib
except ImportError as _error:
    _missing: ImportError | None = _error
else:
    _missing = None

__all__ = [
    "BETTER",
    "EQUAL",
    "WIDTH",
    "WORSE",
    "Picture",
    "Style",
    "draw_learning_curves",
    "draw_line",
    "new_figure",
    "points_of",
    "save",
    "style_of",
]

#: Inches. On a phone, a page is about 360 points wide, so that text keeps about its size.
WIDTH = 5.0
_DOTS = 144  # per inch
_COLOURS_IN_FILE = 64
#: Colours of Okabe and Ito 2008, which people with any kind of colour blindness can tell apart.
BETTER, WORSE, EQUAL = "#0072B2", "#D55E00", "#777777"


_WITHOUT_BRACKETS = str.maketrans("[]", "()")


class Picture(NamedTuple):
    """A picture, and what it shows in words for those who cannot see it."""

    path: Path
    alt: str

    @property
    def link(self) -> str:
        """The picture in Markdown, on a page in its folder."""
        return f"![{self.alt.translate(_WITHOUT_BRACKETS)}]({self.path.name})"


class Style(NamedTuple):
    """How the line of an arm looks: its colour, dashes and marker."""

    colour: str
    dashes: str
    marker: str


_STYLES = {
    "transfer": Style(BETTER, "-", "o"),
    "scratch": Style("#555555", "--", "s"),
    "maxent_crf": Style("#E69F00", "-.", "^"),
    "minilm": Style("#009E73", ":", "D"),
    "mpnet": Style("#CC79A7", "--", "v"),
}
_STYLES["ours"] = _STYLES["transfer"]
_OTHERS = (
    Style("#56B4E9", "--", "P"),
    Style(WORSE, "-.", "X"),
    Style("#000000", ":", "*"),
)


def style_of(arm: str, place: int = 0) -> Style:
    """The style of an arm: its own, equal in all pictures, or that of its place in the list of arms."""
    return _STYLES.get(arm, _OTHERS[place % len(_OTHERS)])


def new_figure(width: float, height: float) -> "Figure":
    """An empty picture; width and height are in inches.

    Raises:
        NluError: matplotlib is not installed.
    """
    if _missing is not None:
        raise NluError(f"{_missing}; run: pip install 'bilstm-nlu[demo]'") from _missing
    return Figure(figsize=(width, height), dpi=_DOTS, layout="constrained")


def save(figure: "Figure", path: Path) -> Path:
    """Write a picture as a PNG of few colours, which is small; equal pictures give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    image = Image.open(drawn).convert("RGB")
    image.quantize(_COLOURS_IN_FILE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def draw_line(
    axes: "Axes",
    values: Mapping[int, Sequence[float]],
    style: Style,
    *,
    label: str,
    edges: tuple[float, float] = (0, 1),
    centre: Callable[[Sequence[float]], float] = fmean,
    marked: bool = False,
) -> None:
    """Draw the centre of the values at each place as a line, and the range between two quantiles as a band.

    Args:
        axes: the axes to draw on.
        values: place -> measured values; if it is empty, nothing is drawn.
        style: of the line; its colour is also that of the band.
        label: of the line.
        edges: two quantiles; 0 and 1 are the lowest and the highest value.
        centre: function from the values at a place to the centre.
        marked: whether the places have markers.
    """
    if not values:
        return
    places = sorted(values)
    line = [centre(values[place]) for place in places]
    low, high = ([float(np.quantile(values[place], edge)) for place in places] for edge in edges)
    marker = style.marker if marked else ""
    look: dict[str, Any] = {"color": style.colour, "linestyle": style.dashes, "marker": marker, "markersize": 5}
    axes.plot(places, line, label=label, linewidth=2, **look)
    axes.fill_between(places, low, high, color=style.colour, alpha=0.15, linewidth=0)


def points_of(
    records: Sequence[Mapping[str, Any]], *, metric: str = "combined_error", to: int | None = None
) -> dict[int, list[float]]:
    """Step -> the score of every run in percent, up to the last step that all runs have.

    A run that has ended has no score, so the mean over the others would jump where it ends.

    Args:
        records: of `run_arm`; those without a learning curve are left out.
        metric: the score of the validation split.
        to: the last step; by default the last one that all these runs have.
    """
    curves = [record["curve"] for record in records if record["curve"]]
    last = min((curve[-1]["step"] for curve in curves), default=0) if to is None else to
    values: dict[int, list[float]] = defaultdict(list)
    for curve in curves:
        for point in curve:
            if point["step"] <= last:
                values[point["step"]].append(100 * point[metric])
    return values


def draw_learning_curves(
    records: Sequence[Mapping[str, Any]],
    path: Path,
    *,
    title: str,
    names: Mapping[str, str],
    metric: str = "combined_error",
) -> Path:
    """Draw one line per arm, the mean over its runs, with a band from the best to the worst run.

    Args:
        records: of `run_arm`, all of one domain and size.
        path: of the PNG.
        title: above the picture.
        names: arm -> its name for readers.
        metric: the score of the validation split to draw.

    Raises:
        NluError: matplotlib is not installed.
    """
    figure = new_figure(WIDTH, 3.6)
    axes = figure.add_subplot()
    for place, arm in enumerate(dict.fromkeys(record["arm"] for record in records)):
        runs = [record for record in records if record["arm"] == arm]
        draw_line(axes, points_of(runs, metric=metric), style_of(arm, place), label=names.get(arm, arm))
    axes.set(xlabel="training steps", ylabel=f"{metric.replace('_', ' ')} on validation (%)", title=title)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    return save(figure, path)
