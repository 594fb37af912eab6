"""`bilstm-nlu doctor`: check how this machine is set up, and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import NluError
from .console import BAD_INPUT, AsJson, coloured, echo, plural, prepare, print_json, with_one_line_errors
from .last_model import last_model

if TYPE_CHECKING:
    from ..inspection.checks import Check

__all__ = ["doctor"]

_COLOURS = {"ok": "green", "look": "yellow", "broken": "red"}
#: Shell -> the file that `--install-completion` writes, below the home folder.
_COMPLETIONS = {
    "bash": ".bash_completions/bilstm-nlu.sh",
    "zsh": ".zfunc/_bilstm-nlu",
    "fish": ".config/fish/completions/bilstm-nlu.fish",
}


@with_one_line_errors
def doctor(
    as_json: AsJson = False,
) -> None:
    """Check this machine, and say what to do.

    Python, libraries, engine, threads, disks, the hub and the last model. Each line is ok, look (it works, but read
    it) or broken. If something is broken, the exit status is 1.
    """
    prepare(computes=False, as_json=as_json)
    from ..inspection.checks import check_machine
    from ..inspection.hub_checks import check_hub

    checks = [*check_machine(), *check_hub(), _last(), _completion()]
    broken = sum(check.state == "broken" for check in checks)
    if as_json:
        print_json({"is_fine": not broken, "checks": [check._asdict() for check in checks]})
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            echo(f"{coloured(f'{check.state:<6}', _COLOURS[check.state])}  {check.name:<{width}}  {check.message}")
            if check.cure is not None:
                echo(f"{'':<6}  {'':<{width}}  -> {check.cure}")
        looks = sum(check.state == "look" for check in checks)
        echo()
        echo(f"{plural(broken, 'thing')} broken, {looks:,} to look at" if broken or looks else "all is fine")
    if broken:
        raise typer.Exit(BAD_INPUT)


def _last() -> "Check":
    """The model that was trained last in this folder."""
    from ..inspection.checks import LOOK, OK, Check
    from ..inspection.model import describe_model

    if not Path("runs/latest").is_file():
        return Check("last model", OK, "none was trained in this folder; `bilstm-nlu train SKILL` makes one")
    try:
        model = describe_model(last_model())
    except NluError as error:
        return Check("last model", LOOK, error.message, "train again, or name another model with --model")
    return Check("last model", OK, f"{model.name}: {plural(len(model.intents), 'intent')}")


def _completion() -> "Check":
    """Whether the shell completes commands and names of models."""
    from ..inspection.checks import OK, Check

    home, shell = Path.home(), Path(os.environ.get("SHELL", "")).name
    found = [name for name in _shells_first(shell) if (home / _COMPLETIONS[name]).is_file()]
    if found:
        return Check("completion", OK, f"installed for {', '.join(found)}")
    return Check("completion", OK, "not installed; `bilstm-nlu --install-completion` completes commands and models")


def _shells_first(shell: str) -> Iterator[str]:
    yield from sorted(_COMPLETIONS, key=lambda name: name != shell)
