"""Writing the generated parts of the pages, each between its two marks such as `<!-- example -->`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json, write_text

from ..studies.results import put_between, render_results
from .example import FOLDER, render_example, run_example
from .frames import render_frames
from .studies import render_studies
from .tables import render_comparison, render_costs

__all__ = ["read_results", "render_tables", "write_example", "write_tables"]

README = Path("README.md")
RESULTS = Path("docs/results")


def write_example(root: Path) -> Path:
    """Run the example, and write what it printed into the README and its size to `docs/results/example.json`.

    Args:
        root: the checkout.

    Returns:
        The README.
    """
    with tempfile.TemporaryDirectory() as name:
        outputs = run_example(Path(name))
        card = json.loads((Path(name) / FOLDER / "card.json").read_text("utf-8"))
    names = ("num_parameters", "size_in_bytes")
    write_json(root / RESULTS / "example.json", {name: card[name] for name in names})
    page = (root / README).read_text("utf-8")
    write_text(root / README, put_between(page, "example", render_example(outputs)))
    return root / README


def write_tables(root: Path) -> list[Path]:
    """Write the tables of the README and of the page of results from the files in `docs/results`.

    Args:
        root: the checkout.

    Returns:
        The pages.
    """
    pages = render_tables(root)
    for path, text in pages.items():
        write_text(path, text)
    return list(pages)


def render_tables(root: Path) -> dict[Path, str]:
    """Page -> its text with new tables."""
    results = read_results(root / RESULTS)
    parts = {
        root / README: {"costs": render_costs(results), "comparison": render_comparison(results)},
        root / RESULTS / "README.md": {
            "spine": render_results(results["spine"]),
            "frames": render_frames(results["frames"]),
            **render_studies(results),
        },
    }
    pages = {}
    for path, sections in parts.items():
        text = path.read_text("utf-8")
        for mark, section in sections.items():
            text = put_between(text, mark, section)
        pages[path] = text
    return pages


def read_results(folder: Path) -> dict[str, Any]:
    """Name -> content of every JSON file in a folder of results.

    Raises:
        NluError: a file is broken.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise NluError(f"{path}: {error}") from error
    return found
