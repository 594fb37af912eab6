"""Write the background texts that are part of the package: everyday requests and statements of public corpora.

Training compares a skill with them, so new texts give new decisions. NOTICE.txt next to them names the sources.
"""

from pathlib import Path
from typing import Annotated

import checkout  # noqa: F401
import typer

from modeling_bilstm_nlu.training.decision.background import BACKGROUND_FILE
from research.background import background_lines, write_background


def main(
    data: Annotated[Path, typer.Option(help="Folder of the public corpora.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = BACKGROUND_FILE,
) -> None:
    """Write the texts, sorted by corpus and intent."""
    lines = background_lines(data, print)
    write_background(lines, out)
    print(f"{out}: {len(lines):,} texts")


if __name__ == "__main__":
    typer.run(main)
