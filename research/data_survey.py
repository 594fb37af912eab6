"""Count what the readers return on real data: public corpora, skills, and the mixture of mature domains."""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.encoding import encode_dataset
from modeling_bilstm_nlu.data.formats.registry import available_corpora, format_for
from modeling_bilstm_nlu.data.loading import load_skill
from modeling_bilstm_nlu.data.mixtures.mature_domains import mature
from modeling_bilstm_nlu.data.schema import SlotCatalog, Utterance
from modeling_bilstm_nlu.data.sources import read_source
from modeling_bilstm_nlu.data.split_names import SPLITS
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer

from .studies.skill_folders import find_skills

__all__ = ["measure_mixture", "survey_corpora", "survey_mixture", "survey_skills"]

_MEASURED = ("seconds_to_mix", "seconds_to_encode", "peak_memory_mb")


def survey_corpora(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Counts for every public corpus with a folder in ``data_dir``, read with the default options."""
    found: dict[str, dict[str, Any]] = {}
    for name, info in tqdm(available_corpora().items(), desc="corpora", unit="corpus", disable=None):
        entry: dict[str, Any] = {"title": info.title, "licence": info.licence, "domains": len(info.domains)}
        entry |= {"hub": info.hub.path if info.hub else None, "for_evaluation_only": info.is_for_evaluation_only}
        if (data_dir / name).exists():
            raw = read_source(name, data_dir=data_dir)
            entry |= {
                "splits": {split: _counts(raw.splits[split]) for split in SPLITS if split in raw.splits},
                "dropped": raw.dropped,
            }
        found[name] = entry
    return found


def _counts(utterances: Iterable[Utterance]) -> dict[str, int]:
    rows = list(utterances)
    return {
        "utterances": len(rows),
        "distinct_texts": len({text_key(row.text) for row in rows}),
        "intents": len({row.intent for row in rows} - {None}),
        "slot_types": len({span.slot_type for row in rows for span in row.spans or ()}),
        "slots": sum(len(row.spans or ()) for row in rows),
    }


def survey_skills(skills_dir: Path) -> list[dict[str, Any]]:
    """Import every skill in the folders of a folder.

    Args:
        skills_dir: a folder that ``find_skills`` takes.

    Returns:
        One entry per skill: ``collection``, ``skill``, ``format``, ``intents``, ``carriers`` (0 if the utterances are
        annotated and not filled), ``slots`` (labels), ``catalogs`` (slots with known values), ``catalog_values``,
        ``utterances`` (filled or annotated), ``seconds``, ``dropped``; or ``error``.
    """
    entries = []
    for collection, name, path in tqdm(find_skills(skills_dir), desc="skills", unit="skill", disable=None):
        entry: dict[str, Any] = {"collection": collection, "skill": name}
        start = time.perf_counter()
        try:
            domain = load_skill(path, validation_size=0, test_size=0)
        except DataError as error:
            entries.append({**entry, "error": str(error)})
            continue
        entries.append(
            {
                **entry,
                "format": format_for(path).name,
                "intents": len(domain.spec.intents),
                "carriers": sum(map(len, domain.skill.intents.values())) if domain.skill else 0,
                "slots": len(domain.spec.slot_types),
                "catalogs": len(domain.catalogs),
                "catalog_values": sum(len(catalog.values) for catalog in _own_catalogs(domain)),
                "utterances": len(domain.splits["train"]),
                "seconds": round(time.perf_counter() - start, 2),
                "dropped": domain.dropped,
            }
        )
    return entries


def _own_catalogs(domain: Domain) -> Iterable[SlotCatalog]:
    """The developer's own catalogs, without the values of built-in types."""
    return (domain.skill.catalogs if domain.skill is not None else domain.catalogs).values()


def survey_mixture(data_dir: Path, cache_dir: Path) -> dict[str, Any]:
    """Mix and encode the mature domains; returns counts, and this process's processor seconds and peak memory."""
    start = time.process_time()
    mixture = mature(data_dir=data_dir, cache_dir=cache_dir)
    mixed = time.process_time()
    for split, rows in mixture.splits.items():
        encode_dataset(rows, build_tokenizer(), mixture.spec.intents, mixture.spec.slot_types, split=split)
    return {
        "utterances": {split: len(rows) for split, rows in mixture.splits.items()},
        "intents": len(mixture.spec.intents),
        "slot_types": len(mixture.spec.slot_types),
        "corpora": mixture.report,
        "seconds_to_mix": round(mixed - start, 1),
        "seconds_to_encode": round(time.process_time() - mixed, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure_mixture(data_dir: Path) -> dict[str, Any]:
    """Run ``survey_mixture`` in two new processes: the first without a cache, the second with the cache of the first.

    Returns:
        The counts of the first run, and under ``first`` and ``cached`` the seconds and the peak memory of both.
    """
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(2):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                runs.append(pool.submit(survey_mixture, data_dir, Path(cache)).result())
    timings = [{key: run.pop(key) for key in _MEASURED} for run in runs]
    return {**runs[0], "first": timings[0], "cached": timings[1]}
