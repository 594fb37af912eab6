"""The page of the command line, made from the command itself."""

from collections.abc import Iterator
from typing import Any

import typer
import typer.core

from bilstm_nlu.cli.main import app

from .tables import as_cell, as_code

__all__ = ["render_commands"]

_NAME = "bilstm-nlu"
_HEAD = """# The command line

This page is made from the command by `python scripts/write_reference.py`. `bilstm-nlu --help` and
`bilstm-nlu COMMAND --help` print the same.

"""


def render_commands() -> str:
    """The page as Markdown: a section for each command, with its arguments and options."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name=_NAME, **command.context_settings)
    sections = list(_sections(command, context))
    lines = [f"- [`{name}`](#{name.replace(' ', '-')}): {summary}" for name, summary, _ in sections]
    return _HEAD + "\n".join(lines) + "\n" + "".join(section for _, _, section in sections)


def _sections(command: Any, context: typer.Context) -> Iterator[tuple[str, str, str]]:
    """(name, first sentence of its help, section) of a command and of the commands below it."""
    if isinstance(command, typer.core.TyperGroup):
        for name in command.list_commands(context):
            child: Any = command.get_command(context, name)
            below = typer.Context(child, info_name=name, parent=context, **command.context_settings)
            yield from _sections(child, below)
    else:
        text = (command.help or "").strip()
        summary = " ".join(text.split("\n\n")[0].split())
        yield context.command_path, summary, _section(command, context, text)


def _section(command: Any, context: typer.Context, text: str) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    paragraphs = [as_cell(part) for part in text.split("\n\n")]
    parts = [f"\n## {context.command_path}\n", *paragraphs, f"Usage: `{usage}`", _parameters(command, context)]
    return "\n\n".join(part.strip("\n") for part in parts).join(("\n", "\n"))


def _parameters(command: Any, context: typer.Context) -> str:
    rows = ["| argument or option | meaning |", "|---|---|"]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            names, meaning = record
            rows.append(f"| {as_code(names)} | {as_cell(meaning)} |")
    return "\n".join(rows)
