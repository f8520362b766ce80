"""Lists show what waits, are found in as people write, open by a click and are saved whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import psycopg
import pytest
from streamlit.proto.Dataframe_pb2 import Dataframe
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from app.answer import queries as answer_queries
from app.customers import queries as customers_queries
from app.shared import format as fmt
from app.shared.words import folded
from tests.app.conftest import Place, View, tiles
from tests.app.test_answer_all import WHOLE, cells, listed, note

Saved = Callable[[int], list[dict[str, str]]]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """The rows of the nth file that a page offers, as whoever presses its button gets them."""
    made: list[Callable[[], bytes]] = []
    keep = MediaFileManager.add_deferred

    def add(self: MediaFileManager, given: Callable[[], bytes], *rest: object, **named: object) -> str:
        made.append(given)
        return keep(self, given, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MediaFileManager, "add_deferred", add)
    return lambda n: list(csv.DictReader(io.StringIO(made[n]().decode("utf-8-sig"), newline="")))


EVER = {"from_": "2026-01-01", "to": "2026-12-31"}


def opening(app: AppTest) -> list[str]:
    """The keys of the buttons that open the rows, in order: they end with the conversation."""
    return [button.key for button in app.button if button.key and button.key.startswith("open ")]


def asides(app: AppTest) -> list[str]:
    found = [re.search(r'data-testid="row-aside"[^>]*>(.*)</div>', part.value) for part in app.html]
    return [each[1] for each in found if each]


@pytest.mark.parametrize("state", ["all", "waiting"])
def test_the_file_of_conversations_has_them_all_once(view: View, saved: Saved, state: str) -> None:
    app = view("answer", tab="all", anew=True, state=state, page="2", **WHOLE)
    rows = saved(-1)
    total = int(note(app).split(" of ")[1].split(",")[0])
    assert total > 50
    assert len(rows) == len({row["conversation_id"] for row in rows}) == total


def test_the_files_of_customers_and_open_waits_have_them_all(view: View, saved: Saved, served: Place) -> None:
    view("customers", anew=True)
    with psycopg.connect(served.url) as connection:
        row = connection.execute("select count(*) from marts.dim_customers where accounts > 0").fetchone()
    assert row
    assert len({each["customer_id"] for each in saved(-1)}) == row[0] > 50
    saved_ones = []
    for tab in ("can_be_kept", "missed_today", "backlog"):
        app = view("answer", anew=True, tab=tab)
        saved_ones += saved(-1) if app.get("download_button") else []
    assert len({each["conversation_id"] for each in saved_ones}) == len(saved_ones)
    assert len(saved_ones) == int(tiles(view(**EVER))["Open requests"]) > 50


def test_the_waiting_list_shows_the_message_that_waits(view: View, served: Place) -> None:
    with psycopg.connect(served.url) as connection:
        row = connection.execute(
            "select w.conversation_id, m.body, w.opened_at from marts.fct_waits as w"
            " inner join marts.fct_messages as m on w.opening_message_id = m.message_id"
            " inner join marts.dim_accounts as a on m.account_id = a.account_id"
            " where w.closed_at is null and m.body is not null and m.title is not null and exists (select from"
            " marts.fct_messages as x where x.thread_id = m.thread_id and x.posted_at < m.posted_at)"
            " and w.opened_at between '2026-09-22' and '2026-11-20' order by w.opened_at limit 1"
        ).fetchone()
    assert row
    conversation, body, opened = row
    read = answer_queries.conversation(conversation)
    assert read
    app = view("answer", tab="all", state="waiting", q=f"@{read.handle}", **WHOLE)
    (at,) = [place for place, key in enumerate(opening(app)) if key.endswith(f" {conversation}")]
    assert cells(app, "text")[at][:60] == " ".join(body.split())[:60]
    assert fmt.short(opened, ZoneInfo("Europe/Paris")) in asides(app)[at]


@pytest.mark.parametrize("words", ["colis jamais arrivé", "COLIS ARRIVE", "mes colis", "Colis arrivés", "oeuvre"])
def test_accents_plurals_and_order_make_no_difference(view: View, served: Place, words: str) -> None:
    with psycopg.connect(served.url) as connection:
        message = connection.execute(
            "select message_id, body from marts.fct_messages where conversation_id = 'nasty:n-t/nasty:nas'"
            " and direction = 'customer' limit 1"
        ).fetchone()
        assert message
        text = "Arrive\u0301 jamais : mes COLIS, un chef-d’œuvre"
        connection.execute("update marts.fct_messages set body = %s where message_id = %s", (text, message[0]))
    try:
        assert "<i>Nasty</i>" in listed(view("answer", tab="all", anew=True, q=words, **WHOLE))
    finally:
        with psycopg.connect(served.url) as connection:
            connection.execute("update marts.fct_messages set body = %s where message_id = %s", message[::-1])


def test_names_are_found_without_accents_in_any_order(view: View, served: Place) -> None:
    with psycopg.connect(served.url) as connection:
        row = connection.execute(
            "select name from marts.dim_customers where name ~ '[éèêëï]' and name ~ '^[^ ]+ [^ ]+$' limit 1"
        ).fetchone()
    assert row
    first, second = row[0].split()
    plain = f"{second} {first}".upper().translate(str.maketrans("ÉÈÊËÏ", "EEEEI"))
    assert row[0] in {each.name for each in customers_queries.customers(plain, 50, 0)}


def test_the_index_of_words_is_the_one_that_is_asked(served: Place) -> None:
    text = folded("coalesce(title, '') || ' ' || coalesce(body, '')")
    with psycopg.connect(served.url) as connection:
        connection.execute("set enable_seqscan = off")
        plan = connection.execute(
            f"explain select from marts.fct_messages where to_tsvector('simple', {text}) @@ 'a'::tsquery".encode()
        ).fetchall()
    assert any("fct_messages_words" in line for (line,) in plan)


def test_any_cell_may_be_clicked(view: View) -> None:
    # What the click does is the browser's test.
    assert Dataframe.SelectionMode.SINGLE_CELL in view("customers", **WHOLE).dataframe[0].proto.selection_mode


def test_each_row_is_opened_by_a_button_over_the_whole_of_it(view: View) -> None:
    app = view("answer", anew=True, tab="all", **WHOLE)
    keys = opening(app)
    assert len(keys) == len(cells(app, "who")) == 50
    app.button(key=keys[3]).click().run()
    assert app.query_params["conversation"] == keys[3].split(" ", 3)[3]
    assert not app.exception
