"""Settings of a fleet that trains in seconds."""

#: A training of a second: neither decision nor segments are fitted.
QUICK = {
    "last_fit": False,
    "training": {"fit_decision": False, "fit_segments": False, "background_share": 0.0, "fit_heads": False},
}
