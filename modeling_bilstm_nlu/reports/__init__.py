"""Reports that a developer acts on: what a model gets wrong, and what another model changes."""
