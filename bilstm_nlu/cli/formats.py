"""`bilstm-nlu formats`: list the formats that can be read and written."""

from .console import AsJson, echo, plural, prepare, print_json, print_table, with_one_line_errors

__all__ = ["formats"]


@with_one_line_errors
def formats(
    as_json: AsJson = False,
) -> None:
    """List formats and public corpora."""
    prepare(as_json=as_json)
    from modeling_bilstm_nlu.data.formats.registry import (
        available_corpora,
        available_formats,
        embedded_domains,
        format_for,
    )
    from modeling_bilstm_nlu.data.formats.writing import available_writers

    summaries = available_formats()
    corpora = available_corpora()
    embedded = embedded_domains()
    written = available_writers()
    if as_json:
        document = {
            "formats": {
                name: {
                    "summary": summary,
                    "is_embedded": name in embedded,
                    "options": format_for(name, name).options,
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
                    "options": format_for(name, name).options,
                }
                for name, info in corpora.items()
            },
        }
        print_json(document)
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
            (name, info.licence, plural(len(info.domains), "domain") if info.domains else "one domain", info.title)
            for name, info in corpora.items()
        ],
        indent=2,
        align="left",
    )
