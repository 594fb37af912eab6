"""The pages on which people try a model of the hub, and compare two revisions of a repository."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ...escaping import one_line
from . import history, repositories
from .access import readable
from .errors import HubError
from .facts import SCORES, ModelFacts, facts_of
from .history import File
from .page_parts import about, render
from .repositories import Repo
from .routing import Call, Route
from .trying import MAX_TEXT

__all__ = ["ROUTES"]

_COLOURS = 8
_LEAST = 0.0005  # score of an intent that is shown
_MOST_COMMITS = 50  # that can be chosen for a comparison
_MOST_SHOWN = 300  # files and labels of a comparison


@dataclass(frozen=True)
class Part:
    """What the page shows of one frame.

    Attributes:
        frame: the frame.
        pieces: the text cut at the edges of its slots: text, slot type, number of a colour.
        rows: slot type, value, meaning.
        intents: intent and score, the best first; those without a share worth showing are left out.
    """

    frame: dict[str, Any]
    pieces: list[tuple[str, str | None, int]]
    rows: list[tuple[str, str, str]]
    intents: list[tuple[str, float]]


def try_model(call: Call) -> Response:
    """Ask a model, as it is at a revision, what it finds in a text."""
    revision, text = call.query("revision") or "main", one_line(call.query("text"))
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, revision)
        files = history.files_of(db, commit)
        shown = about(call, db, repo, commit, "try")
    facts = facts_of(call.hub.store.blobs, files)
    if not facts.is_model:
        raise HubError(404, f"{repo.id} has no model of bilstm-nlu at {revision[:40]}, so it cannot be tried here")
    parts, trouble = [], ""
    if text:
        try:
            frames = call.hub.trials.answer(commit.oid, files, text, lambda *name: _files_of_base(call, *name))
            parts = [_part(frame, text, list(facts.labels["slot types"])) for frame in frames]
        except HubError as error:
            trouble = str(error)
    return render(
        "try.html",
        **shown,
        facts=facts,
        revision=revision,
        text=text,
        parts=parts,
        trouble=trouble,
        most=MAX_TEXT,
    )


def compare(call: Call) -> Response:
    """Two revisions of a repository next to each other: scores, labels, files."""
    with call.hub.store.read() as db:
        repo = readable(call, db)
        newest = history.resolve(db, repo, "main")
        known = history.ancestors(db, newest, limit=_MOST_COMMITS)
        default = known[1].oid if len(known) > 1 else newest.oid
        old, new = call.query("from") or default, call.query("to") or "main"
        before, after = history.resolve(db, repo, old), history.resolve(db, repo, new)
        old_files, new_files = history.files_of(db, before), history.files_of(db, after)
        shown = about(call, db, repo, newest, "compare")
    blobs = call.hub.store.blobs
    old_facts, new_facts = facts_of(blobs, old_files), facts_of(blobs, new_files)
    changes = history.changes_of(old_files, new_files)
    return render(
        "compare.html",
        **shown,
        known=known,
        before=before,
        after=after,
        old=old,
        new=new,
        sizes=(old_facts.size, new_facts.size),
        scores=_score_rows(old_facts, new_facts),
        labels=_label_changes(old_facts, new_facts),
        is_model=old_facts.is_model or new_facts.is_model,
        changes=changes[:_MOST_SHOWN],
        num_changes=len(changes),
    )


def _score_rows(old: ModelFacts, new: ModelFacts) -> list[tuple[str, str, float | None, float | None, str]]:
    """Split, score, value before, value after, and the difference in points."""
    rows = []
    for split in dict.fromkeys([*new.scores, *old.scores]):
        for name, words in SCORES.items():
            a, b = old.scores.get(split, {}).get(name), new.scores.get(split, {}).get(name)
            if a is not None or b is not None:
                rows.append((split, words, a, b, "" if a is None or b is None else f"{100 * (b - a):+.1f}"))
    return rows


def _label_changes(old: ModelFacts, new: ModelFacts) -> list[tuple[str, list[str], list[str]]]:
    """Kind of label, those that are new, those that are gone."""
    rows = []
    for kind in new.labels:
        a, b = old.labels[kind], new.labels[kind]
        added, gone = sorted(set(b) - set(a)), sorted(set(a) - set(b))
        rows.append(
            (kind, [one_line(one) for one in added[:_MOST_SHOWN]], [one_line(one) for one in gone[:_MOST_SHOWN]])
        )
    return rows


def _part(frame: dict[str, Any], text: str, slot_types: list[str]) -> Part:
    start, end = frame.get("start", 0), frame.get("end", len(text))
    pieces: list[tuple[str, str | None, int]] = []
    place = start
    for slot in frame["slots"]:
        name = slot["slot_type"]
        colour = slot_types.index(name) % _COLOURS if name in slot_types else 0
        pieces.append((text[place : slot["start"]], None, 0))
        pieces.append((text[slot["start"] : slot["end"]], one_line(name), colour))
        place = slot["end"]
    pieces.append((text[place:end], None, 0))
    rows = [(one_line(s["slot_type"]), one_line(s["value"]), _meaning(s.get("resolved"))) for s in frame["slots"]]
    best = [(one_line(one["intent"]), one["score"]) for one in frame.get("intents", ())]
    intents = [one for place, one in enumerate(best) if place == 0 or one[1] >= _LEAST]
    return Part(frame, [piece for piece in pieces if piece[0]], rows, intents)


def _meaning(resolved: dict[str, Any] | None) -> str:
    """What a slot was resolved to: the value, and then what else is known about it."""
    if not resolved:
        return "the text itself"
    more = [
        f"{value:.0%} sure" if key == "score" else f"{key.replace('_', ' ')} {value}"
        for key, value in resolved.items()
        if key != "value"
    ]
    return one_line(f"{resolved.get('value', '')}" + (f" ({', '.join(more)})" if more else ""))


def _files_of_base(call: Call, repo_id: str, revision: str | None) -> dict[str, File] | None:
    """The files of the base of a delta, if the hub has it and the account may read it."""
    namespace, _, name = repo_id.partition("/")
    try:
        with call.hub.store.read() as db:
            repo = _readable_repo(call, db, namespace, name)
            return history.files_of(db, history.resolve(db, repo, revision or "main"))
    except HubError:
        return None


def _readable_repo(call: Call, db: sqlite3.Connection, namespace: str, name: str) -> Repo:
    repo = repositories.find(db, call.account, "model", namespace, name)
    repo.check_readable(call.account)
    return repo


ROUTES = [
    Route("GET", "/{web}{ns}/{name}/try", try_model),
    Route("GET", "/{web}{ns}/{name}/compare", compare),
]
