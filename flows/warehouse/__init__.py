"""Postgres: the local server, schemas, loading, claims, and dbt on top of them."""
