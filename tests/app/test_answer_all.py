"""Conversations are found by words, names and state, and read whole, whatever people wrote in them."""

from __future__ import annotations

import re
from html import unescape

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Place, View, tiles

WHOLE = {"from_": "2026-09-21", "to": "2026-11-20"}
# The style sheet and the line that tells the browser the language.
OWN = re.compile("<style>|<script>document.documentElement.lang")
NASTY = "nasty:n-t/nasty:nas"


def cells(app: AppTest, name: str) -> list[str]:
    """What the rows of the list say in the element with this test id, its markup taken away."""
    found = [re.search(rf'data-testid="row-{name}"[^>]*>(.*?)</', part.value) for part in app.html]
    return [unescape(re.sub(r"<[^>]+>", " ", each[1])) for each in found if each]


def listed(app: AppTest) -> list[str]:
    return cells(app, "who")


def thread(app: AppTest) -> str:
    return next(part.value for part in app.html if 'data-testid="thread"' in part.value)


def note(app: AppTest) -> str:
    return next(part.value for part in app.html if 'data-testid="found"' in part.value)


def test_search_finds_a_message_by_its_words(view: View) -> None:
    assert listed(view("answer", tab="all", q="zyzzyva", **WHOLE)) == ["<i>Nasty</i>"]


def test_search_reads_quotes_and_minus_as_people_write_them(view: View) -> None:
    every = listed(view("answer", tab="all", q="carte", **WHOLE))
    fewer = listed(view("answer", tab="all", q="carte -feuille", **WHOLE))
    assert 0 < len(fewer) < len(every)
    assert len(listed(view("answer", tab="all", q='"carte feuille"', **WHOLE))) < len(every)


def test_search_finds_a_customer_by_handle_and_takes_its_signs_as_they_are(view: View) -> None:
    assert set(listed(view("answer", tab="all", q="@zack_zero", **WHOLE))) == {"Zack Zero"}
    assert listed(view("answer", tab="all", q="zack%zero", **WHOLE)) == []


def test_search_finds_what_we_answered(view: View) -> None:
    assert listed(view("answer", tab="all", q='"_fine_"', channel="chat", **WHOLE)) == ["<i>Nasty</i>"]


def test_waiting_are_as_many_as_the_overviews_tile_says(view: View) -> None:
    figures = tiles(view(**WHOLE))
    app = view("answer", tab="all", state="waiting", **WHOLE)
    assert f"of {figures['Open requests']}, longest waiting first" in note(app)


def test_all_are_waiting_answered_or_without_a_wait(view: View, served: Place) -> None:
    totals = []
    for state in ("all", "waiting", "answered"):
        app = view("answer", tab="all", state=state, **WHOLE)
        totals.append(int(note(app).split(" of ")[1].split(",")[0]))
    with psycopg.connect(served.url) as connection:
        row = connection.execute("select count(*) from marts.fct_conversations where waits = 0").fetchone()
    assert row
    assert totals[0] == totals[1] + totals[2] + row[0]


def test_the_second_page_goes_on_where_the_first_ends(view: View) -> None:
    first, second = (view("answer", tab="all", page=page, **WHOLE) for page in ("1", "2"))
    assert "1 – 50 of " in note(first)
    assert "51 – 100 of " in note(second)
    shown = [
        {key for key in (button.key for button in app.button) if key and key.startswith("open found")}
        for app in (first, second)
    ]
    ids = [{key.split(" ", 3)[3] for key in keys} for keys in shown]
    assert [len(each) for each in ids] == [50, 50]
    assert not ids[0] & ids[1]


def test_a_conversation_is_read_with_its_waits_in_the_flow(view: View) -> None:
    app = view("answer", tab="all", conversation="tilleul:tw-0214/tilleul:tw:jade_jeudessai", **WHOLE)
    parts = [
        "request made Thu 19 Nov 2026, 16:17 · promise 30 min, due 16:47",
        "puis-je relever le plafond",
        "Retour automatique ensuite",
        "answered after 13 min · promise 30 min kept",
        "request made Thu 19 Nov 2026, 17:32",
        "Le bouton « Temporaire » est grisé",
        "still waiting since Thu 19 Nov 2026, 17:32",
    ]
    places = [thread(app).index(part) for part in parts]
    assert places == sorted(places)


def test_other_customers_of_the_thread_stand_back(view: View) -> None:
    app = view("answer", tab="all", conversation="tilleul:fo-t-181/tilleul:fo:Titi_Temoin", **WHOLE)
    assert 'class="v-bubble customer aside"' in thread(app)
    assert "another customer" in thread(app)


def test_what_people_write_is_text_and_never_markup(view: View) -> None:
    app = view("answer", tab="all", conversation=NASTY, **WHOLE)
    page = "".join(part.value for part in app.html if not OWN.match(part.value))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; zyzzyva" in page
    assert "![x](https://e.example/x) _fine_" in page
    assert "&lt;i&gt;Nasty&lt;/i&gt;" in page
    assert "&lt;u&gt;hi&lt;/u&gt;" in page
    for raw in ("<script", "<i>Nasty", "<u>hi", "nas<b>ty", "javascript:", 'a="b"'):
        assert raw not in page
    assert not any("zyzzyva" in part.value for part in app.markdown)


def test_only_addresses_of_the_web_become_links(view: View) -> None:
    shown = thread(view("answer", tab="all", conversation=NASTY, **WHOLE))
    assert shown.count("<a href=") == 1
    assert 'href="https://e.example/?a=&quot;b&quot;" target="_blank"' in shown


def test_the_chosen_rows_conversation_is_in_the_url_and_closing_takes_it_out(view: View) -> None:
    app = view("answer", tab="all", anew=True, conversation=NASTY, **WHOLE)
    app.button(key="close").click().run()
    assert "conversation" not in app.query_params
    assert not app.exception


@pytest.mark.parametrize("page", ["0", "x", "99999"])
def test_a_page_that_is_not_there_is_the_first(view: View, page: str) -> None:
    assert "1 – 50 of " in note(view("answer", tab="all", page=page, **WHOLE))


def test_an_address_of_no_conversation_says_so(view: View) -> None:
    app = view("answer", tab="all", conversation="nobody/nowhere", **WHOLE)
    assert any("No such conversation" in part.value for part in app.html)


def test_a_title_that_every_message_repeats_is_shown_once(view: View, served: Place) -> None:
    with psycopg.connect(served.url) as connection:
        asked = "select conversation_id from marts.fct_conversations where thread_id = 'tilleul:ml-t-0018'"
        ((conversation_id,),) = connection.execute(asked).fetchall()
    app = view("answer", tab="all", conversation=conversation_id, **WHOLE)
    assert thread(app).count("Panne : virement urgent notaire") == 1
    # The automatic reply between them closed nothing: the human's did, a day late.
    assert "automatic, not an answer" in thread(app)
    assert "answered after 17 h 42 · promise 12 h missed" in thread(app)
