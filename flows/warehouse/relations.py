"""What dbt may replace: the tables, views and functions that it made.

dbt replaces whatever has a model's name, whoever made it. So a refresh asks here first, and writes down what it is
about to make: from then on the name is ours. What others hang on them is the swap's concern (refresh/swapping.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flows.errors import ForeignError
from flows.settings import DBT_PROJECT
from flows.warehouse.database import Connection

DBT_SCHEMAS = ("staging", "intermediate", "marts")
MOST_NAMES = 10

STANDING = """
select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
union
select n.nspname, p.proname from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
where n.nspname = any(%(schemas)s)
"""
Relations = set[tuple[str, str]]


def wanted(folder: Path = DBT_PROJECT) -> Relations:
    """What the dbt project builds in production: a model's schema is its first folder, a seed's is staging."""
    models = {
        (file.relative_to(folder / "models").parts[0], file.stem) for file in (folder / "models").rglob("*.sql")
    }
    return models | {("staging", file.stem) for file in (folder / "seeds").rglob("*.csv")}


def relations(connection: Connection, schemas: Iterable[str] = DBT_SCHEMAS) -> Relations:
    """Return the tables, views and functions of some schemas, whoever made them."""
    rows = connection.execute(STANDING, {"schemas": list(schemas)}).fetchall()
    return {(str(schema), str(name)) for schema, name in rows}


def recorded(connection: Connection) -> Relations:
    """What dbt made for us, or was about to make."""
    rows = connection.execute("select schema_name, relation_name from ops.relations").fetchall()
    return {(str(schema), str(name)) for schema, name in rows}


def claim_relations(connection: Connection) -> None:
    """Record what dbt is about to make.

    Raises ForeignError, and records nothing, where another's table has a model's name.
    """
    there, ours, names = relations(connection), recorded(connection), wanted()
    if taken := sorted(names & there - ours):
        raise ForeignError(
            f"{_listed(f'{schema}.{name}' for schema, name in taken)}: models have this name, and Vigie did not "
            "make what is there: rename it or move it to a schema of its own; nothing was replaced"
        )
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.relations (schema_name, relation_name) values (%s, %s)", list(names - ours)
        )
        release_relations(connection)


def release_relations(connection: Connection) -> None:
    """Forget what dbt made once, and neither stands nor is a model any more: the name is anybody's."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "delete from ops.relations where schema_name = %s and relation_name = %s",
            list(recorded(connection) - relations(connection) - wanted()),
        )


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - MOST_NAMES
    return ", ".join(every[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
