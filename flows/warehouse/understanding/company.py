"""What the company's seeds say of it, as analysers need it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from psycopg import sql
from psycopg.rows import dict_row

from flows.settings import DBT_PROJECT
from flows.understand.profile import Profile
from flows.warehouse.database import Connection

LISTS = ("products", "topics", "competitors", "places")  # seeds of the dbt project


def read_profile(connection: Connection, staging: str) -> Profile:
    """Read the company's lists in a schema; those that are not there are empty."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for seed in LISTS:
        found = connection.execute("select to_regclass(%s)", (f"{staging}.{seed}",)).fetchone()
        rows[seed] = []
        if found and found[0] is not None:
            query = sql.SQL("select * from {}").format(sql.Identifier(staging, seed))
            rows[seed] = connection.cursor(row_factory=dict_row).execute(query).fetchall()
    ordered = {seed: sorted(listed, key=lambda row: str(sorted(row.items()))) for seed, listed in rows.items()}
    return Profile.from_rows(**ordered, **read_habits(DBT_PROJECT))


@lru_cache
def read_habits(project: Path) -> dict[str, Any]:
    """Read where and in which languages the company is spoken to: variables of a dbt project."""
    given = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return {
        "zone": str(given["company_zone"]),
        "languages": tuple(str(language).lower() for language in given["company_languages"]),
        "countries": tuple(str(country).upper() for country in given["company_countries"]),
        "english_day_first": bool(given["english_day_first"]),
    }


def with_lists(version: str, profile: Profile) -> str:
    """Give the version of an analyser that reads for a company: where its lists change, texts are read again."""
    return f"{base_of(version)}~{hashlib.sha256(repr(profile).encode()).hexdigest()[:8]}"


def base_of(version: str) -> str:
    """Give the analyser's own version, whatever lists it reads with: what is accepted."""
    return version.partition("~")[0]
