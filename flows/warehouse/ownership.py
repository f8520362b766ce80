"""Whose a database is, before anything is done to it: ours, empty, or another's who happens to use our names.

A schema of ours carries the installation's id in its comment: it goes where the schema goes, through a rename and
a restore, and leaves with it. A name proves nothing, so a schema of our name without that mark is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg import errors, sql

from flows.errors import ForeignError, SettingError
from flows.warehouse.database import Connection
from flows.warehouse.relations import DBT_SCHEMAS, relations, wanted

SCHEMAS = ("raw", "ops", "understanding", "identity", "decisions", *DBT_SCHEMAS)

NAMED = """
select n.nspname, coalesce(obj_description(n.oid, 'pg_namespace'), '')
from pg_namespace as n where n.nspname = any(%s) order by n.nspname
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """This Vigie: what its schemas, its Prefect database and its deployments are known by."""

    id: UUID
    owns_database: bool

    @property
    def mark(self) -> str:
        """What the comment of everything that is ours contains."""
        return f"vigie:{self.id}"

    @property
    def name(self) -> str:
        """Its name in Prefect: of its work pool, and a tag of its deployments."""
        return f"vigie-{self.id.hex[:8]}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a database holds of ours: schema version and installation, and which schemas of our names are whose."""

    version: str | None
    installation: Installation | None
    foreign: list[str]
    missing: list[str]


def read_ground(connection: Connection) -> Ground:
    """Look at a database and change nothing; SettingError where it is Vigie's and this role may not look."""
    try:
        version = _version(connection)
        installation = read_installation(connection) if version else None  # or it is a table of theirs
    except errors.InsufficientPrivilege as error:
        raise SettingError(
            f"{connection.info.user} may not read what Vigie keeps in the database '{connection.info.dbname}': "
            "VIGIE_DATABASE_URL must name the pipeline's role (docs/roles.md), as whom Vigie made it"
        ) from error
    named = {str(name): str(said) for name, said in connection.execute(NAMED, (list(SCHEMAS),)).fetchall()}
    if installation:
        foreign = [name for name, said in named.items() if installation.mark not in said]
    elif version:  # an older Vigie's, which marked nothing, and took for its own what had the name
        foreign = [name for name in named if name in DBT_SCHEMAS and _holds_only_others(connection, name)]
    else:
        foreign = list(named)
    return Ground(version, installation, foreign, [name for name in DBT_SCHEMAS if name not in named])


def _version(connection: Connection) -> str | None:
    found = connection.execute("select to_regclass('public.vigie_schema_version')").fetchone()
    if not found or found[0] is None:
        return None
    row = connection.execute("select version_num from public.vigie_schema_version").fetchone()
    return str(row[0]) if row else None


def read_installation(connection: Connection) -> Installation | None:
    """Return the installation that the warehouse belongs to, None where there is no warehouse or an older one."""
    found = connection.execute("select to_regclass('ops.installation')").fetchone()
    if not found or found[0] is None:
        return None
    row = connection.execute("select id, owns_database from ops.installation").fetchone()
    return Installation(*row) if row else None


def installation_of(connection: Connection) -> Installation:
    """Return the installation that the warehouse belongs to; SettingError where there is none."""
    installation = read_installation(connection)
    if installation is None:
        raise SettingError("no warehouse here, or one whose row in ops.installation is gone: restore it")
    return installation


def _holds_only_others(connection: Connection, schema: str) -> bool:
    held = relations(connection, [schema])
    return bool(held) and not held & wanted()


def refuse_foreign(connection: Connection, ground: Ground) -> None:
    """Raise ForeignError where schemas that we would write to are not ours."""
    if not ground.foreign:
        return
    names, database = ", ".join(ground.foreign), connection.info.dbname
    said = (
        f"the database '{database}' has schemas that this Vigie did not make: {names}. "
        "Give Vigie a database of its own (VIGIE_DATABASE_URL, docs/roles.md); nothing was changed"
    )
    if ground.installation:
        name = ground.foreign[0]
        said += f". If one is its own all the same: comment on schema {name} is '{ground.installation.mark}'"
    raise ForeignError(said)


def make_schemas(connection: Connection, names: Iterable[str], installation: Installation) -> None:
    """Make schemas and mark them as ours, each at once; one that is there and not ours raises ForeignError."""
    for name in names:
        with connection.transaction():
            found = connection.execute(NAMED, ([name],)).fetchone()
            if found and installation.mark not in found[1]:
                raise ForeignError(f"the schema {name} is there, and this Vigie did not make it")
            if not found:
                schema = sql.Identifier(name)
                connection.execute(sql.SQL("create schema {}").format(schema))
                connection.execute(sql.SQL("comment on schema {} is {}").format(schema, installation.mark))
