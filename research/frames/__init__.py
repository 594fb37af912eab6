"""Measurements of the frame that a skill acts on: what is refused, how sure a score is, what is right for certain."""
