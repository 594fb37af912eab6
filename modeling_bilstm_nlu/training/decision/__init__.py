"""The decision of a trained model: it learns which texts are meant for its skill, and when its best intent is right.

A model is compared with a background: short everyday requests and statements of other people (`background.py`).
`fitting.py` runs the steps.
"""

from .fitting import fit_decision, refresh_decision

__all__ = ["fit_decision", "refresh_decision"]
