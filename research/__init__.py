"""The workshop: studies, baselines and checks of the project. Part of the checkout only, never of an installation."""
