"""Run a study of configuration/studies and write its summary, page and pictures; the same as `bilstm-nlu study`."""

import typer

from modeling_bilstm_nlu.cli.study import study as main

if __name__ == "__main__":
    typer.run(main)
