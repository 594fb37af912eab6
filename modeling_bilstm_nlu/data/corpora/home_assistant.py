"""The English intents of Home Assistant, from the package ``home-assistant-intents``, expanded with ``hassil``.

The package holds templates such as ``<open> [<the>] {cover_classes:device_class} [<in> {area}]``. This reader walks
each template at random, so that alternatives and optional words vary evenly, and fills the lists as it meets them. The
names of devices, areas and floors are the user's own in a real home; here they come from small lists of ours.
"""

import random
from collections.abc import Iterator
from typing import Any

from ...errors import DataError
from ..builtin_values import WORDS
from ..catalogs import builtin_forms, open_phrases, spell_number
from ..registry import RawDomain, register_reader
from ..schema import SlotSpan, Utterance
from ..text import normalise_spaces, text_key

try:
    import hassil
    from home_assistant_intents import get_intents
except ImportError as _error:
    _missing: ImportError | None = _error
else:
    _missing = None

__all__ = ["read_home_assistant"]


def _split_values(table: dict[str, str]) -> dict[str, list[str]]:
    return {key: [" ".join(value.split()) for value in text.split(",")] for key, text in table.items()}


def _shuffled(items: list[Any], rng: random.Random) -> list[Any]:
    return rng.sample(items, len(items))


#: What people call their things, by the entity domain that a template asks for.
_NAMES = _split_values(
    {
        "light": "bedside lamp, ceiling light, desk lamp, floor lamp, reading light, porch light, night light",
        "switch": "coffee maker, kettle, christmas tree, air purifier, water pump, power strip, heated blanket",
        "fan": "ceiling fan, tower fan, exhaust fan, desk fan, bathroom fan",
        "cover": "front blinds, left curtain, patio awning, window shade, skylight, driveway gate, shutter",
        "valve": "main water valve, sprinkler valve, gas valve, garden tap, radiator valve",
        "lock": "front door, back door, garage door, side gate, cellar door, shed lock",
        "climate": "thermostat, heat pump, air conditioner, radiator, floor heating",
        "media_player": "tv, living room speaker, soundbar, kitchen radio, record player, projector, smart speaker",
        "sensor": "outdoor temperature, humidity, power meter, battery level, water usage, air quality",
        "binary_sensor": "motion sensor, window sensor, smoke detector, leak sensor, doorbell, mailbox",
        "person": "emma, lucas, grandma, david, sophie, dad, mum, alex",
        "weather": "london, home, the cottage, paris, new york",
        "todo": "groceries, chores, packing, homework, garden, birthday, work",
        "scene": "movie night, good morning, dinner, party, relax, bedtime, away",
        "script": "bedtime routine, leaving home, morning routine, watering, wake up",
        "button": "doorbell chime, router restart, garage remote, printer reset",
        "input_boolean": "vacation mode, guest mode, quiet hours, sleep mode",
        "vacuum": "robot, rover, dusty, robot vacuum, upstairs vacuum",
        "lawn_mower": "lawn mower, mower, front mower, robot mower",
    }
)
_LISTS = _split_values(
    {
        "floor": "ground, first, second, third, top, upper, lower, basement, attic, upstairs, downstairs, main",
        "zone": "work, school, the gym, the office, home, the park, grandma's house",
        "timer_name": "pizza, pasta, laundry, tea, egg, workout, nap, bread, homework, chicken, oven, meditation",
        "timer_command": """
            turn off the lights, open the blinds, lock the front door, turn on the heating, pause the music,
            close the garage door, start the vacuum, turn up the volume""",
        "message": """
            dinner is ready, we are leaving in five minutes, good morning everyone, please come downstairs,
            the taxi is here, bedtime, lunch is on the table, the movie starts now, someone is at the door""",
    }
)
_LISTS["area"] = list(builtin_forms("AMAZON.Room"))
_LISTS["shopping_list_item"] = list(builtin_forms("AMAZON.Food"))
_LISTS["todo_list_item"] = [*WORDS["note"], *WORDS["food"]]
_ALL_NAMES = [name for names in _NAMES.values() for name in names]


@register_reader(
    "home_assistant", recognises=None, summary="English intents of Home Assistant (extra 'demo'; no path)"
)
def read_home_assistant(*, max_per_intent: int = 400, seed: int = 0) -> RawDomain:
    """Draw utterances from the intents of Home Assistant; a domain with a train split, grouped by template.

    Args:
        max_per_intent: utterances of one intent at most; small intents have fewer.
        seed: of every draw.

    Raises:
        DataError: the optional packages are not installed.
    """
    if _missing is not None:
        raise DataError(f"{_missing}; run: pip install 'bilstm-nlu[demo]'") from _missing
    if max_per_intent < 1:
        raise DataError(f"max_per_intent={max_per_intent} must be at least 1")
    intents = hassil.Intents.from_dict(get_intents("en") or {})
    raw = RawDomain("home_assistant", {"train": []})
    seen: dict[str, str] = {}
    for name, intent in intents.intents.items():
        rng = random.Random(f"{seed} {name}")
        templates = [(_Walker(intents, data, rng), sentence) for data in intent.data for sentence in data.sentences]
        # templates take turns; those with few forms repeat themselves, so the rounds are limited too
        turns = (turn for _ in range(4 * (max_per_intent // len(templates) + 2)) for turn in _shuffled(templates, rng))
        drawn: dict[str, Utterance] = {}
        for walker, sentence in turns:
            text, spans = walker.draw(sentence.expression)
            owner = seen.setdefault(text_key(text), name)
            if owner == name:
                drawn.setdefault(text_key(text), Utterance(text, name, spans, f"{name}: {sentence.text}"))
            raw.drop("sentences that another intent has made already", owner != name)
            if len(drawn) == max_per_intent:
                break
        raw.splits["train"] += drawn.values()
    return raw


class _Walker:
    """Draws sentences from one block of templates."""

    def __init__(self, intents: Any, data: Any, rng: random.Random):
        self.rng = rng
        self.rules = {**intents.expansion_rules, **data.expansion_rules}
        self.lists = {**intents.slot_lists, **data.slot_lists}
        wanted = data.requires_context.get("domain") or []
        domains = [wanted] if isinstance(wanted, str) else wanted
        self.names = [name for domain in domains for name in _NAMES.get(domain, ())] or _ALL_NAMES

    def draw(self, expression: Any) -> tuple[str, tuple[SlotSpan, ...]]:
        """One sentence of a template, with its slots."""
        text = ""
        spans = []
        for piece, slot in self._pieces(expression):
            if slot is not None and (piece := piece.strip()):
                # a list that touches a word, or another list, stands apart from it
                text += " " * text[-1:].isalnum()
                spans.append(SlotSpan(slot, len(text), len(text) + len(piece)))
            elif spans and spans[-1].end == len(text) and piece[:1].isalnum():
                text += " "
            text += piece
        return normalise_spaces(text, spans)

    def _pieces(self, expression: Any) -> Iterator[tuple[str, str | None]]:
        """The pieces of a sentence from left to right: text, and the slot that it fills, if any."""
        if isinstance(expression, hassil.TextChunk):
            yield expression.original_text.replace("\u00b0", " degrees"), None
        elif isinstance(expression, hassil.Alternative):
            yield from self._pieces(self.rng.choice(expression.items))
        elif isinstance(expression, hassil.Permutation):
            for item in self.rng.sample(expression.items, len(expression.items)):
                yield " ", None
                yield from self._pieces(item)
        elif isinstance(expression, hassil.Group):
            for item in expression.items:
                yield from self._pieces(item)
        elif isinstance(expression, hassil.RuleReference):
            yield from self._pieces(self.rules[expression.rule_name].expression)
        else:
            yield self._value(expression.list_name), expression.slot_name

    def _value(self, list_name: str) -> str:
        """A value of a list: of its own, or of our lists where the user's home supplies it or any words fit."""
        known = self.lists.get(list_name)
        if isinstance(known, hassil.TextSlotList):
            return "".join(piece for piece, _ in self._pieces(self.rng.choice(known.values).text_in))
        if isinstance(known, hassil.RangeSlotList):
            number = self.rng.randrange(known.start, known.stop + 1, known.step)
            return str(number) if self.rng.random() < 0.3 else spell_number(number)
        return self.rng.choice(self.names if list_name == "name" else _LISTS.get(list_name) or open_phrases())
