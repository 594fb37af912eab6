"""How many of a skill's own sentences are right: with the exact layer, and with the network alone."""

import logging
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from datasets import Dataset
from tqdm import tqdm

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.domains import Domain, to_dataset
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.loading import load_skill
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training.scoring import predict_frames
from modeling_bilstm_nlu.training.transfer.exact_phrases import exact_phrases_of
from modeling_bilstm_nlu.training.transfer.gazetteers import slot_catalogs_of

from ..studies.skill_folders import find_skills
from .settings import Findings, Settings, key_of_skill, model_folder

__all__ = ["Tally", "measure_own_sentences", "tally_of"]

logger = logging.getLogger(__name__)


class Tally(Counter[str]):
    """Counts of a skill's sentences.

    The keys: `right` and `wrong` answers; `missed`, which should have an answer; `ambiguous_intent` and
    `ambiguous_slots`, which have several meanings in the skill; `invented`, fillings of phrases without words of their
    own with values that the developer did not give; `not_annotated`.
    """

    @property
    def share_right(self) -> float:
        """Share of the unambiguous sentences that are right."""
        return self["right"] / max(1, self["right"] + self["wrong"] + self["missed"])


def tally_of(domain: Domain) -> tuple[Tally, list[Utterance], float]:
    """Look up every utterance of a domain in its exact layer.

    Returns:
        The counts, the unambiguous sentences, and the median milliseconds of a lookup.
    """
    catalogs = slot_catalogs_of(domain)
    phrases, left_out = exact_phrases_of(domain, catalogs=catalogs)
    tally, unambiguous, times = Tally(), [], []
    rows = [row for split in domain.splits for row in domain.utterances(split)]
    phrases.find(rows[0].text, catalogs)  # builds the index
    for row in rows:
        if row.intent is None or (row.spans is None and domain.spec.slot_types):
            tally["not_annotated"] += 1
            continue
        started = time.perf_counter()
        found = phrases.readings(row.text, catalogs)
        times.append(1000 * (time.perf_counter() - started))
        if len(found) > 1:
            tally["ambiguous_slots" if found[0].intent == found[1].intent else "ambiguous_intent"] += 1
        elif not found:
            tally["missed"] += 1
        else:
            unambiguous.append(row)
            gold = (row.intent, tuple(tuple(span) for span in row.spans or ()))
            tally["right" if tuple(found[0]) == gold else "wrong"] += 1
    invented = left_out.get(DropReason.FILLINGS_WITH_ONLY_INVENTED_VALUES, 0)
    tally["invented"] += invented
    tally["missed"] -= invented
    return tally, unambiguous, statistics.median(times or [0.0])


def measure_own_sentences(settings: Settings) -> Findings:
    """Measure the share of the skills' own unambiguous sentences that the exact layer gets right.

    For information, the networks of the models that other measurements have trained are measured on the same
    sentences.
    """
    total, shares, lookups = Tally(), [], []
    for _, name, path in tqdm(
        find_skills(settings.skills)[: settings.limit], desc="skills", unit="skill", disable=None
    ):
        try:
            tally, _, milliseconds = tally_of(load_skill(path))
        except DataError as error:
            logger.warning("%s: left out, because it cannot be read (%s)", name, error)
            continue
        total.update(tally)
        shares.append(tally.share_right)
        lookups.append(milliseconds)
    result: dict[str, Any] = {
        "value": total.share_right,
        "skills": len(shares),
        "worst_skill": min(shares),
        "sentences": dict(total),
        "lookup_ms": round(statistics.median(lookups), 4),
    }
    if networks := list(_networks(settings)):
        result["network_alone"] = {"value": statistics.mean(networks), "models": len(networks)}
    return {"own_sentences": result}


def _networks(settings: Settings) -> Iterator[float]:
    """Yield the share of each skill's own unambiguous sentences that the network of its model gets right."""
    found = find_skills(settings.skills)
    folders = [(skill, model_folder(settings, key_of_skill(skill))) for skill in found]
    known = [(skill, folder) for skill, folder in folders if folder.is_dir()]
    for skill, folder in tqdm(known, desc="models", unit="model", disable=None):
        domain = load_skill(skill.path)
        rows: Dataset = to_dataset(tally_of(domain)[1])
        gold, predicted = predict_frames(*load_checkpoint(folder), rows, name=domain.name)
        pairs = zip(gold, predicted, strict=True)
        yield statistics.mean((g.intent, set(g.spans or ())) == (p.intent, set(p.spans or ())) for g, p in pairs)
