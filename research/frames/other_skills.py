"""Rejection between skills: each skill of other authors against texts that are meant for others."""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from functools import cache, partial
from statistics import fmean
from typing import Any, NamedTuple

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.fallback_intents import is_fallback
from modeling_bilstm_nlu.data.label_names import name_words
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.schema import FALLBACK_INTENT
from modeling_bilstm_nlu.data.text import loose_key
from modeling_bilstm_nlu.metrics.decisions import calibration_error

from ..studies.skill_folders import FoundSkill, find_skills
from .scoring import Answer, answers, separation
from .settings import Findings, Settings, kept, key_of_skill, mean_of, trained

__all__ = ["MEANINGS", "meaning_of", "measure_skills"]

logger = logging.getLogger(__name__)

_NUM_OTHERS = 20
_MOST_TEXTS = 100  # of each other skill
_CLINC = "CLINC150"

#: Meaning -> names of intents, as words. A text of another skill is left out if its intent has the meaning of one of
#: the skill's intents, whatever the two are called.
MEANINGS = {
    "greet": ("greet", "greeting", "greetings", "hello", "hi", "say hello", "welcome", "default welcome", "hey"),
    "goodbye": ("goodbye", "bye", "say goodbye", "farewell", "end", "exit", "quit"),
    "thank": ("thank", "thanks", "thank you", "thankyou", "gratitude", "appreciate"),
    "affirm": ("affirm", "yes", "confirm", "confirmation", "agree", "accept", "okay", "ok", "affirmative", "yep"),
    "deny": ("deny", "no", "reject", "rejection", "disagree", "decline", "negative", "nope"),
    "help": ("help", "ask help", "capabilities", "what can you do", "ask whatspossible", "functions", "menu"),
    "stop": ("stop", "cancel", "abort", "never mind", "nevermind", "shut up", "pause"),
    "repeat": ("repeat", "say again"),
    "next": ("next", "skip"),
    "previous": ("previous", "back", "go back"),
    "start over": ("start over", "restart", "start again"),
    "bot": ("bot challenge", "are you a bot", "ask isbot", "who are you", "ask howbuilt", "ask name", "bot name"),
    "mood good": ("mood great", "react positive", "mood good", "happy"),
    "mood bad": ("mood unhappy", "react negative", "mood bad", "sad"),
    "how are you": ("how are you", "ask howdoing", "ask howold", "how old are you"),
    "joke": ("joke", "tell joke", "tell a joke"),
    "weather": ("weather", "ask weather", "get weather", "weather query"),
    "time": ("time", "ask time", "get time", "current time", "what time is it"),
}


@cache
def meaning_of(intent: str) -> frozenset[str]:
    """Return the meaning of an intent's name: the words of the name, or of the meaning that has this name."""
    words = name_words(intent)
    for meaning, names in MEANINGS.items():
        if words in names:
            return frozenset([f"<{meaning}>"])
    return frozenset(words.split())


class _Text(NamedTuple):
    text: str
    intent: str
    source: str


def measure_skills(settings: Settings) -> Findings:
    """Measure every skill: how well it rejects texts of others, what it loses, and how good its scores are."""
    tests = _tests(settings)
    foreign = _clinc(settings)
    skills = [skill for skill in find_skills(settings.skills) if key_of_skill(skill) in tests]
    records = {}
    for skill in skills[: settings.limit]:
        name = key_of_skill(skill)
        try:
            make = partial(_of_skill, settings, skill, tests, foreign)
            records[name] = kept(settings, f"skills/{name}", make)
        except NluError as error:
            logger.warning("%s: left out: %s", name, error)
            continue
        print(f"{len(records)} of {len(skills)}: {name} {records[name].get('auroc')}", flush=True)
    return summarise(list(records.values()))


def summarise(records: Sequence[dict[str, Any]]) -> Findings:
    """Return the findings from the records of skills."""
    whole = [record for record in records if "auroc" in record]
    left_out: Counter[str] = Counter()
    for record in whole:
        left_out.update(record["left_out"])
    pooled = [pair for record in whole for pair in record["accepted"]]
    calibrated = [_of_calibrated([score for score, _ in record["accepted"]]) for record in whole if record["accepted"]]
    return {
        "oos.skills.auroc": mean_of(
            [record["auroc"] for record in whole],
            left_out=dict(left_out),
            num_foreign=sum(record["num_foreign"] for record in whole),
            of_right_ones=fmean(record["auroc_of_right"] for record in whole),
        ),
        "oos.skills.rejected": mean_of([record["rejected"] for record in whole]),
        "oos.skills.in_scope_lost": mean_of([record["in_scope_lost"] for record in whole]),
        "calibration.ece": mean_of(
            [record["calibration_error"] for record in whole if record["calibration_error"] is not None],
            pooled=calibration_error([score for score, _ in pooled], [right for _, right in pooled]),
            of_calibrated_scores=fmean(calibrated),
        ),
    }


def _of_calibrated(scores: Sequence[float]) -> float:
    """Return the calibration error that these scores would have if they were right as often as they say.

    It is not 0, because a bin has few texts. Mean of 20 draws.
    """
    rng = random.Random(len(scores))
    return fmean(calibration_error(scores, [rng.random() < score for score in scores]) for _ in range(20))


def _load(skill: FoundSkill, seed: int) -> Domain | None:
    """The domain of a skill; `None` if it cannot be read, or has no test split."""
    try:
        domain = load_domain(skill.path, seed=seed)
    except NluError as error:
        logger.warning("%s: left out: %s", skill.name, error)
        return None
    return domain if "test" in domain.splits else None


def _tests(settings: Settings) -> dict[str, dict[str, Any]]:
    """Skill -> its author, and the texts and intents of its test split; skills without a test split are left out."""

    def make() -> dict[str, Any]:
        found = {}
        for skill in find_skills(settings.skills):
            domain = _load(skill, settings.seed)
            if domain is not None and domain.languages in ((), ("en",)):
                rows = [(row.text, row.intent) for row in domain.utterances("test") if row.intent is not None]
                if rows:
                    found[key_of_skill(skill)] = {"author": skill.author, "rows": rows}
        return found

    return kept(settings, "tests_of_skills", make)


def _clinc(settings: Settings) -> list[_Text]:
    rows = load_domain("clinc150", data_dir=settings.data).utterances("test")
    return [_Text(row.text, FALLBACK_INTENT, _CLINC) for row in rows if row.intent == FALLBACK_INTENT]


def _texts_of_others(name: str, tests: dict[str, dict[str, Any]]) -> list[_Text]:
    """Texts of 20 skills of other authors, drawn by the name of the skill."""
    rng = random.Random(name)
    others = sorted(other for other in tests if tests[other]["author"] != tests[name]["author"])
    found = []
    for other in rng.sample(others, min(_NUM_OTHERS, len(others))):
        rows = tests[other]["rows"]
        drawn = rng.sample(rows, min(_MOST_TEXTS, len(rows)))
        found += [_Text(text, intent, other) for text, intent in drawn]
    return found


def _without_own(texts: Sequence[_Text], domain: Domain, left_out: Counter[str]) -> list[str]:
    """Leave out what may be meant for the skill, by a rule that knows no model, and count it by the reason."""
    own = {loose_key(text) for split in domain.splits for text in domain.splits[split]["text"]}
    declared = [*domain.spec.intents, *(domain.skill.slots if domain.skill is not None else ())]
    meanings = {meaning_of(intent) for intent in declared} - {frozenset()}
    kept_texts, seen = [], set()
    for text, intent, source in texts:
        key = loose_key(text)
        is_of_clinc = source == _CLINC
        if key in seen:
            left_out["a repeated text"] += 1
        elif key in own:
            left_out["a text that the skill has, too"] += 1
        elif not is_of_clinc and is_fallback(intent):
            left_out["a text that another skill rejects"] += 1
        elif not is_of_clinc and meaning_of(intent) in meanings:
            left_out["an intent with the name or meaning of one of the skill"] += 1
        else:
            kept_texts.append(text)
        seen.add(key)
    return kept_texts


def _of_skill(
    settings: Settings, skill: FoundSkill, tests: dict[str, dict[str, Any]], clinc: Sequence[_Text]
) -> dict[str, Any]:
    name = key_of_skill(skill)
    domain = load_domain(skill.path, seed=settings.seed)
    left_out: Counter[str] = Counter()
    foreign = _without_own([*_texts_of_others(name, tests), *clinc], domain, left_out)
    model, tokenizer = trained(settings, name, domain)
    rows = [row for row in domain.utterances("test") if row.intent is not None and not is_fallback(row.intent)]
    if not rows or model.decision is None:
        return {"why_not": "no test utterance with an intent of its own"}
    ours, theirs = answers(model, tokenizer, [row.text for row in rows]), answers(model, tokenizer, foreign)
    right = [answer.best == row.intent for answer, row in zip(ours, rows, strict=True)]
    accepted = [(a.score, yes) for a, yes in zip(ours, right, strict=True) if a.is_accepted]
    of_right: list[Answer] = [answer for answer, yes in zip(ours, right, strict=True) if yes]
    return {
        "auroc": separation(ours, theirs),
        "auroc_of_right": separation(of_right, theirs) if of_right else 0.5,
        "rejected": fmean(not answer.is_accepted for answer in theirs),
        "in_scope_lost": fmean(yes and not a.is_accepted for a, yes in zip(ours, right, strict=True)),
        "accuracy": fmean(right),
        "calibration_error": (
            calibration_error([score for score, _ in accepted], [yes for _, yes in accepted]) if accepted else None
        ),
        "accepted": accepted,
        "threshold": model.config.threshold,
        "num_test": len(rows),
        "num_train": len(domain.splits["train"]),
        "num_foreign": len(theirs),
        "left_out": dict(left_out),
    }
