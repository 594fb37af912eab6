"""The table of the measurements of frames: what is accepted, split and heard, and how good the scores are."""

from collections.abc import Mapping
from typing import Any

from .studies import as_table, percent

__all__ = ["render_frames"]

#: Key -> what it says, and whether it is a share.
_ROWS: Mapping[str, tuple[str, bool]] = {
    "oos.skills.auroc": ("skills against texts for other skills and CLINC150's: AUROC", False),
    "oos.skills.rejected": ("of these texts, rejected", True),
    "oos.skills.in_scope_lost": ("of the skills' own test utterances, right but rejected", True),
    "calibration.ece": ("expected calibration error of the scores of accepted frames", False),
    "oos.clinc150.in_scope_accuracy": ("CLINC150, in scope: accepted and right", True),
    "oos.clinc150.oos_recall": ("CLINC150, out of scope: rejected", True),
    "oos.clinc150.auroc": ("CLINC150: AUROC", False),
    "oos.banking77_near": ("BANKING77, other questions to a bank: AUROC", False),
    "oos.banking77_far": ("BANKING77, texts of other domains: AUROC", False),
    "oos.hint3": ("HINT3, mean of three bots: AUROC", False),
    "own_sentences": ("the skills' own sentences that are right", True),
    "multi.both_exact": ("two joined sentences of SNIPS, both frames exact", True),
    "multi.three_exact": ("three joined sentences, all frames exact", True),
    "multi.split_singles": ("single sentences that are split", True),
    "multi.multidogo": ("rows of MultiDoGO with two intents, both found", True),
    "noise.added_error_ratio": ("error that noise adds with a second reading, over without", False),
    "noise.added_clean_error": ("error that the second reading adds without noise", True),
}
#: Field of a finding -> what it says, in a row of its own.
_MORE = {
    "of_calibrated_scores": "the same, if these scores were right as often as they say",
    "pooled": "the same, over all skills together",
}


def render_frames(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table as Markdown.

    Args:
        results: the content of `frames.json`; what it does not have is left out.
    """
    rows = [["what", "value", "95 % interval"]]
    for key, (what, is_share) in _ROWS.items():
        if (found := results.get(key)) is not None:
            shown = percent if is_share else "{:.3f}".format
            interval = " to ".join(shown(bound) for bound in found.get("interval", ()))
            what += f" ({found['num']} skills)" if "num" in found else ""
            rows.append([what, f"**{shown(found['value'])}**", interval])
            rows += [[text, shown(found[field]), ""] for field, text in _MORE.items() if field in found]
    return as_table(rows)
