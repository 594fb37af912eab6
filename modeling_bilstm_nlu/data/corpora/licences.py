"""Find the licence for data that comes from several corpora."""

from collections.abc import Iterable

from ..corpus_info import CorpusInfo

__all__ = ["derived_licence", "joint_licence", "licence_of_results"]

#: From the freest to the strictest licence; data under one of them may be published under a later one.
_PERMISSIVE = ("cc0-1.0", "pddl", "mit", "apache-2.0", "cc-by-3.0", "cc-by-4.0")
#: Adapted data must have the same licence.
_SHARE_ALIKE = ("cc-by-sa-3.0", "cc-by-sa-4.0", "odbl")
#: Asks for the names of the sources.
_CREDITED = ("cc-by-3.0", "cc-by-4.0")
#: Asks nothing of what is computed from the data and does not contain it, such as a model.
_FREE_RESULTS = ("cdla-permissive-1.0", "cdla-permissive-2.0")


def joint_licence(corpora: Iterable[CorpusInfo]) -> tuple[str | None, str]:
    """Find the licence of data that was made from corpora, and a sentence that says why.

    Returns:
        The licence as the hub writes it, and the sentence. The licence is ``None`` if the source is not known, and
        ``other`` if there is no single licence for all the data.
    """
    licences = list(dict.fromkeys(corpus.licence for corpus in corpora))
    if not licences:
        return None, "The source of the utterances is not known here: name their licence before you publish them."
    if len(licences) == 1:
        demand = " Data that is adapted from it must have the same licence." if licences[0] in _SHARE_ALIKE else ""
        return licences[0], f"All of it is under {licences[0]}.{demand}"
    listed = ", ".join(licences)
    shared = [licence for licence in licences if licence in _SHARE_ALIKE]
    others = [licence for licence in licences if licence not in _SHARE_ALIKE]
    if not all(licence in _PERMISSIVE for licence in others):
        return "other", f"Its parts are under {listed}; each part keeps its own licence, so read them all."
    if not shared:
        strictest = max(others, key=_PERMISSIVE.index)
        return strictest, f"Its parts are under {listed}; the strictest of them applies to all of it."
    if len(shared) == 1:
        return shared[0], (
            f"Its parts are under {listed}. {shared[0]} requires the same licence for adapted data, so it applies to "
            "all of it."
        )
    return "other", (
        f"Its parts are under {listed}, and {' and '.join(shared)} each require the same licence for adapted data: "
        f"no single licence can apply to all of it. Publish the parts separately."
    )


def licence_of_results(corpora: Iterable[CorpusInfo]) -> tuple[str | None, str]:
    """Find the licence of a model that was trained on corpora, and a sentence that says why.

    Returns:
        As `joint_licence`, but some licences ask nothing of a model.
    """
    given = list(corpora)
    asking = [corpus for corpus in given if corpus.licence not in _FREE_RESULTS]
    free = list(dict.fromkeys(corpus.licence for corpus in given if corpus.licence in _FREE_RESULTS))
    if not free:
        return joint_licence(given)
    terms = f"Other parts are under {', '.join(free)}, which asks nothing of a model."
    if not asking:
        return "apache-2.0", f"The data is under {', '.join(free)}, which asks nothing of a model."
    licence, why = joint_licence(asking)
    return licence, f"{why} {terms}"


def derived_licence(own: tuple[str | None, str], base: str | None) -> tuple[str | None, str]:
    """Find the licence of a model that was made from data and from a base model, and a sentence that says why.

    Args:
        own: licence and sentence of the data, as ``joint_licence`` gives them.
        base: licence of the base model; ``None`` if it is not known.
    """
    licence, terms = own
    if base in _CREDITED and base != licence:
        return licence, f"{terms} The checkpoint it was fine-tuned from is under {base}: name it and its sources."
    if base not in _SHARE_ALIKE or base == licence:
        return own
    demand = f"The checkpoint it was fine-tuned from is under {base}, which requires the same licence for the result"
    if licence is None or licence in _PERMISSIVE:
        return base, f"{terms} {demand}."
    return "other", f"{terms} {demand}: no single licence can apply to all of it."
