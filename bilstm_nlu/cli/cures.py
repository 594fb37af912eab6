"""Errors in the words of the command: an argument in Python is an option on the command line."""

from ..errors import Cure, NluError

__all__ = ["in_words_of_the_command"]

#: (argument of a function, its value) -> what to type. Arguments that are not here have no option.
_TYPED: dict[tuple[str, object], str] = {
    ("base", None): "--base",
    ("data_dir", None): "--data-dir",
    ("drop_unseen", True): "--set data.drop_unseen=true",
    ("host", None): "--host",
    ("port", None): "--port",
    ("limit", None): "--limit",
    ("num_workers", None): "--workers",
    ("intent_column", None): "--option intent_column=NAME",
    ("output_dir", None): "--out",
    ("on_error", "drop"): "--drop-broken",
    ("tag_column", None): "--option tag_column=NUMBER",
    ("overwrite", True): "--overwrite",
    ("tag", None): "--tag",
}


def in_words_of_the_command(error: NluError) -> str:
    """The message of an error, with its cures as they are typed on the command line."""
    return error.told(_typed)


def _typed(cure: Cure) -> str | None:
    if cure.option is not None:
        words = _TYPED.get((cure.option, cure.value))
        return None if words is None else cure.filled(words)
    if cure.command is not None:
        return cure.filled(f"`bilstm-nlu {cure.command}`")
    return None if cure.call is not None else cure.in_python()
