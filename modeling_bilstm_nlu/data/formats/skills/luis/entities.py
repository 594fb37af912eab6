"""Read entity definitions of ``.lu`` files: ``@ list Size =`` with its lines, and the older ``$Size:small=``."""

import re
from dataclasses import dataclass, field

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from .annotations import unescaped
from .bot import LuisBot, slot_label

__all__ = ["EntityBody", "EntityTable"]

_TYPES = {"ml", "simple", "list", "regex", "prebuilt", "composite", "patternany", "phraselist", "intent"}
_NAME = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s,]+")
_ROLES = re.compile(r"hasroles?", re.IGNORECASE)
_FEATURES = re.compile(r"(?:uses|has)features?", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\([^()]*\)")
_COMMAS = re.compile(r"[,;]")

#: Type of an entity without values -> the reason under which it is counted.
_COUNTED = {
    "phraselist": DropReason.PHRASE_LISTS,
    "prebuilt": DropReason.PREBUILT_ENTITIES,
    "regex": DropReason.ENTITY_REGULAR_EXPRESSIONS,
}


@dataclass
class EntityBody:
    """The lines below the definition of an entity: (indentation, text without its bullet)."""

    name: str
    lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class EntityTable:
    """The entities of all files of a bot.

    Args:
        types: entity -> its type, in lower case; ``None`` if the files have only its lines.
        roles: role -> its entity.
        bodies: the lines below definitions, in order.
    """

    types: dict[str, str | None] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    bodies: list[EntityBody] = field(default_factory=list)

    def define(self, line: str) -> EntityBody | None:
        """Read a line ``@ type name roles = definition``.

        Returns:
            The body that the lines below must be added to; ``None`` for features of an intent, which have no lines.

        Raises:
            DataError: the line does not name an entity.
        """
        left, _, right = line.removeprefix("@").partition("=")
        words = [word for word in _NAME.findall(_PARENTHESIS.sub(" ", left)) if word.strip("'\" ")]
        kind = words.pop(0).lower() if words and words[0].lower() in _TYPES else None
        if kind == "intent":
            return None
        if not words:
            raise DataError(f"the definition {line!r:.200} does not name an entity; write '@ type name'")
        name = words.pop(0).strip("'\" ")
        self.types[name] = kind or self.types.get(name)
        for word in words:
            if _FEATURES.fullmatch(word):
                break
            if not _ROLES.fullmatch(word):
                self.roles.setdefault(word.strip("'\" "), name)
        self.bodies.append(EntityBody(name))
        if right.strip() and self.types[name] == "list":
            self.bodies[-1].lines.append((0, right.strip()))
        return self.bodies[-1]

    def define_old(self, line: str) -> EntityBody:
        """Read a line ``$name:type`` or ``$name:canonical value=``.

        Returns:
            The body that the lines below must be added to.

        Raises:
            DataError: the line has no name or no colon.
        """
        name, colon, rest = line.removeprefix("$").partition(":")
        name, rest = name.strip(), rest.strip()
        if not name or not colon:
            raise DataError(
                f"the definition {line!r:.200} has no name or no colon; write '$name:type' or '$name:canonical='"
            )
        body = EntityBody(name)
        value, equals, _ = rest.partition("=")
        kind = rest.split()[0].lower() if rest else "simple"
        if name == "PREBUILT":
            self.types[value.split()[0] if value.split() else name] = "prebuilt"
        elif rest.startswith("/"):
            self.types[name] = "regex"
        elif rest.startswith("["):
            self.types[name] = "composite"
        elif equals and value.strip():
            # the lines below it are synonyms of this value
            self.types[name] = "list"
            body.lines.append((-1, f"{value.strip()}:"))
        else:
            self.types.setdefault(name, kind if kind in _TYPES else "simple")
        self.bodies.append(body)
        return body

    def fill_bot(self, bot: LuisBot, notes: RawDomain) -> None:
        """Add the values of lists to a bot, and the labels whose values come from a list."""
        for kind, reason in _COUNTED.items():
            notes.drop(reason, sum(found == kind for found in self.types.values()))
        for body in self.bodies:
            if body.name not in self.types:  # a prebuilt entity of the older notation
                continue
            children = [line for _, line in body.lines if line.startswith("@")]
            for child in children:
                names = [word.strip("'\" ") for word in _NAME.findall(child[1:])]
                if len(names) > 1 and self.types.get(names[0]) == "list":
                    bot.list_of.setdefault(names[1], names[0])
            if self.types[body.name] == "list" or self.types[body.name] is None and not children:
                _add_values(bot, body)
        for role, name in self.roles.items():
            if name in bot.lists:
                bot.list_of.setdefault(role, name)
                bot.list_of.setdefault(slot_label(name, role, roles=True), name)


def _add_values(bot: LuisBot, body: EntityBody) -> None:
    """Add the values of a list: canonical values end with a colon, or else have less indentation than synonyms."""
    lines = [(indent, line) for indent, line in body.lines if line.strip(" :,;")]
    has_colons = any(line.endswith(":") for _, line in lines)
    margin = min((indent for indent, _ in lines), default=0)
    canonical: str | None = None
    for indent, line in lines:
        if line.endswith(":") if has_colons else indent == margin:
            canonical = unescaped(line.removesuffix(":").strip())
            bot.add_value(body.name, canonical)
        elif canonical is not None:
            bot.add_value(body.name, canonical, map(unescaped, _COMMAS.split(line)))
