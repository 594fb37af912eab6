"""Studies, baselines and checks of the project. They are part of the checkout only, not of an installation."""
