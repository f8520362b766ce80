"""Readers never see a gap: all that the app asks for is there, and no less of it, while a refresh runs."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, get_args
from urllib.parse import quote

import pytest
import streamlit as st

from app.answer import beside, meaning
from app.answer import queries as answer_queries
from app.customers import queries as customers_queries
from app.messages import decisions, labels, waiting
from app.people import decisions as people_decisions
from app.people import queries as people_queries
from app.review import queries as review_queries
from app.shared import measures
from app.shared.kpi import Figures
from app.shared.period import View
from app.sources import queries as sources_queries
from app.today import queries as today_queries
from flows.settings import settings
from flows.sources.examples import DEMO
from flows.warehouse.identity import decisions as identity
from flows.warehouse.roles import APP, grant
from flows.warehouse.server import credentials
from tests.helpers.databases import Server
from tests.helpers.house import House
from tests.marts.test_customers import messages, said

VIEW = View(date(2026, 9, 1), date(2026, 11, 20))
KPIS = ("waits_opened", "answered_rate", "nps")
ONE = View(date(2026, 9, 1), date(2026, 11, 20), ("twitter",))
ROOMS = (
    answer_queries, meaning, customers_queries, people_queries, people_decisions, review_queries, today_queries,
    sources_queries, decisions, labels, measures, waiting, beside,
)  # fmt: skip
NO_QUERY = {
    "assign",
    "chosen",
    "correct",
    "decide",
    "decide_all",
    "decided",
    "undo",
    "leave_open",
    "moved",  # what was decided since the last refresh: the next one takes it up
    "found_topics",  # for this and the next four, vectors would have to be kept
    "is_searchable",
    "model",
    "topics_of",
    "vector",
    "is_waiting",
    "waiting_since",
}
# Nothing bursts in the example, no text is a copy; and what is set aside leaves counts as a refresh closes it.
MAY_BE_NOTHING = {"alerts", "drivers", "original", "put_aside"}
AT, A_YEAR_AGO, AGES_AGO = (datetime(year, 11, 21, tzinfo=UTC) for year in (2026, 2025, 1990))
# Two who may be one, and when nothing had been decided yet.
PAIR, LONG_AGO = ("board:rare", "post:rare2"), datetime(2020, 1, 1, tzinfo=UTC)
RARE, KIN = {"display_name": "Anselma Vandermeulenbrouck"}, {"phone": "+33199000001"}
Ask = tuple[str, tuple[Any, ...]]


def fresh(name: str, *given: Any) -> Any:
    """What the app would read if it remembered nothing."""
    function = next(found for room in ROOMS if (found := vars(room).get(name)) and _is_query(room, name))
    return getattr(function, "__wrapped__", function)(*given)


def questions() -> list[Ask]:
    """Every question that the app can ask, of conversations and customers that are there."""
    read = fresh("conversations", VIEW, "answered", labels.Sought(), 1, 0)[0]
    customer = fresh("customers", "camille", 1, 0)[0].customer_id
    merged, kin, joined = (fresh("sides", [f"board:{who}"])[0].customer_id for who in ("ann", "kim", "eve"))
    open_ones = [each.conversation_id for each in fresh("waiting", VIEW, waiting.Narrowed(), 50, 0, AT)]
    return [
        ("extent", ()), ("kpis", ()), ("figures", (VIEW, KPIS)), ("figures", (ONE, KPIS)),
        ("figures", (VIEW, KPIS, "week")), ("waiting", (VIEW, waiting.Narrowed(), 50, 0, AT)),
        ("counts", (VIEW, "", AT)), ("by_channel", (VIEW, AT)), ("falling_due", (VIEW, (10**6,), A_YEAR_AGO)),
        ("put_aside", (VIEW, 50, 0)), ("alerts", (3,)), ("drivers", ("none",)), ("original", ("none",)),
        ("newest", ()), ("promises", (VIEW,)), ("assignee", (open_ones[0], AGES_AGO)),
        ("waiting_message", (open_ones[0], AGES_AGO)),
        ("person", (customer,)),
        ("set_aside", (open_ones,)), ("given", (read.conversation_id,)),
        *(("conversations", (VIEW, state, labels.Sought(), 50, 0)) for state in get_args(answer_queries.State)),
        ("conversations", (VIEW, "all", labels.Sought("virement"), 50, 0)),
        ("conversation", (read.conversation_id,)),
        ("messages", (read.conversation_id, read.thread_id, 50)), ("waits", (read.conversation_id,)),
        ("customers", ("", 50, 0)), ("customer", (customer,)), ("accounts", (customer,)),
        ("timeline", (customer, 50)), ("service", (merged,)), ("nodes", (customer,)),
        ("former_ids", (merged,)), ("waits_now", (merged,)), ("ratings", (merged, 5)), ("links", (joined,)),
        ("household", (kin,)), ("of_customer", (merged,)), ("latest", (50, 0)), ("done_since", (LONG_AGO,)),
        ("asked", ("",)), ("quality", ()), ("sides", (PAIR,)), ("samples", (PAIR,)), ("link", PAIR),
        ("sources", ()), ("runs", (None, 50)), ("rejects", ()), ("last_refresh", ()),
        ("conversations", (VIEW, "all", labels.Sought(intent="complaint"), 50, 0)),
        ("topics", ()), ("top_topics", (VIEW, 8)), ("age", (VIEW,)),
    ]  # fmt: skip


def size(found: Any) -> int:
    """How much an answer holds: rows of all pages where it knows them, and the figures that can only grow."""
    if not isinstance(
        found, Sequence
    ):  # waits that are set aside become closed ones by a refresh: none is none less
        return int(found is not None)
    first = next(iter(found), None)
    opened = first["waits_opened"].n if isinstance(first, Figures) else 0
    return max(len(found), getattr(first, "total", 0)) + opened


class Reader(threading.Thread):
    """Asks everything, over and over, until it is told to stop."""

    def __init__(self, asks: list[Ask]) -> None:
        super().__init__(daemon=True)
        self.asks = asks
        self.sizes = {position: size(fresh(name, *given)) for position, (name, given) in enumerate(asks)}
        self.first = dict(self.sizes)
        self.faults: list[str] = []
        self.rounds = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            for position, (name, given) in enumerate(self.asks):
                try:
                    now = size(fresh(name, *given))
                except Exception:
                    self.faults.append(f"{name}{given}: {traceback.format_exc(limit=-2)}")
                    continue
                if now < self.sizes[position]:
                    self.faults.append(f"{name}{given}: {now} after {self.sizes[position]}")
                self.sizes[position] = now
            self.rounds += 1

    def while_it_reads(self, work: Callable[[], object]) -> None:
        self.start()
        try:
            work()
        finally:
            self._over.set()
            self.join(60)


@pytest.fixture
def house(warehouse: House, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The example, refreshed; the app reads it by the app's own role where that is ours to know."""
    grant(warehouse.connection)  # a database made from a template has none of its template's own grants
    damaged = tmp_path / "damaged.csv"
    damaged.write_text("id,account,channel,posted_at,body\nx1,ann,twitter,never,hello\n", encoding="utf-8")
    _people(warehouse)
    warehouse.load(DEMO, name="tilleul")
    warehouse.load(damaged, name="damaged")
    warehouse.reading("fast").refresh()
    place, passwords = warehouse.connection.info, credentials(server.home)
    if passwords:
        url = (
            f"postgresql://{APP}:{quote(passwords[APP])}@/{place.dbname}?host={quote(place.host)}&port={place.port}"
        )
        monkeypatch.setenv("VIGIE_APP_DATABASE_URL", url)
    assert warehouse.settings.database_url
    monkeypatch.setenv("VIGIE_DATABASE_URL", warehouse.settings.database_url.get_secret_value())
    _forget()
    answered = fresh("waits", fresh("conversations", VIEW, "answered", labels.Sought(), 1, 0)[0].conversation_id)[0]
    assert decisions.decide(answered, "noise", "a test", "nobody", None)
    given = decisions.given(answered.wait_id.rpartition("#")[0])
    assert decisions.decide(answered, "undo", "a test", "nobody", None, undone=given[-1])
    first = fresh("waiting", VIEW, waiting.Narrowed(), 1, 0, AT)[0]
    taken = decisions.Taken(first.conversation_id, first.message_id, None, "Nora Essai")
    assert decisions.assign([taken], "Nora Essai")
    yield warehouse
    _forget()


def _people(house: House) -> None:
    """Two whom a person made one, two who live together, two whom an address makes one, two who may be one."""
    mail = {"verified_email": "eve@home.example"}
    messages(house, "board", said("ann", rating="4"), said("kim", display_name="Kim Quistrebert", **KIN),
             said("eve", **mail), said("rare", **RARE))  # fmt: skip
    of_post = {"zed": {}, "lou": {"display_name": "Lou Quistrebert", **KIN}, "eve2": mail, "rare2": RARE}
    messages(house, "post", *(said(who, channel="mail", **more) for who, more in of_post.items()))
    house.refresh()
    by = identity.Said("Nora Essai", "they said so")
    assert identity.decide(house.connection, "same", [("board:ann", "post:zed")], by).numbers


def _forget() -> None:
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


def _is_query(room: ModuleType, name: str) -> bool:
    function = getattr(room, name)
    is_own = callable(function) and not isinstance(function, type) and function.__module__ == room.__name__
    return is_own and not name.startswith("_") and name not in NO_QUERY


def new(day: int) -> list[dict[str, str]]:
    """A few customers of a day who wait."""
    return [
        {"id": f"{day}-{n}", "account": f"new{n}", "posted_at": f"2026-11-{day}T10:0{n}:00Z", "body": "virement"}
        for n in range(5)
    ]


@pytest.mark.timeout(900)
def test_nothing_is_missing_while_a_refresh_runs(house: House) -> None:
    # Given an app that shows something of everything
    reader = Reader(questions())
    assert {name for name, _ in reader.asks} == {
        name for room in ROOMS for name in vars(room) if _is_query(room, name)
    }
    found = {name: reader.sizes[place] for place, (name, _) in enumerate(reader.asks) if name not in MAY_BE_NOTHING}
    assert min(found.values()) > 0, found

    # When it reads on during a refresh of what is new, and one after the project has changed
    def refreshes() -> None:
        house.load_rows(new(11))
        (first,) = house.refresh()
        house.connection.execute("update ops.refreshes set project_hash = 'of an older project'")
        house.load_rows(new(12))
        (second,) = house.refresh()
        assert (first.is_full, second.is_full) == (False, True)

    reader.while_it_reads(refreshes)

    # Then nothing failed, nothing was empty, and nothing became less
    assert not reader.faults, "\n".join(reader.faults[:5])
    assert reader.rounds > 3
    assert reader.sizes[0] == 1
    assert sum(reader.sizes.values()) > sum(reader.first.values()), "what is new was never seen"
