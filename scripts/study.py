"""Run a study of configuration/studies and write its summary, page and pictures."""

import checkout  # noqa: F401
import typer

from research.studies.command import study as main

if __name__ == "__main__":
    typer.run(main)
