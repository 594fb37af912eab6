"""The exact layer of a checkpoint: a text that is one of the skill's own sentences needs no network.

The skill's phrases are next to the weights, in `exact_phrases.json`: `intents` (intent -> its phrases, see
`phrases_bilstm_nlu`), `values` (slot type -> forms of its values that are in no slot catalog) and `examples` (slot
type -> values that are only examples of any words, so they count only in a phrase with words of its own). Instead of a
list that is equal to the list of a slot type above it, there is the name of that slot type.
"""

import json
import os
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .forms_bilstm_nlu import FormIndex
from .json_file_bilstm_nlu import limited, read_limited, write_or_remove
from .phrases_bilstm_nlu import ExactAnswer, KnowsForms, PhraseTree, Place

#: The file of a checkpoint with its phrases; a checkpoint without the file has none.
EXACT_FILE = "exact_phrases.json"

#: Size of the largest file that is written or read. A phrase takes about 40 bytes.
MAX_BYTES = 4 * 2**20


class ExactPhrases:
    """The phrases of a checkpoint's exact layer. They are indexed when the first text is looked up.

    Args:
        content: content of the file.
        where: name of the source in messages.

    Raises:
        ValueError: the content does not have the layout of the file.
    """

    def __init__(self, content: Mapping[str, Any] | None = None, *, where: str = "exact phrases"):
        content = {} if content is None else content
        _check_object(content, where)
        if unknown := [key for key in content if key not in ("intents", "values", "examples")]:
            raise ValueError(f"{where}: unknown key {unknown[0]!r:.80}; known: intents, values, examples")
        self._intents = _phrases(content.get("intents", {}), f"{where}: intents")
        self._values = _forms(content.get("values", {}), f"{where}: values")
        self._examples = _forms(content.get("examples", {}), f"{where}: examples")

    def __bool__(self) -> bool:
        return bool(self._intents)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactPhrases) and self.to_dict() == other.to_dict()

    def __deepcopy__(self, memo: dict[int, Any]) -> "ExactPhrases":
        return self  # they never change

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}: {len(own)}' for name, own in self._intents.items())})"

    @property
    def num_phrases(self) -> int:
        """Number of phrases."""
        return sum(map(len, self._intents.values()))

    def find(self, text: str, catalogs: KnowsForms, *, intents: Collection[str] | None = None) -> ExactAnswer | None:
        """Find what a text means, if it is one of the skill's own sentences.

        Case, white space, punctuation and accents do not matter.

        Args:
            text: any text.
            catalogs: the slot catalogs, whose values fit into the phrases.
            intents: the intents that are possible; `None` allows all.

        Returns:
            The meaning; `None` if the text is not such a sentence, or has several meanings.
        """
        found = self.readings(text, catalogs, intents=intents)
        return found[0] if len(found) == 1 else None

    def readings(
        self, text: str, catalogs: KnowsForms, *, intents: Collection[str] | None = None
    ) -> list[ExactAnswer]:
        """Return the meanings of a text, of several only two; the arguments are those of `find`."""
        return self._tree.readings(text, self._own_forms, catalogs, intents) if self else []

    @cached_property
    def _tree(self) -> PhraseTree:
        return PhraseTree(self._intents)

    @cached_property
    def _own_forms(self) -> dict[Place, list[FormIndex]]:
        """Place -> the forms in this file that fit there."""
        indices = {id(forms): FormIndex(forms) for part in (self._values, self._examples) for forms in part.values()}
        fitting: dict[Place, list[FormIndex]] = {}
        for part, places in ((self._values, (False, True)), (self._examples, (False,))):
            for slot_type, forms in part.items():
                for is_bare in places:
                    fitting.setdefault(Place(slot_type, is_bare), []).append(indices[id(forms)])
        return fitting

    def to_dict(self) -> dict[str, Any]:
        """Return the phrases in the layout of the file."""
        content = {"intents": self._intents, "values": _shared(self._values), "examples": _shared(self._examples)}
        return {name: entry for name, entry in content.items() if entry}

    def to_json(self) -> str:
        """Return the text of the file.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"
        return limited(text, MAX_BYTES, "exact phrases", "keep fewer")

    def save(self, folder: str | os.PathLike) -> None:
        """Write the file into a checkpoint's folder; without phrases, an old file is removed.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        write_or_remove(Path(folder) / EXACT_FILE, self.to_json() if self else None)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "ExactPhrases":
        """Read a file of exact phrases.

        Raises:
            ValueError: the file is too large, or is not a file of exact phrases.
        """
        content = read_limited(path, MAX_BYTES, "exact phrases")
        return cls({} if content is None else content, where=str(path))


def _phrases(content: Any, where: str) -> dict[str, list[Any]]:
    """Return intent -> its phrases; equal pieces are one object, because a skill repeats them often."""
    _check_object(content, where)
    for intent, phrases in content.items():
        if not isinstance(phrases, list):
            raise ValueError(f"{where}: {intent!r:.80} must have a list of phrases, found {phrases!r:.80}")
        for phrase in phrases:
            if not _is_text(phrase) and not _is_list_of_pieces(phrase):
                raise ValueError(f"{where}: {intent!r:.80} has {phrase!r:.80}, which is not a phrase")
    known: dict[object, Any] = {}
    return {intent: [_with_known_pieces(phrase, known) for phrase in own] for intent, own in content.items()}


def _with_known_pieces(phrase: Any, known: dict[object, Any]) -> Any:
    if isinstance(phrase, str):
        return phrase
    return [
        known.setdefault(piece if isinstance(piece, str) else tuple(piece), piece)  # a place is a list
        for piece in phrase
    ]


def _forms(content: Any, where: str) -> dict[str, list[str]]:
    """Return slot type -> its forms; slot types with the same forms share one list."""
    _check_object(content, where)
    found: dict[str, list[str]] = {}
    for slot_type, forms in content.items():
        if isinstance(forms, str) and forms in found:
            forms = found[forms]
        elif not (isinstance(forms, list) and all(map(_is_text, forms))):
            raise ValueError(
                f"{where}: {slot_type!r:.80} must have texts, or name a slot type above it; found {forms!r:.60}"
            )
        found[slot_type] = forms
    return found


def _shared(forms: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the layout of the file: only the first of several slot types has the list that they share."""
    first: dict[tuple[str, ...], str] = {}
    return {
        slot_type: own if (name := first.setdefault(tuple(own), slot_type)) == slot_type else name
        for slot_type, own in forms.items()
    }


def _is_list_of_pieces(phrase: Any) -> bool:
    if not (isinstance(phrase, list) and phrase and all(map(_is_piece, phrase))):
        return False
    return len({len(piece) for piece in phrase if not isinstance(piece, str)}) < 2  # places or slots, not both


def _is_piece(piece: Any) -> bool:
    return isinstance(piece, str) or (isinstance(piece, list) and len(piece) in (1, 2) and all(map(_is_text, piece)))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_object(value: Any, where: str) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected an object, found {value!r:.80}")
