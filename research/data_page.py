"""The page about data: every format and public corpus, and the numbers of what was read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import jinja2

from modeling_bilstm_nlu.data.formats.registry import available_corpora, available_formats, format_for

__all__ = ["render_page"]

_COLUMNS = ("intents", "carriers", "slots", "catalogs", "catalog_values", "utterances")
_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)
#: Marks such as [value](slot) in a summary are not links.
_ENVIRONMENT.filters |= {"cell": lambda text: text.replace("|", "\\|").replace("[", "\\["), "number": "{:,}".format}


def render_page(results: Mapping[str, Any], writers: Mapping[str, str]) -> str:
    """The page as Markdown.

    Args:
        results: ``corpora``, ``skills`` and ``mixture``, as returned by `data_survey`.
        writers: format that can be written -> one line about it.
    """
    text = Path(__file__).with_name("data_page_template.md").read_text(encoding="utf-8")
    corpora = available_corpora()
    mixture = results["mixture"]
    return _ENVIRONMENT.from_string(text).render(
        formats=[
            (name, summary, format_for(name, name).options)
            for name, summary in available_formats().items()
            if name not in corpora
        ],
        writers=writers,
        corpora=[_corpus(name, entry) for name, entry in results["corpora"].items()],
        num_skills=len(results["skills"]),
        num_failed=sum("error" in entry for entry in results["skills"]),
        groups=_groups(results["skills"]),
        mixture={
            **mixture,
            "first": _timing(mixture["first"]),
            "cached": _timing(mixture["cached"]),
            "peak_memory_mb": max(mixture[run]["peak_memory_mb"] for run in ("first", "cached")),
        },
    )


def _corpus(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    info = available_corpora()[name]
    splits = entry.get("splits", {})
    largest = max(splits.values(), key=lambda counts: counts["utterances"], default={"intents": 0, "slot_types": 0})
    return {
        **entry,
        "name": name,
        "splits": splits,
        "dropped": entry.get("dropped", {}),
        "intents": largest["intents"],
        "slot_types": largest["slot_types"],
        "slots": sum(counts["slots"] for counts in splits.values()),
        "citation": info.citation,
        "url": info.url,
        "options": format_for(name, name).options,
    }


def _groups(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The skills by collection and format, with the median and the largest value of every column."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        groups.setdefault((entry["collection"], entry.get("format", "not imported")), []).append(entry)
    return [
        {
            "collection": collection,
            "format": format_name,
            "number": len(members),
            "columns": [
                (f"{median(values):g}", max(values))
                for values in ([member.get(column, 0) for member in members] for column in _COLUMNS)
            ],
        }
        for (collection, format_name), members in groups.items()
    ]


def _timing(run: Mapping[str, float]) -> dict[str, float]:
    return {**run, "seconds": round(run["seconds_to_mix"] + run["seconds_to_encode"], 1)}
