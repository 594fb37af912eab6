"""`bilstm-nlu info`: what a checkpoint is, what it knows, and how well it did."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from .completion import complete_model
from .console import AsJson, coloured, echo, plural, prepare, print_json, print_table, with_one_line_errors
from .last_model import last_model
from .score_lines import score_row

if TYPE_CHECKING:
    from ..inspection.model import ModelDescription

__all__ = ["info"]

#: Most labels of a group, and most groups, that are named.
_MOST_NAMED = 12


@with_one_line_errors
def info(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Folder, packed file, delta or hub id (owner/name, owner/name@REVISION) of a checkpoint.",
            show_default="the model trained last",
            autocompletion=complete_model,
        ),
    ] = None,
    all_labels: Annotated[bool, typer.Option("--all", help="Name all intents and slot types.")] = False,
    as_json: AsJson = False,
) -> None:
    """Describe a model, without loading it.

    Its base, licence, languages, intents and slots, size, scores, and what to be careful about.
    """
    prepare(computes=False, as_json=as_json)
    from ..inspection.model import describe_model

    found = describe_model(model or last_model())
    if as_json:
        print_json(found.to_dict())
        return
    _show(found, None if all_labels else _MOST_NAMED)


def _show(found: "ModelDescription", most: int | None) -> None:
    from ..inspection.checks import size_of

    echo(coloured(found.title, "bold") + f": {found.kind} {found.place}")
    base = f"{found.base}{_at(found.base_revision)}" if found.base else "not known"
    rows = [
        ("trained from", base),
        ("licence", found.licence or "not known"),
        ("languages", ", ".join(found.languages) or "not known"),
        ("size", f"{found.num_parameters or 0:,} parameters, {size_of(found.num_bytes)} on disk"),
        ("format", ", ".join(_formats(found))),
        ("rejects", _rejects(found)),
        ("several intents", "splits texts with several intents" if found.splits_texts else "one intent for each text"),
    ]
    if found.revision:
        rows.insert(0, ("revision", found.revision))
    if found.num_phrases:
        rows.append(("own phrases", f"{plural(found.num_phrases, 'phrase')} answered without the network"))
    if found.num_values:
        values = sum(found.num_values.values())
        rows.append(("catalogs", f"{plural(values, 'value')} of {plural(len(found.num_values), 'slot type')}"))
    print_table(rows, indent=2, align="left")
    for what, labels in (("intent", found.intents), ("slot type", found.slot_types)):
        _show_labels(what, labels, most)
    for split, scores in found.scores.items():
        total = max(score.total for score in scores.values())
        echo(f"scores on {split}, {plural(total, 'utterance')}:")
        print_table([score_row(name, s.value, s.low, s.high) for name, s in scores.items()], indent=2, align="left")
        if decided := found.decisions.get(split):
            counts = {name[4:].replace("_", " "): value for name, value in decided.items() if name[:4] == "num_"}
            echo(f"  {', '.join(f'{int(value):,} {what}' for what, value in counts.items())}")
    if found.seen_in_last_fit:
        echo("  the scores are from before the last fit, which also learned these utterances")
    for note in found.score_notes:
        echo(f"  {note}")
    for warning in found.warnings:
        echo(f"{coloured('careful:', 'yellow')} {warning}")
    if found.intents:
        echo(f"next: bilstm-nlu parse --model {shlex.quote(found.name)} TEXT")


def _at(revision: str | None) -> str:
    return "" if revision is None else f" at {revision[:19]}"


def _formats(found: "ModelDescription") -> list[str]:
    told = [f"{kind} {found.versions[kind]} of {newest}" for kind, newest in found.newest_versions.items()]
    return [*told, *(f"{name} {found.versions[name]}" for name in ("bilstm-nlu", "torch") if name in found.versions)]


def _rejects(found: "ModelDescription") -> str:
    fallback = f"; they get the intent {found.fallback_intent}" if found.fallback_intent else ""
    if found.threshold is None:
        return "nothing: it accepts every text"
    return f"texts with a score below {found.threshold:.3f}{fallback}"


def _show_labels(what: str, labels: list[str], most: int | None) -> None:
    """Print labels: all of a few, and for many the groups with their sizes."""
    from ..inspection.model import groups_of

    groups = groups_of(labels)
    echo(f"{plural(len(labels), what)}:" if labels else f"0 {what}s")
    if most is not None and len(labels) > 3 * most and len(groups) > 1:
        told = [f"{name or 'without a domain'} ({len(group):,})" for name, group in groups.items()]
        echo(f"  by domain: {', '.join(told)}")
        echo("  --all names them")
    elif labels:
        for name, group in groups.items():
            shown = group if most is None else group[:most]
            more = f" and {len(group) - len(shown):,} more" if len(group) > len(shown) else ""
            prefix = f"{name}: " if name and len(groups) > 1 else ""
            echo(f"  {prefix}{', '.join(shown)}{more}")
