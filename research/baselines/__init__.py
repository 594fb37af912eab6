"""Strong baselines with one interface; they need ``pip install "bilstm-nlu[baselines]"``."""

from .maxent_crf import MaxEntCrf
from .sentence_encoder import JointEncoder

__all__ = ["JointEncoder", "MaxEntCrf"]
