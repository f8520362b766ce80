"""Databases with somebody in them: another team's, an older Vigie's; and what could be changed there."""

from __future__ import annotations

from typing import Any

import psycopg
from alembic import command
from alembic.config import Config

from flows.settings import Settings
from flows.warehouse.migrate import FOLDER

EVERYTHING = (
    "select nspname, nspacl::text, obj_description(oid, 'pg_namespace') from pg_namespace where nspname !~ '^pg_t'",
    "select relnamespace::regnamespace::text, relname, relkind, relacl::text, oid from pg_class"
    " where relnamespace::regnamespace::text !~ '^pg_'",
    "select pronamespace::regnamespace::text, proname, proacl::text from pg_proc where oid > 16384",
    "select datname, datacl::text, shobj_description(oid, 'pg_database') from pg_database"
    " where datname = current_database()",
    "select defaclobjtype, defaclacl::text from pg_default_acl",
    "select extname from pg_extension",
)
# What an older Vigie's grants did, and the marts that its dbt had made.
OLD_WAREHOUSE = """
create schema staging;
create schema intermediate;
create schema marts;
create table marts.fct_messages (message_id text, source text);
create table staging.brand_accounts (site text, account text);
create view staging.stg_files__messages as select 1 as one;
"""


def url(config: Settings) -> str:
    """URL of the database that settings name."""
    return config.database_url.get_secret_value() if config.database_url else ""


def execute(config: Settings, text: str) -> list[tuple[Any, ...]]:
    """Do something in a database that Vigie does not know of."""
    with psycopg.connect(url(config), autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


def everything(config: Settings) -> list[list[tuple[Any, ...]]]:
    """Schemas, relations, functions, rights, comments: two of these are equal where nothing was changed."""
    return [sorted(execute(config, query), key=str) for query in EVERYTHING]


def make_older_warehouse(config: Settings, revision: str = "0008") -> None:
    """Make a warehouse as the Vigie of that revision left it."""
    alembic = Config()
    alembic.set_main_option("script_location", str(FOLDER))
    alembic.attributes["url"] = url(config)
    command.upgrade(alembic, revision)
    execute(config, OLD_WAREHOUSE)
