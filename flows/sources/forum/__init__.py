"""Forums of any engine: what is new on them, what changed, what was deleted."""
