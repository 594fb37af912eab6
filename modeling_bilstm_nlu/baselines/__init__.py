"""Strong baselines without a neural network, behind one face; they need ``pip install "bilstm-nlu[baselines]"``."""

from .maxent_crf import MaxEntCrf

__all__ = ["MaxEntCrf"]
