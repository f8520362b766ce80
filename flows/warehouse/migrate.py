"""Bring the warehouse's schema up to date: numbered migrations, run by Alembic, by themselves."""

from __future__ import annotations

from pathlib import Path

from flows.errors import SettingError
from flows.warehouse.database import Connection, locked
from flows.warehouse.ownership import Ground, installation_of, make_schemas, read_ground, refuse_foreign
from flows.warehouse.relations import DBT_SCHEMAS
from flows.warehouse.roles import grant, roles_without_rights
from flows.warehouse.streams import make_streams, missing_streams

FOLDER = Path(__file__).parent / "migrations"
MAY_CREATE = """
    select has_schema_privilege('public', 'create'), has_database_privilege(current_database(), 'create'),
        quote_ident(current_user), quote_ident(current_database())
"""


def latest_version() -> str:
    """Number of the newest migration that this Vigie has, such as `0001`."""
    return max(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def migrate(connection: Connection, url: str) -> bool:
    """Run the migrations that the warehouse lacks, make the tables of new streams, let in roles that came later.

    True if there was anything to do. One process migrates at a time, each migration is a transaction. Raises
    SettingError when the warehouse was made by a newer Vigie, ForeignError when its schemas are another's; either
    way nothing was changed.
    """
    ground = read_ground(connection)
    is_latest = ground.version == latest_version()
    if is_latest and not (ground.foreign or _unfinished(connection, ground)):
        return False
    refuse_newer(ground)
    with locked(connection, "migrate", patience=120):
        ground = read_ground(connection)  # another process may have been at it
        refuse_foreign(connection, ground)
        is_latest = ground.version == latest_version()
        if not is_latest:
            _refuse_powerless(connection, ground)
            _upgrade(url)
        if is_latest and not _unfinished(connection, ground):
            return False
        make_streams(connection, missing_streams(connection))
        make_schemas(connection, DBT_SCHEMAS, installation_of(connection))
        grant(connection)
    return True


def _unfinished(connection: Connection, ground: Ground) -> bool:
    return bool(ground.missing or missing_streams(connection) or roles_without_rights(connection))


def refuse_newer(ground: Ground) -> None:
    """Raise SettingError for a warehouse of a newer Vigie."""
    latest = latest_version()
    if ground.version is not None and ground.version > latest:
        raise SettingError(f"the warehouse has schema {ground.version}, this Vigie knows {latest}: upgrade Vigie")


def _refuse_powerless(connection: Connection, ground: Ground) -> None:
    """Raise SettingError, with what to grant, for a role that cannot make the first warehouse in this database."""
    row = connection.execute(MAY_CREATE).fetchone()
    if ground.version is not None or row is None or (row[0] and row[1]):
        return
    _, in_database, role, database = row
    grant_ = "grant create on schema public" if in_database else f"grant create on database {database}"
    raise SettingError(f"the role {role} may make nothing here: {grant_} to {role} (docs/roles.md)")


def _upgrade(url: str) -> None:
    from alembic import command  # 0.6 s, and only when there is something to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    command.upgrade(config, "head")
