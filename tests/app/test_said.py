"""What messages say is shown, filters the list, and is corrected by one click that counts at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import psycopg
import pytest

from app.messages import understood
from app.messages.rows import Message
from flows.settings import settings
from tests.app.conftest import Place, View, loaded
from tests.app.test_conversations import WHOLE, listed, note, thread
from tests.conftest import MakeHouse
from tests.helpers.databases import SCRATCH, Server

CONVERSATION = "tilleul:tw-0214/tilleul:tw:jade_jeudessai"
MESSAGE = Message(
    message_id="m", direction="customer", who="Ann", posted_at=datetime(2026, 5, 1, tzinfo=UTC),
    time_precision="second", edited_at=None, title="Carte", body="<b>Ma carte</b> est bloquée & perdue",
    body_missing=None, text_withheld=False, url=None, rating=None, rating_scale=None, is_own=True,
    labels={"intent": ("complaint", 0.9), "sentiment": ("negative", 0.4), "journey": ("unclear", 0.9)},
    corrected=[], evidence={},
)  # fmt: skip


@pytest.fixture(scope="module")
def place(server: Server, make_house: MakeHouse, built: str) -> Iterator[Place]:
    """The archive as elsewhere, and its texts understood."""
    yield from loaded(server, make_house, built, f"{SCRATCH}_said", "fast")


@pytest.fixture
def clean(served: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The app as its own role, which corrected nothing yet."""
    if served.app_url is None:
        pytest.skip("a Postgres of one's own: only the embedded one is known to have the app's role with a login")
    monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    settings.cache_clear()
    yield served
    with psycopg.connect(served.url) as connection:
        connection.execute("truncate decisions.labels")


def count(place: Place, query: str, *values: object) -> int:
    with psycopg.connect(place.url) as connection:
        row = connection.execute(query.encode(), values).fetchone()
    assert row
    return int(row[0])


def test_the_words_that_prove_a_label_are_marked_where_they_stand_in_the_body() -> None:
    # Given spans of "Carte\n<b>Ma carte</b> est bloquée & perdue"
    text = f"{MESSAGE.title}\n{MESSAGE.body}"
    blocked, lost = text.index("bloquée"), text.index("& perdue")
    spans = {"intent": [[blocked, blocked + 7]], "sentiment": [[lost, len(text) + 9], [0, 5]]}

    # When they are marked, then what people wrote stays escaped, and the title's words mark nothing
    assert understood.marked(replace(MESSAGE, evidence=spans)) == (
        "&lt;b&gt;Ma carte&lt;/b&gt; est <mark>bloquée</mark> <mark>&amp; perdue</mark>"
    )
    # And what a person said needs no proof
    corrected = replace(MESSAGE, evidence=spans, corrected=["intent", "sentiment"])
    assert "<mark>" not in understood.marked(corrected)


def test_spans_that_touch_are_one_mark() -> None:
    message = replace(MESSAGE, title=None, body="abcdef", evidence={"intent": [[2, 4], [0, 2], [1, 3]]})
    assert understood.marked(message) == "<mark>abcd</mark>ef"


def test_an_unsure_label_says_so_and_one_that_tells_nothing_is_left_out() -> None:
    shown = understood.chips(MESSAGE)
    assert re.findall(r">([^<>]+)</span>", shown) == ["complaint", "negative ?"]
    assert understood.chips(replace(MESSAGE, labels={})) == ""


@pytest.mark.parametrize("intent", ["complaint", "question", "leaving"])
def test_the_list_holds_the_conversations_in_which_a_customer_says_it(
    view: View, served: Place, intent: str
) -> None:
    expected = count(
        served,
        "select count(distinct conversation_id) from marts.fct_messages where direction = 'customer'"
        " and %s in (intent, second_intent) and day between '2026-09-21' and '2026-11-20'",
        intent,
    )
    app = view("conversations", intent=intent, **WHOLE)
    shown = int(note(app).split(" of ")[1].split(",")[0].replace(",", "")) if app.dataframe else 0
    assert shown == expected


def test_what_nothing_says_is_not_listed_and_what_is_no_label_is_left_out(view: View) -> None:
    every = note(view("conversations", **WHOLE))
    app = view("conversations", intent="nosuch", **WHOLE)
    assert note(app) == every
    assert any("intent=nosuch" in part.value for part in app.html)


def test_a_click_corrects_a_label_at_once_and_another_takes_it_back(view: View, clean: Place) -> None:
    # Given a message that was understood
    app = view("conversations", conversation=CONVERSATION, **WHOLE)
    before = thread(app)
    pills = next(group for group in app.button_group if group.key and group.key.startswith("c intent "))
    wrong = next(name for name in understood.INTENTS if name != pills.value)

    # When nobody gives a name, then nothing is kept
    pills.set_value(wrong).run()
    assert count(clean, "select count(*) from decisions.labels") == 0

    # When somebody does
    app.text_input(key="c_who").set_value("Nora").run()
    pills = next(group for group in app.button_group if group.key and group.key.startswith("c intent "))
    pills.set_value(wrong).run()

    # Then the thread shows what the person said, as a person's
    assert not app.exception
    assert thread(app) != before
    assert "said by a person" in unescape(thread(app))
    with psycopg.connect(clean.url) as connection:
        kept = connection.execute("select task, value, decided_by from decisions.labels").fetchall()
    assert kept == [("intent", wrong, "Nora")]


def test_the_overview_says_what_customers_write_about(view: View, served: Place) -> None:
    app = view(**WHOLE)
    table = next(part.value for part in app.html if 'data-testid="topics"' in part.value)
    rows = re.findall(r"<tr><th.*?>([^<>]+)</a></th>.*?</td><td>(\d+)</td>", table, re.DOTALL)
    with psycopg.connect(served.url) as connection:
        expected = connection.execute(
            "select d.label_en, count(distinct n.message_id)::text from marts.message_mentions as n"
            " inner join marts.fct_messages as m on n.message_id = m.message_id and not m.is_noise"
            " inner join marts.dim_topics as d on n.value = d.topic"
            " where n.kind = 'topic' and m.direction = 'customer' and m.day between '2026-09-21' and '2026-11-20'"
            " group by 1, n.value order by count(distinct n.message_id) desc, n.value limit 8"
        ).fetchall()
    assert expected
    assert [(unescape(name), n) for name, n in rows] == expected


def test_the_french_page_speaks_french_of_what_is_said(view: View) -> None:
    app = view("conversations", lang="fr", intent="complaint", **WHOLE)
    assert app.selectbox(key="intent").value == "complaint"
    assert {box.label for box in app.selectbox} >= {"Nature", "Sentiment", "Sujet"}
    assert listed(app)
    assert set(app.dataframe[0].value["intent"]) - {""}
