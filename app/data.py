"""The app's only SQL: it selects from the marts what the pages show, and computes no figure itself."""

# ruff: noqa: S608  (what is put into a query are constants of this file; values are always parameters)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import psycopg
import streamlit as st
import yaml
from psycopg import errors
from psycopg.rows import class_row
from psycopg.types.numeric import FloatLoader
from psycopg_pool import ConnectionPool

from app.period import Grain, View
from app.rows import Conversation, Extent, Message, OpenWait, Point, Service, Wait
from flows.errors import SettingError, VigieError
from flows.settings import PROJECT
from flows.warehouse.database import warehouse_url

Row = TypeVar("Row")
State = Literal["all", "waiting", "answered"]
PATIENCE = 5.0
READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=20000"
# The reader sees a refresh within a minute; what is cached is a page of rows at most.
FRESH, ENTRIES = 60, 128


class NotReadyError(VigieError):
    """The warehouse answers, but nothing has been built in it yet."""


@lru_cache
def company_zone() -> ZoneInfo:
    """The zone in which the marts' days begin, as the dbt project declares it."""
    declared = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    return ZoneInfo(declared["vars"]["company_zone"])


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    pool = ConnectionPool(
        warehouse_url(),
        min_size=1,
        max_size=8,
        timeout=PATIENCE,
        open=False,
        check=ConnectionPool.check_connection,
        configure=lambda connection: connection.adapters.register_loader("numeric", FloatLoader),
        kwargs={"autocommit": True, "options": READ_ONLY, "application_name": "vigie app", "connect_timeout": 5},
    )
    pool.open()
    return pool


def _select(row: type[Row], query: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
    """Run a query and return its rows; SettingError or NotReadyError say what the reader can do."""
    try:
        with _pool().connection() as connection, connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query, parameters or {}).fetchall()
    except (errors.UndefinedTable, errors.UndefinedFunction, errors.InvalidSchemaName) as error:
        raise NotReadyError("the warehouse has no marts yet") from error
    except errors.QueryCanceled as error:
        raise SettingError("the warehouse took too long; ask for a shorter period or fewer channels") from error
    except psycopg.OperationalError as error:
        raise SettingError("the warehouse does not answer") from error


@dataclass(frozen=True, slots=True)
class _Extent:
    first: date | None
    last: date | None
    channels: list[str] | None


@st.cache_data(ttl=FRESH, max_entries=1, show_spinner=False)
def extent() -> Extent:
    """Days and channels that have messages. Raises NotReadyError where there are none."""
    found = _select(
        _Extent,
        "select min(day) as first, max(day) as last, array_agg(distinct channel order by channel) as channels"
        " from marts.kpi_channel_daily",
    )[0]
    if found.first is None or found.last is None:
        raise NotReadyError("the warehouse has no messages yet")
    return Extent(found.first, found.last, tuple(found.channels or ()))


KPIS = ", ".join(f"k.{field.name}" for field in fields(Service) if field.name != "channel")


def _asked(view: View) -> dict[str, object]:
    return {"first": view.first, "last": view.last, "channels": view.selected}


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def service(view: View) -> list[Service]:
    """The KPIs of a period: the first of all channels asked for, then one a channel."""
    return _select(
        Service,
        f"select k.grouping_channel as channel, {KPIS}"
        " from marts.service_kpis(%(first)s, %(last)s, %(channels)s::text[]) as k",
        _asked(view),
    )


@dataclass(frozen=True, slots=True)
class _Point(Service):
    starts_on: date
    ends_on: date


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def trend(view: View, grain: Grain) -> list[Point]:
    """The KPIs of each day, week (from Monday) or month of a period: of all channels, then by channel."""
    found = _select(
        _Point,
        f"""
        select b.starts_on, b.ends_on, k.grouping_channel as channel, {KPIS}
        from generate_series(
            date_trunc(%(grain)s, %(first)s::timestamp), %(last)s::timestamp, ('1 ' || %(grain)s)::interval
        ) as s (begins)
        cross join lateral (
            select
                greatest(s.begins::date, %(first)s::date) as starts_on,
                least((s.begins + ('1 ' || %(grain)s)::interval)::date - 1, %(last)s::date) as ends_on
        ) as b
        cross join lateral marts.service_kpis(b.starts_on, b.ends_on, %(channels)s::text[]) as k
        order by b.starts_on, k.grouping_channel nulls first
        """,
        _asked(view) | {"grain": grain},
    )
    return [Point(row.starts_on, row.ends_on, row) for row in found]


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def open_waits(view: View, limit: int) -> list[OpenWait]:
    """Waits opened in a period that are still open: the one whose promise fell due first leads."""
    return _select(
        OpenWait,
        """
        select
            w.conversation_id, w.channel, coalesce(a.display_name, a.handle) as who, w.opened_at,
            w.promise_minutes, w.promise_due_at, m.title, m.body
        from marts.fct_waits as w
        inner join marts.fct_messages as m on w.opening_message_id = m.message_id
        inner join marts.dim_accounts as a on m.account_id = a.account_id
        where
            w.closed_at is null
            and w.day between %(first)s and %(last)s
            and (%(channels)s::text[] is null or w.channel = any(%(channels)s))
        order by w.promise_due_at nulls last, w.opened_at, w.wait_id
        limit %(limit)s
        """,
        _asked(view) | {"limit": limit},
    )


CONVERSATION = """
    c.conversation_id, c.thread_id, c.source, c.channel, coalesce(a.display_name, a.handle) as who, a.handle,
    c.opened_at, c.last_customer_message_at, c.waiting_since, c.waits, c.answered_waits, c.customer_messages,
    c.brand_messages, o.title, o.body, o.url
"""
JOINS = """
    inner join marts.dim_accounts as a on c.customer_account_id = a.account_id
    left join lateral (
        select m.title, m.body, m.url from marts.fct_messages as m
        where m.conversation_id = c.conversation_id and m.direction = 'customer'
        order by m.posted_at, m.native_order, m.message_id collate "C"
        limit 1
    ) as o on true
"""
WORDS = "to_tsvector('simple', coalesce(m.title, '') || ' ' || coalesce(m.body, ''))"
# All: somebody wrote in the period. Waiting: the open wait was opened in the period, as the tile counts.
STATES: dict[State, str] = {
    "all": "c.opened_at < %(until)s and c.last_customer_message_at >= %(since)s",
    "waiting": "c.waiting_since >= %(since)s and c.waiting_since < %(until)s",
    "answered": "c.opened_at < %(until)s and c.last_customer_message_at >= %(since)s"
    " and c.waits > 0 and c.waiting_since is null",
}
LATEST = 'c.opened_at desc, c.conversation_id collate "C"'
ORDERS: dict[State, str] = {
    "all": LATEST,
    "waiting": 'c.waiting_since, c.conversation_id collate "C"',
    "answered": LATEST,
}
FOUND = f"""
    (
        a.handle ilike %(handle)s or a.display_name ilike %(handle)s
        or c.conversation_id in (
            select b.conversation_id
            from marts.fct_messages as m
            inner join marts.conversation_messages as b on m.message_id = b.message_id
            where {WORDS} @@ websearch_to_tsquery('simple', %(words)s)
        )
    )
"""


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def conversations(view: View, state: State, words: str, limit: int, offset: int) -> list[Conversation]:
    """A page of the conversations of a period; `words` are looked for in texts, titles and names."""
    zone = company_zone()
    like = words.strip().lstrip("@").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return _select(
        Conversation,
        f"""
        with page as (
            select c.*, (count(*) over ())::integer as total
            from marts.fct_conversations as c
            inner join marts.dim_accounts as a on c.customer_account_id = a.account_id
            where
                {STATES[state]}
                and (%(channels)s::text[] is null or c.channel = any(%(channels)s))
                and {FOUND if words.strip() else "true"}
            order by {ORDERS[state]}
            limit %(limit)s offset %(offset)s
        )
        select {CONVERSATION}, c.total from page as c {JOINS}
        order by {ORDERS[state]}
        """,
        _asked(view)
        | {
            "since": datetime.combine(view.first, time(), zone),
            "until": datetime.combine(view.last + timedelta(1), time(), zone),
            "words": words,
            "handle": f"%{like}%",
            "limit": limit,
            "offset": offset,
        },
    )


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def conversation(conversation_id: str) -> Conversation | None:
    """One conversation, None where there is none of that id."""
    found = _select(
        Conversation,
        f"select {CONVERSATION}, 1 as total from marts.fct_conversations as c {JOINS}"
        " where c.conversation_id = %(id)s",
        {"id": conversation_id},
    )
    return found[0] if found else None


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def messages(conversation_id: str, thread_id: str, limit: int) -> list[Message]:
    """The last messages of a thread in time order, other customers' included."""
    found = _select(
        Message,
        """
        select
            m.message_id, m.direction, coalesce(a.display_name, a.handle) as who, m.posted_at, m.time_precision,
            m.edited_at, m.title, m.body, m.url, m.rating, m.rating_scale, b.message_id is not null as is_own
        from marts.fct_messages as m
        inner join marts.dim_accounts as a on m.account_id = a.account_id
        left join marts.conversation_messages as b
            on m.message_id = b.message_id and b.conversation_id = %(id)s
        where m.thread_id = %(thread)s
        order by m.posted_at desc, m.native_order desc, m.message_id collate "C" desc
        limit %(limit)s
        """,
        {"id": conversation_id, "thread": thread_id, "limit": limit},
    )
    return found[::-1]


@st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
def waits(conversation_id: str) -> list[Wait]:
    """The waits of a conversation in time order."""
    return _select(
        Wait,
        """
        select
            w.opening_message_id, w.opened_at, w.closing_message_id, w.closed_at, w.response_minutes,
            w.promise_minutes, w.promise_due_at, w.promise_kept
        from marts.fct_waits as w
        where w.conversation_id = %(id)s
        order by w.opened_at, w.wait_id
        """,
        {"id": conversation_id},
    )
