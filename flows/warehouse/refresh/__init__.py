"""A refresh: what changed is claimed, the keys it touches are found, and dbt builds them stage by stage."""
