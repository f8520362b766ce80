"""Identifiers → links → customers: pure functions that know neither Postgres nor Prefect."""
