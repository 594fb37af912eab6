"""Under which licence data that comes from several corpora may be passed on."""

from collections.abc import Iterable

from ..corpus_info import CorpusInfo

__all__ = ["derived_licence", "joint_licence"]

#: From the freest to the most demanding; data under one of them may be passed on under a later one.
_PERMISSIVE = ("cc0-1.0", "pddl", "mit", "apache-2.0", "cc-by-3.0", "cc-by-4.0")
#: Adapted data must carry the same licence.
_SHARE_ALIKE = ("cc-by-sa-3.0", "cc-by-sa-4.0", "odbl")


def joint_licence(corpora: Iterable[CorpusInfo]) -> tuple[str | None, str]:
    """The licence of data made out of corpora, as the hub spells it, and a sentence that says why.

    Returns:
        ``None`` where nothing is known of the source, ``other`` where no single licence serves.
    """
    licences = list(dict.fromkeys(corpus.licence for corpus in corpora))
    if not licences:
        return None, "Where the utterances come from is not known here: name their licence before you pass them on."
    if len(licences) == 1:
        demand = " Data adapted from it must carry the same licence." if licences[0] in _SHARE_ALIKE else ""
        return licences[0], f"All of it is under {licences[0]}.{demand}"
    listed = ", ".join(licences)
    shared = [licence for licence in licences if licence in _SHARE_ALIKE]
    others = [licence for licence in licences if licence not in _SHARE_ALIKE]
    if not all(licence in _PERMISSIVE for licence in others):
        return "other", f"Its parts are under {listed}; each keeps its own licence, so read them all."
    if not shared:
        strictest = max(others, key=_PERMISSIVE.index)
        return strictest, f"Its parts are under {listed}; the most demanding of them holds for the whole."
    if len(shared) == 1:
        return shared[0], (
            f"Its parts are under {listed}. {shared[0]} asks that adapted data carry the same licence, so it holds "
            "for the whole."
        )
    return "other", (
        f"Its parts are under {listed}, and {' and '.join(shared)} each ask that adapted data carry the same licence: "
        f"no single one can hold for the whole. Pass the parts on apart from each other."
    )


def derived_licence(own: tuple[str | None, str], base: str | None) -> tuple[str | None, str]:
    """The licence of what was made out of data and of something that has a licence itself, and a sentence.

    Args:
        own: licence and sentence of the data, as ``joint_licence`` gives them.
        base: licence of what it was made from besides.
    """
    licence, terms = own
    if base not in _SHARE_ALIKE or base == licence:
        return own
    demand = (
        f"What it was fine-tuned from is under {base}, which asks that what is made from it carry the same licence"
    )
    if licence is None or licence in _PERMISSIVE:
        return base, f"{terms} {demand} licence."
    return "other", f"{terms} {demand} licence: no single one can hold for the whole."
