"""Write the card of a datasets repository: metadata for the hub and ``datasets``, and text for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import DatasetInfo, SplitDict, SplitInfo
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCard, DatasetCardData
from pyarrow import compute
from yaml import YAMLError

from bilstm_nlu.escaping import as_markdown, one_line

from ...corpora.licences import joint_licence
from ...domains import Domain
from ...schema import FEATURES
from ..catalogs_file import CATALOGS_FILE

__all__ = ["language_of_card", "render_dataset_card"]

_SIZES = {10**3: "n<1K", 10**4: "1K<n<10K", 10**5: "10K<n<100K", 10**6: "100K<n<1M", 10**7: "1M<n<10M"}
_MOST_LABELS = 500


def language_of_card(path: Path) -> str | None:
    """Read the language from a card; ``None`` if it names no language or several, or if the card cannot be read."""
    try:
        languages = DatasetCard.load(path, ignore_metadata_errors=True).data.to_dict().get("language")
    except (OSError, ValueError, YAMLError):
        return None
    found = languages[0] if isinstance(languages, list) and len(languages) == 1 else languages
    return found if isinstance(found, str) else None


def render_dataset_card(domain: Domain, sizes: Mapping[str, int], download_size: int) -> str:
    """Write the text of README.md; equal domains give equal texts, byte for byte.

    Args:
        domain: the content of the repository.
        sizes: split -> size in memory, in bytes.
        download_size: size of all table files, in bytes.
    """
    licence, why = joint_licence(domain.corpora)
    metadata = _metadata(domain, licence, sizes, download_size)
    body = [
        f"# {as_markdown(domain.name)}",
        "Utterances for natural language understanding: what a user says, the intent, and the slots as character "
        "spans. `bilstm-nlu` wrote this repository.",
        "```python\nfrom datasets import load_dataset\n\n"
        'data = load_dataset("path/or/owner/name")  # the folder, or its id on the hub\n```',
        "With `bilstm-nlu` installed, `load_domain(folder)` reads the utterances, the label lists and the slot "
        "catalogs.",
        "## Rows",
        _table(("split", "utterances"), [(split, f"{len(rows):,}") for split, rows in domain.splits.items()]),
        "| column | |\n|---|---|\n"
        "| `text` | what the user says |\n"
        "| `intent` | what the user wants; null if it was not annotated |\n"
        "| `spans` | the slots: `slot_type`, `start`, `end` in characters, end exclusive; null if slots were not "
        "annotated, an empty list if there are no slots |\n"
        "| `group` | utterances of one group (made from one carrier phrase) must stay in one split |\n"
        "| `domain` | the part of the source that the utterance comes from |",
        *_labels(domain),
        "## Source and licence",
        *_lineage(domain, why),
    ]
    if domain.dropped:
        lines = [f"- {count:,} {as_markdown(reason)}" for reason, count in domain.dropped.items()]
        body += ["## Left out or changed", "\n".join(lines)]
    return f"---\n{metadata.to_yaml(line_break=chr(10))}\n---\n\n" + "\n\n".join(body) + "\n"


def _metadata(domain: Domain, licence: str | None, sizes: Mapping[str, int], download_size: int) -> DatasetCardData:
    total = sum(len(rows) for rows in domain.splits.values())
    more: dict[str, Any] = {} if licence != "other" else {"license_name": "several"}
    data = DatasetCardData(
        language=list(domain.languages) or None,
        license=licence,
        task_categories=["text-classification", "token-classification"],
        size_categories=next((name for size, name in _SIZES.items() if total < size), "10M<n<100M"),
        pretty_name=one_line(domain.name) or None,
        tags=["bilstm-nlu", "intent-classification", "slot-filling", "nlu"],
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}-*"} for split in domain.splits],
            }
        ],
        **more,
    )
    splits = SplitDict()
    for split, rows in domain.splits.items():
        splits.add(SplitInfo(split, num_bytes=sizes[split], num_examples=len(rows)))
    info = DatasetInfo(features=FEATURES, splits=splits, download_size=download_size, dataset_size=sum(sizes.values()))
    DatasetInfosDict({"default": info}).to_dataset_card_data(data)
    return data


def _labels(domain: Domain) -> Iterable[str]:
    """Write sections with the labels of the first split, usually train, and how often they occur in it."""
    intents: Counter[str] = Counter()
    slot_types: Counter[str] = Counter()
    split = next(iter(domain.splits))
    for batch in domain.splits[split].with_format("arrow").iter(10_000):
        intents.update(intent for intent in batch["intent"].to_pylist() if intent is not None)
        slot_types.update(compute.list_flatten(batch["spans"]).combine_chunks().field("slot_type").to_pylist())
    if intents:
        yield "## Intents"
        yield _table(("intent", f"{split} utterances"), _counted(intents))
    num_values = {slot_type: len(catalog.values) for slot_type, catalog in domain.catalogs.items() if catalog.values}
    if slot_types or num_values:
        yield "## Slot types"
        rows = []
        for slot_type in dict.fromkeys([*sorted(slot_types), *sorted(num_values)]):
            values = f"{num_values[slot_type]:,}" if slot_type in num_values else ""
            rows.append((as_markdown(slot_type), f"{slot_types[slot_type]:,}", values))
        yield _table(("slot type", f"{split} slots", "values in its catalog"), rows)
    if num_values:
        yield (
            f"`{CATALOGS_FILE}` contains the known values of {len(num_values):,} slot types, with their synonyms and "
            "identifiers, if the developers gave any."
        )


def _counted(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(as_markdown(name), f"{counts[name]:,}") for name in sorted(counts)]


def _lineage(domain: Domain, why: str) -> Iterable[str]:
    """Say where the utterances come from, and what their licences require."""
    if domain.corpora:
        rows = [
            (as_markdown(corpus.title), as_markdown(corpus.licence), as_markdown(corpus.citation), _link(corpus.url))
            for corpus in domain.corpora
        ]
        yield _table(("corpus", "licence", "cite", "publisher"), rows, align="left")
    yield why
    if any(corpus.licence.startswith(("cc-by", "odbl")) for corpus in domain.corpora):
        yield "Keep the attribution: name the corpora and their authors wherever you publish the data."


def _link(url: str) -> str:
    return f"<{url}>" if not set(url) & set("<>| \n") else as_markdown(url)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, align: str = "right") -> str:
    """Write a Markdown table from cells of Markdown; `align` applies to all columns except the first."""
    rule = "---:|" if align == "right" else "---|"
    lines = ["| " + " | ".join(heads) + " |", "|---|" + rule * (len(heads) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows[:_MOST_LABELS]]
    text = "\n".join(lines)
    return text if len(rows) <= _MOST_LABELS else f"{text}\n\nand {len(rows) - _MOST_LABELS:,} more."
