"""Measure the server of models: requests a second, latency, memory, and whether its answers are right under load."""
