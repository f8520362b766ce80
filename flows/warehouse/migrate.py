"""Bring the warehouse's schema up to date: numbered migrations, run by Alembic, by themselves."""

from __future__ import annotations

from pathlib import Path

import psycopg

from flows.errors import SettingError
from flows.warehouse.database import Connection, locked
from flows.warehouse.roles import grant

FOLDER = Path(__file__).parent / "migrations"


def latest_version() -> str:
    """Number of the newest migration that this Vigie has, such as `0001`."""
    return max(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def current_version(connection: Connection) -> str | None:
    """Number of the newest migration that the warehouse has, None before the first."""
    try:
        row = connection.execute("select version_num from public.vigie_schema_version").fetchone()
    except psycopg.errors.UndefinedTable:
        connection.rollback()
        return None
    return str(row[0]) if row else None


def migrate(connection: Connection, url: str) -> bool:
    """Run the migrations that the warehouse lacks; True if there were any.

    One process migrates at a time, each migration is a transaction. Raises SettingError when the warehouse
    was made by a newer Vigie.
    """
    latest = latest_version()
    current = current_version(connection)
    if current == latest:
        return False
    if current is not None and current > latest:
        raise SettingError(f"the warehouse has schema {current}, this Vigie knows {latest}: upgrade Vigie")
    with locked(connection, "migrate", patience=120):
        _upgrade(url)
        grant(connection)
    return True


def _upgrade(url: str) -> None:
    from alembic import command  # 0.6 s, and only when there is something to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    command.upgrade(config, "head")
