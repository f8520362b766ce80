"""Vigie's pipeline: what Prefect runs, and the rooms it wires together."""
