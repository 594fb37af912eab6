"""`bilstm-nlu formats`: what can be read and written."""

from typing import TYPE_CHECKING, Annotated

import typer

from .console import echo, prepare, print_table, to_json, with_one_line_errors
from .lazy import lazy_module

if TYPE_CHECKING:
    from ..data import readers, registry, writers
else:
    readers = lazy_module("data.readers")
    registry = lazy_module("data.registry")
    writers = lazy_module("data.writers")

__all__ = ["formats"]


@with_one_line_errors
def formats(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List formats and public corpora."""
    prepare()
    summaries = registry.available_formats()
    corpora = registry.available_corpora()
    embedded = registry.embedded_domains()
    written = writers.available_writers()
    if as_json:
        document = {
            "formats": {
                name: {
                    "summary": summary,
                    "is_embedded": name in embedded,
                    "options": registry.reader_for(name, name).options,
                    "written_to": list(written[name].suffixes) if name in written else None,
                }
                for name, summary in summaries.items()
                if name not in corpora
            },
            "corpora": {
                name: {
                    "title": info.title,
                    "licence": info.licence,
                    "url": info.url,
                    "domains": list(info.domains),
                    "options": registry.reader_for(name, name).options,
                }
                for name, info in corpora.items()
            },
        }
        echo(to_json(document))
        return
    echo("formats:")
    rows = []
    for name, summary in summaries.items():
        if name not in corpora:
            uses = ["embedded" if name in embedded else "read"] + ["write"] * (name in written)
            rows.append((name, ", ".join(uses), summary))
    print_table(rows, indent=2, align="left")
    echo()
    echo("public corpora:")
    print_table(
        [
            (name, info.licence, f"{len(info.domains)} domains" if info.domains else "one domain", info.title)
            for name, info in corpora.items()
        ],
        indent=2,
        align="left",
    )
