"""Noise for training utterances: what people really say and type, and what speech recognition hears."""

from .noisy import with_noise

__all__ = ["with_noise"]
