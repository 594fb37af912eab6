"""Draw the learning curve of a run as a picture for its card."""

import importlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["PICTURE", "draw_curve"]

PICTURE = "learning_curve.png"
#: Score -> colour (Okabe and Ito 2008, for any kind of colour blindness) and dashes of its line.
_LINES = {"combined_error": ("#0072B2", "-"), "intent_error": ("#D55E00", "--"), "slot_error": ("#009E73", ":")}


def draw_curve(points: Sequence[Mapping[str, float]], folder: Path) -> bool:
    """Draw the errors on the validation split over the steps. Equal points give equal bytes.

    Args:
        points: one dict per evaluation, with `step` and scores.
        folder: the folder for `learning_curve.png`.

    Returns:
        Whether a picture was drawn: not if there are no lines to draw, or matplotlib is not installed.
    """
    lines = {name: [(p["step"], p[name]) for p in points if math.isfinite(p.get(name, math.nan))] for name in _LINES}
    lines = {name: line for name, line in lines.items() if len(line) > 1}
    if not lines:
        return False
    try:  # matplotlib is an extra, and importing it is too slow for everyone who only opens a checkpoint
        figure = importlib.import_module("matplotlib.figure").Figure(figsize=(7, 4), layout="constrained")
        canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    except ImportError:
        return False
    axes = figure.add_subplot()
    for name, line in lines.items():
        steps, errors = zip(*line, strict=True)
        colour, dashes = _LINES[name]
        axes.plot(steps, [100 * error for error in errors], label=name.replace("_", " "), color=colour, ls=dashes)
    axes.set(xlabel="training steps", ylabel="error on validation (%)")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    canvas.print_png(str(folder / PICTURE), metadata={"Software": None})
    return True
