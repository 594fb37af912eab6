"""Choose one of the languages of a skill."""

from collections.abc import Iterable

from bilstm_nlu.errors import Cure, DataError

__all__ = ["choose_locale"]


def choose_locale(available: Iterable[str], wanted: str | None, where: str) -> str:
    """Choose a language: the wanted one, or else the only one, ``en-US``, or another English one.

    Args:
        available: the languages that there are, such as ``en_US`` or ``de``.
        wanted: the language that the user asks for; upper and lower case and the sign between language and region do
            not count.
        where: the file or folder, for the message.

    Returns:
        The language as it is written in ``available``.

    Raises:
        DataError: there is no such language.
    """
    names = list(available)
    if wanted is None and len(names) == 1:
        return names[0]
    english = [name for name in names if _folded(name).partition("-")[0] == "en"]
    folded = {_folded(name): name for name in names}
    for name in ["en-US", *english] if wanted is None else [wanted]:
        if _folded(name) in folded:
            return folded[_folded(name)]
    raise DataError(
        f"{where}: there is nothing in language {wanted or 'en-US'!r}",
        cure=Cure(f"name one of {', '.join(filter(None, names)) or 'none'} with {{}}", option="locale"),
    )


def _folded(name: str) -> str:
    return name.replace("_", "-").lower()
