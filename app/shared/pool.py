"""The app's way to the warehouse: read-only connections, and rows as the app's own shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar
from zoneinfo import ZoneInfo

import psycopg
import streamlit as st
import yaml
from psycopg import errors, sql
from psycopg.rows import RowMaker, class_row
from psycopg.types.numeric import FloatLoader
from psycopg_pool import ConnectionPool

from app.shared import access
from app.shared.language import N_
from app.shared.period import View
from app.shared.persons import masked
from flows.errors import SettingError, VigieError
from flows.settings import DBT_PROJECT
from flows.warehouse import database

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")
PATIENCE = 5.0
READ_ONLY = f"{database.NAMES} -c default_transaction_read_only=on -c statement_timeout=20000"
NO_MARTS = N_("the warehouse has no marts yet")
NO_MESSAGES = N_("the warehouse has no messages yet")
OLD_MARTS = N_("the marts are older than this page")
TOO_SLOW = N_("the warehouse took too long; ask for a shorter period or fewer channels")
NO_ANSWER = N_("the warehouse does not answer")
NO_RIGHT = N_("the app may not read this part of the warehouse")


class NotReadyError(VigieError):
    """The warehouse answers, but what is asked for has not been built in it yet."""


@lru_cache
def company_zone() -> ZoneInfo:
    """The zone in which the marts' days begin, as the dbt project declares it."""
    declared = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return ZoneInfo(declared["vars"]["company_zone"])


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def pool() -> ConnectionPool[psycopg.Connection[Any]]:
    """The process's connections, which can read and nothing else."""
    url = database.app_url()
    opened = ConnectionPool(
        url,
        min_size=1,
        max_size=8,
        timeout=PATIENCE,
        open=False,
        check=ConnectionPool.check_connection,
        configure=lambda connection: connection.adapters.register_loader("numeric", FloatLoader),
        # Nothing is prepared: what a mart returns may change between two questions.
        kwargs={
            "autocommit": True,
            "options": READ_ONLY,
            "application_name": "vigie app",
            "connect_timeout": 5,
            "prepare_threshold": None,
        },
    )
    opened.open()
    return opened


def known(row: type[Row]) -> Callable[[psycopg.Cursor[Any]], RowMaker[Row]]:
    """Rows of which only the columns that `row` knows are kept: a mart may have more, or not have the new yet."""

    def factory(cursor: psycopg.Cursor[Any]) -> RowMaker[Row]:
        names = [column.name for column in cursor.description or ()]
        wanted = {field.name for field in fields(row)}
        kept = [(place, name) for place, name in enumerate(names) if name in wanted]
        return lambda values: row(**{name: values[place] for place, name in kept})

    return factory


@contextmanager
def translate_db_errors() -> Iterator[None]:
    """Say what went wrong with the warehouse as SettingError or NotReadyError: what the reader can do."""
    try:
        yield
    except (errors.UndefinedTable, errors.UndefinedFunction, errors.InvalidSchemaName) as error:
        raise NotReadyError(NO_MARTS) from error
    except errors.UndefinedColumn as error:
        raise NotReadyError(OLD_MARTS) from error
    except errors.InsufficientPrivilege as error:
        raise SettingError(NO_RIGHT) from error
    except errors.QueryCanceled as error:
        raise SettingError(TOO_SLOW) from error
    except (psycopg.OperationalError, psycopg.InternalError) as error:
        raise SettingError(NO_ANSWER) from error


def select(
    row: type[Row],
    query: LiteralString | sql.Composed,
    parameters: Mapping[str, object] | None = None,
    *,
    wide: bool = False,
) -> list[Row]:
    """Run a query and return its rows. `wide` keeps only the columns that `row` knows.

    Who may not see who people are gets rows without it; the query knows whether, by its parameter `persons`.
    """
    maker = known(row) if wide else class_row(row)
    persons = access.sees_persons()
    given = {**(parameters or {}), "persons": persons}
    with translate_db_errors(), pool().connection() as connection, connection.cursor(row_factory=maker) as cursor:
        rows = cursor.execute(query, given).fetchall()
    return rows if persons else masked(rows)


@contextmanager
def writing() -> Iterator[psycopg.Connection[Any]]:
    """A transaction that may add rows to decisions, for who is signed in. Raises VigieError for whom it is not."""
    access.require()
    with translate_db_errors(), pool().connection() as connection, connection.transaction():
        connection.execute("set transaction read write")
        yield connection


def view_params(view: View) -> dict[str, object]:
    """A view as the parameters of a query; None is all channels, and all panels."""
    return {
        "first": view.first,
        "last": view.last,
        "channels": list(view.channels) or None,
        "panels": list(view.panels) or None,
    }
