"""Measurements of frames: what is refused, several intents, noise."""
