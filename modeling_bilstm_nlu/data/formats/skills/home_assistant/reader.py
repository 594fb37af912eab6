"""Read intents of Home Assistant: the English ones of the package ``home-assistant-intents``, or JSON or YAML files.

Both contain templates such as ``<open> [<the>] {cover_classes:device_class} [<in> {area}]``, which ``hassil`` parses.
The readers choose a random path through each template, so that alternatives and optional words vary evenly, and fill
each list on the path with a value. In a real home, users choose the names of devices, areas and floors; here the names
come from small English lists.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import has_suffix, read_json, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, SlotSpan, Utterance
from ....text import normalise_spaces, text_key
from ....values.builtin_types import open_phrases, spell_number
from ..json_values import json_list, json_records, json_text
from ..samples import is_english
from .home import ALL_NAMES, LISTS, NAMES
from .yaml_files import find_yaml, has_intents, is_document, read_yaml

try:
    import hassil
    from hassil.errors import HassilError
    from hassil.parser import ParseError
    from hassil.sample import sample_expression
    from home_assistant_intents import get_intents
except ImportError as _error:
    _missing: ImportError | None = _error
else:
    _missing = None

__all__ = ["read_hassil", "read_home_assistant", "sniff"]

_MOST_PIECES = 10_000
_MOST_FORMS = 50


def read_home_assistant(*, max_per_intent: int = 400, seed: int = 0) -> RawDomain:
    """Make random utterances from the intents of Home Assistant: a domain with a train split, grouped by template.

    Args:
        max_per_intent: the largest number of utterances of one intent; small intents have fewer.
        seed: the seed of every random choice.

    Raises:
        DataError: the optional packages are not installed.
    """
    _need_packages()
    return _drawn(get_intents("en") or {}, "home_assistant", "home-assistant-intents", max_per_intent, seed)


def _language_file(path: Path, language: str) -> Path:
    places = (path / f"{language}.json", path / "data" / f"{language}.json")
    return path if path.is_file() else next((file for file in places if file.is_file()), places[0])


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if has_intents(path):
        return True
    file = _language_file(path, "en")
    return file.is_file() and has_suffix(file, (".json",)) and is_document(read_json(file))


def read_hassil(
    path: Path,
    *,
    max_per_intent: int = 400,
    seed: int = 0,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Make random utterances from intents in JSON or YAML: a domain with a train split, grouped by template.

    If a folder has tests next to its sentences (``tests/<language>``), their sentences are the test split. Tests do
    not say where the slots are.

    Args:
        path: a JSON or YAML file with ``intents`` and, if they are used, ``lists`` and ``expansion_rules``; a folder
            that has ``en.json`` or ``data/en.json``; or a folder with ``custom_sentences/<language>`` or
            ``sentences/<language>`` and YAML files in these, or with a ``configuration.yaml`` that has ``intents``
            under ``conversation``; or such a configuration.
        max_per_intent: the largest number of utterances of one intent; small intents have fewer.
        seed: the seed of every random choice.
        locale: the language to read if a folder has several; ``None`` means ``en``, or the only one. Lists of things
            in a user's home are always filled with English names.
        on_error: what to do about broken tests: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the optional packages are not installed, or a file is broken.
    """
    _need_packages()
    if has_intents(path):
        files = find_yaml(path, locale)
        document: dict[str, Any] = {}
        for file in files.sentences:
            with _named_errors(str(file)):
                hassil.merge_dict(document, read_yaml(file))
        language = files.language or document.get("language") or "en"
        raw = _drawn({**document, "language": language}, files.name, str(path), max_per_intent, seed)
        for file in files.tests:
            _add_tests(file, raw, on_error)
        return raw
    path = _language_file(path, locale or "en")
    document = read_json(path)
    if not is_document(document):
        raise DataError(f"{path}: there are no intents with a list under 'data'; check that this file is for hassil")
    return _drawn(document, stem(path), str(path), max_per_intent, seed)


def _add_tests(file: Path, raw: RawDomain, on_error: str) -> None:
    """Add the sentences of a file of tests to the test split; files of other kinds, such as fixtures, have none."""
    for number, test in json_records(read_yaml(file).get("tests"), f"{file}, tests", raw, on_error):
        with raw.record(f"{file}, test {number}", on_error):
            intent = test.get("intent")
            if not isinstance(intent, Mapping):
                raise DataError("there is no object under 'intent'; name the intent")
            name = json_text(intent.get("name"), "name of the intent")
            for sentence in json_list(test.get("sentences"), "sentences"):
                text = " ".join(json_text(sentence, "sentence").split())
                if not text or hassil.is_template(text):
                    raw.drop(DropReason.TEMPLATE_EXAMPLES if text else DropReason.BLANK_EXAMPLES)
                else:
                    raw.add("test", Utterance(text, name, None))


def _need_packages() -> None:
    if _missing is not None:
        raise DataError(str(_missing), cure=Cure("run {}", install="demo")) from _missing


@contextmanager
def _named_errors(where: str) -> Iterator[None]:
    """Turn all errors of hassil on a broken document into an error that names the place."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{where}: {error.message}", cure=error.cures) from error
    except RecursionError as error:
        raise DataError(f"{where}: its rules refer to each other in a circle; remove the circle") from error
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        HassilError,
        LookupError,
        ParseError,
        TypeError,
        ValueError,
    ) as error:
        raise DataError(f"{where}: hassil cannot use it ({type(error).__name__}: {error!s:.200})") from error


def _drawn(document: Mapping[str, Any], name: str, where: str, max_per_intent: int, seed: int) -> RawDomain:
    if max_per_intent < 1:
        raise DataError(f"max_per_intent={max_per_intent} must be at least 1")
    with _named_errors(where):
        intents = hassil.Intents.from_dict(dict(document))
        num_fixed = sum(len(data.slots or ()) for intent in intents.intents.values() for data in intent.data)
    language = document.get("language")
    raw = RawDomain(name, {"train": []}, language=language if isinstance(language, str) else None)
    raw.drop(DropReason.FIXED_SLOTS, num_fixed)
    english: set[str] = set()
    seen: dict[str, str] = {}
    for intent_name, intent in intents.intents.items():
        with _named_errors(f"{where}, intent {intent_name!r}"):
            rng = random.Random(f"{seed} {intent_name}")
            drawn: dict[str, Utterance] = {}
            for walker, sentence in _turns(intents, intent, raw.catalogs, max_per_intent, rng, english):
                text, spans = walker.draw(sentence.expression)
                if not text:
                    continue
                owner = seen.setdefault(text_key(text), intent_name)
                if owner == intent_name:
                    group = f"{intent_name}: {sentence.text}"
                    drawn.setdefault(text_key(text), Utterance(text, intent_name, spans, group))
                raw.drop(DropReason.SENTENCES_OF_ANOTHER_INTENT, owner != intent_name)
                if len(drawn) == max_per_intent:
                    break
            raw.splits["train"] += drawn.values()
    raw.drop(DropReason.BUILTIN_VALUES_IN_ENGLISH, 0 if is_english(raw.language) else len(english))
    return raw


def _turns(
    intents: Any,
    intent: Any,
    catalogs: dict[str, SlotCatalog],
    max_per_intent: int,
    rng: random.Random,
    english: set[str],
) -> Iterator[tuple["_Walker", Any]]:
    """Yield the templates of an intent in turn; the rounds are limited, because templates with few forms repeat."""
    walkers = [(_Walker(intents, data, catalogs, rng, english), data.sentences) for data in intent.data]
    templates = [(walker, sentence) for walker, sentences in walkers for sentence in sentences]
    for _ in range(4 * (max_per_intent // max(len(templates), 1) + 2)):
        yield from rng.sample(templates, len(templates))


class _Walker:
    """Makes random sentences from one block of templates, and collects the values of the lists in them.

    ``english`` receives the names of lists that are filled with English values of this package.
    """

    def __init__(
        self, intents: Any, data: Any, catalogs: dict[str, SlotCatalog], rng: random.Random, english: set[str]
    ):
        self.rng = rng
        self.english = english
        self.says_numbers = is_english(intents.language)
        self.rules = {**intents.expansion_rules, **data.expansion_rules}
        self.lists = {**intents.slot_lists, **data.slot_lists}
        self.catalogs = catalogs
        self.noted: set[tuple[str, str]] = set()
        self.pieces_left = _MOST_PIECES
        wanted = data.requires_context.get("domain") or []
        domains = [wanted] if isinstance(wanted, str) else wanted
        self.names = [name for domain in domains for name in NAMES.get(domain, ())] or ALL_NAMES

    def draw(self, expression: Any) -> tuple[str, tuple[SlotSpan, ...]]:
        """Make one random sentence from a template, with its slots."""
        text = ""
        spans = []
        self.pieces_left = _MOST_PIECES
        for piece, slot in self._pieces(expression):
            if slot is not None and (piece := piece.strip()):
                # put a space between a list and a word or another list
                text += " " * text[-1:].isalnum()
                spans.append(SlotSpan(slot, len(text), len(text) + len(piece)))
            elif spans and spans[-1].end == len(text) and piece[:1].isalnum():
                text += " "
            text += piece
        return normalise_spaces(text, spans)

    def _pieces(self, expression: Any) -> Iterator[tuple[str, str | None]]:
        """Yield the pieces of a sentence from left to right: text, and the slot that it fills, if any."""
        self.pieces_left -= 1
        if not self.pieces_left:
            raise DataError(f"a sentence has more than {_MOST_PIECES:,} pieces; check its rules for a circle")
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
            self._note(expression.list_name, expression.slot_name)
            yield self._value(expression.list_name), expression.slot_name

    def _value(self, list_name: str) -> str:
        """Choose a value of a list; a list without values gets a name, a value of this module or a phrase."""
        known = self.lists.get(list_name)
        if isinstance(known, hassil.TextSlotList):
            return "".join(piece for piece, _ in self._pieces(self.rng.choice(known.values).text_in))
        if isinstance(known, hassil.RangeSlotList):
            return self._number(known)
        self.english.add(list_name)
        return self.rng.choice(self.names if list_name == "name" else LISTS.get(list_name) or open_phrases())

    def _number(self, known: Any) -> str:
        """Choose a number of a range and write it in digits or words, with a fraction if the range has fractions."""
        number = self.rng.randrange(known.start, known.stop + 1, known.step)
        kind = getattr(known, "fraction_type", None)
        fraction = self.rng.choice([0, *kind.get_fractions(kind)]) if kind is not None else 0
        has_words = self.says_numbers and getattr(known, "words", True)
        has_digits = getattr(known, "digits", True) or not has_words
        if has_digits and (not has_words or self.rng.random() < 0.3):
            return str(round(number + fraction, 1))
        if not fraction:
            return spell_number(number)
        whole, tenth = divmod(round(10 * abs(number + fraction)), 10)
        words = f"{spell_number(whole)} point {spell_number(tenth)}"
        return words if number + fraction > 0 else f"minus {words}"

    def _note(self, list_name: str, slot: str) -> None:
        """Add the values of a closed list, and their identifiers, to the catalog of the slot that the list fills."""
        known = self.lists.get(list_name)
        if (list_name, slot) in self.noted or not isinstance(known, hassil.TextSlotList):
            return
        self.noted.add((list_name, slot))
        catalog = self.catalogs.setdefault(slot, SlotCatalog(slot))
        for value in known.values:
            forms = islice(sample_expression(value.text_in, self.lists, self.rules), _MOST_FORMS)
            first, *others = dict.fromkeys(" ".join(form.split()) for form in forms if form.strip()) or [""]
            if first:
                catalog.values.setdefault(first, tuple(others))
                if value.value_out is not None:
                    catalog.ids.setdefault(first, str(value.value_out))
