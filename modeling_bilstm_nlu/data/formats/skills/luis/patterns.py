"""Make the domain of a LUIS bot, and fill its patterns, ``^(book|reserve) [a] room in {city}``, with its values."""

import re

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, Utterance
from ....skill_spec import CarrierPhrase, SkillSpec
from ....text import text_key
from ..alternatives import UtteranceTemplate
from ..templates import fill
from .annotations import annotation_label, hide_escaped, show_escaped
from .bot import LuisBot

__all__ = ["bot_domain"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: Places where words touch brackets: ``on[the]list`` is three words, ``email[s]`` is one word with an ending.
_TOUCHING = re.compile(r"(?<=\w)(?=[(\[{])(?!\[\w{1,2}\])|(?<=[)\]}])(?=[\w(\[{])")


def bot_domain(
    bot: LuisBot,
    raw: RawDomain,
    *,
    nested: str,
    roles: bool,
    mark_lists: bool,
    max_per_pattern: int,
    seed: int,
    on_error: str,
) -> RawDomain:
    """Make the domain of a bot: its utterances, utterances from its patterns, and its lists as catalogs.

    Args:
        bot: the content of the files.
        raw: the domain, with the counts from reading the files.
        nested, roles, mark_lists, max_per_pattern, seed, on_error: the options of ``read_luis_lu``.

    Raises:
        DataError: a pattern is broken.
    """
    bot.add_rows(raw, nested=nested, mark_lists=mark_lists)
    _fill_patterns(bot, raw, max_per_pattern, roles, seed, on_error)
    bot.add_catalogs(raw)
    return raw


def _fill_patterns(bot: LuisBot, raw: RawDomain, limit: int, roles: bool, seed: int, on_error: str) -> None:
    """Add utterances from the patterns of a bot to the domain, which already has the bot's own utterances.

    A placeholder gets the values of its list, or else the values that are annotated with its entity in utterances.
    All utterances of a pattern are one group.
    """
    if limit < 1:
        raw.drop(DropReason.PATTERNS_WITHOUT_VALUES, len(bot.patterns))
        return
    catalogs = {
        name: SlotCatalog(name, {value: tuple(forms) for value, forms in values.items()})
        for name, values in bot.lists.items()
    }
    annotated: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in raw.splits.get("train", ()):
        for slot_type, start, end in row.spans or ():
            annotated.setdefault(slot_type, {})[row.text[start:end]] = ()
    known = {text_key(row.text) for row in raw.splits.get("train", ())}
    for number, (where, intent, pattern) in enumerate(bot.patterns):
        with raw.record(where, on_error):
            text = _PLACEHOLDER.sub(
                lambda match: f"{{{annotation_label(match.group(1), roles=roles)}}}",
                _TOUCHING.sub(" ", hide_escaped(pattern.strip("^ "))),
            )
            carriers = [CarrierPhrase(form) for form in UtteranceTemplate(text).expand(limit=limit, seed=seed)]
            slots = {slot: slot for carrier in carriers for slot, _ in carrier.slots}
            values = {
                slot: catalogs.get(bot.list_of.get(slot, slot)) or SlotCatalog(slot, annotated.get(slot, {}))
                for slot in slots
            }
            if not carriers or not all(catalog.values for catalog in values.values()):
                raw.drop(DropReason.PATTERNS_OF_EMPTY_ENTITIES)
                continue
            spec = SkillSpec(raw.name, {intent: carriers}, {intent: slots}, values)
            filled = fill(
                spec,
                seed=seed + number,
                max_per_carrier=-(-limit // len(carriers)),  # each form gets an equal part of the limit
                max_utterances=limit,
                spoken_values=False,  # utterances of bots are typed, not spoken
            )
            for reason, count in filled.dropped.items():
                raw.drop(reason, count)
            group = f"{intent}: {pattern.casefold()}"
            for row in filled.splits["train"]:
                form = show_escaped(row.text)
                if text_key(form) not in known:
                    known.add(text_key(form))
                    raw.add("train", Utterance(form, intent, row.spans, group))
