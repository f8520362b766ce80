"""A person sets an open wait aside, with a reason and a name; it shows at once, and undoing is another row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from app.answer import queries as answer_queries
from app.messages import decisions
from app.messages.rows import Wait
from app.messages.waiting import Narrowed, waiting
from app.shared import pool
from app.shared.period import View as Asked
from flows.errors import SettingError
from flows.settings import settings
from tests.app.conftest import Place, View, tiles
from tests.app.test_answer_all import WHOLE, cells, listed, note, thread

ALL = Asked(date(2026, 1, 1), date(2026, 12, 31))
CONVERSATION = "tilleul:tw-0214/tilleul:tw:jade_jeudessai"


@pytest.fixture
def clean(served: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The app as its own role, which no decision has been made by yet."""
    if served.app_url is None:
        pytest.skip("a Postgres of one's own: only the embedded one is known to have the app's role with a login")
    monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    settings.cache_clear()
    yield served
    with psycopg.connect(served.url) as connection:
        connection.execute("truncate decisions.handled")


def rows(place: Place) -> list[tuple[str, str, str, datetime | None]]:
    with psycopg.connect(place.url) as connection:
        return connection.execute(
            "select verdict, reason, decided_by, answered_at from decisions.handled order by decision_id"
        ).fetchall()


def open_wait() -> Wait:
    return next(wait for wait in answer_queries.waits(CONVERSATION) if wait.closed_at is None)


def undo(wait: Wait) -> bool:
    standing = decisions.decided(wait, decisions.given(CONVERSATION))
    return decisions.decide(wait, "undo", "not so", "Hugo", None, undone=standing)


def filled(app: AppTest, reason: str, who: str) -> AppTest:
    app.text_input(key="h_reason").set_value(reason)
    app.text_input(key="h_who").set_value(who)
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_what_is_decided_shows_at_once_with_who_and_why(view: View, clean: Place) -> None:
    app = view("answer", tab="all", anew=True, conversation=CONVERSATION, **WHOLE)
    app.radio(key="h_verdict").set_value("not_for_us")
    press(filled(app, "asked <b>another</b> bank", "Nora Essai"), "Set it aside")
    shown = thread(app)
    assert "not for us" in shown
    assert "asked &lt;b&gt;another&lt;/b&gt; bank" in shown
    assert "Nora Essai, " in shown
    assert "still waiting" not in shown
    assert rows(clean) == [("not_for_us", "asked <b>another</b> bank", "Nora Essai", None)]


def test_undoing_is_another_row_and_both_stay_to_be_read(view: View, clean: Place) -> None:
    app = view("answer", tab="all", anew=True, conversation=CONVERSATION, **WHOLE)
    press(filled(app, "rang her back", "Nora Essai"), "Set it aside")
    press(filled(app, "wrong customer", "Hugo Essai"), "Undo")
    assert [row[:3] for row in rows(clean)] == [
        ("outside", "rang her back", "Nora Essai"),
        ("undo", "wrong customer", "Hugo Essai"),
    ]
    shown = thread(app)
    assert shown.count('data-testid="decision"') == 2
    assert "still waiting since" in shown


@pytest.mark.parametrize(("reason", "who"), [("", "Nora"), ("rang", " "), (" \0", "Nora")])
def test_a_decision_without_a_reason_or_a_name_is_refused(view: View, clean: Place, reason: str, who: str) -> None:
    app = view("answer", tab="all", anew=True, conversation=CONVERSATION, **WHOLE)
    press(filled(app, reason, who), "Set it aside")
    assert "A reason and a name are needed" in app.error[0].value
    assert rows(clean) == []


def test_an_answer_before_the_wait_or_in_the_future_is_refused(view: View, clean: Place) -> None:
    app = view("answer", tab="all", anew=True, conversation=CONVERSATION, **WHOLE)
    for moment in (
        datetime(2026, 11, 19, 16, 0),
        datetime.now(pool.company_zone()).replace(tzinfo=None) + timedelta(days=2),
    ):
        app.datetime_input(key="h_when").set_value(moment)
        press(filled(app, "rang", "Nora"), "Set it aside")
        assert "It cannot have been answered" in app.error[0].value
    assert rows(clean) == []


def test_the_moment_of_an_answer_is_taken_in_the_companys_zone(view: View, clean: Place) -> None:
    app = view("answer", tab="all", anew=True, conversation=CONVERSATION, **WHOLE)
    app.datetime_input(key="h_when").set_value(datetime(2026, 11, 19, 18, 0))
    press(filled(app, "rang", "Nora"), "Set it aside")
    assert rows(clean)[0][3] == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    assert "answered elsewhere on Thu 19 Nov 2026, 18:00" in thread(app)


def test_lists_tell_what_is_set_aside_from_what_waits(view: View, clean: Place) -> None:
    days = {"channel": "twitter", "from_": "2026-11-19", "to": "2026-11-20"}
    before = int(tiles(view(**days))["Open requests"])
    decisions.decide(open_wait(), "noise", "advertising", "Nora", None)
    found = view("answer", tab="all", anew=True, q="@jade_jeudessai", **WHOLE)
    assert "○ set aside" in cells(found, "state")
    # What nobody has to answer is in no list and no count of open waits from now on, without a refresh.
    overview = view(anew=True, **days)
    assert tiles(overview)["Open requests"] == str(before - 1)
    backlog = view("answer", anew=True, tab="backlog", **days)
    assert "Jade Jeudessai" not in listed(backlog)
    open_ones = view("answer", tab="all", anew=True, state="waiting", **days)
    assert f"of {before - 1}, longest" in note(open_ones)
    french = view("answer", tab="all", anew=True, q="@jade_jeudessai", lang="fr", **WHOLE)
    assert "○ mise de côté" in cells(french, "state")


def test_what_was_written_after_an_answer_given_elsewhere_waits_as_in_the_marts(view: View, clean: Place) -> None:
    with psycopg.connect(clean.url) as connection:
        row = connection.execute(
            "select conversation_id, min(posted_at), max(posted_at) from marts.fct_messages as m"
            " where direction = 'customer' and exists (select from marts.fct_waits as w"
            " where w.conversation_id = m.conversation_id and w.closed_at is null and m.posted_at >= w.opened_at)"
            " group by 1 having count(*) > 1 and min(posted_at) < max(posted_at) order by 3 desc limit 1"
        ).fetchone()
    assert row
    conversation, first, _ = row
    wait = answer_queries.waits(conversation)[-1]
    decisions.decide(wait, "outside", "rang", "Nora", first)
    assert decisions.set_aside([conversation]) == set()
    since = decisions.waiting_since(wait, decisions.given(conversation))
    assert since and since > first
    shown = answer_queries.conversation(conversation)
    assert shown and shown.waiting_since == since
    assert conversation in {
        each.conversation_id for each in waiting(ALL, Narrowed(), None, 0) if each.waits_since == since
    }


def test_what_is_undone_waits_again_at_once(view: View, clean: Place) -> None:
    before = len(waiting(ALL, Narrowed(), None, 0))
    decisions.decide(open_wait(), "noise", "advertising", "Nora", None)
    assert len(waiting(ALL, Narrowed(), None, 0)) == before - 1
    assert undo(open_wait())
    assert len(waiting(ALL, Narrowed(), None, 0)) == before


def test_of_two_who_decide_at_once_one_is_kept(clean: Place) -> None:
    wait, at_once, kept = open_wait(), Barrier(2), []

    def decide(who: str) -> None:
        at_once.wait()
        kept.append(decisions.decide(wait, "outside", "rang", who, None))

    people = [Thread(target=decide, args=(who,)) for who in ("Nora", "Hugo")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(kept) == [False, True]
    assert len(rows(clean)) == 1
    standing = decisions.decided(wait, decisions.given(CONVERSATION))
    assert decisions.decide(wait, "undo", "not so", "Hugo", None, undone=standing)
    assert not decisions.decide(wait, "undo", "not so", "Hugo", None, undone=standing)
    assert decisions.decided(wait, decisions.given(CONVERSATION)) is None


def test_who_undoes_what_was_decided_anew_meanwhile_undoes_nothing(clean: Place) -> None:
    wait = open_wait()
    decisions.decide(wait, "noise", "advertising", "Nora", None)
    seen = decisions.decided(wait, decisions.given(CONVERSATION))
    assert undo(wait)
    decisions.decide(wait, "not_for_us", "another bank's", "Ines", None)
    assert not decisions.decide(wait, "undo", "not so", "Hugo", None, undone=seen)
    assert [row[0] for row in rows(clean)] == ["noise", "undo", "not_for_us"]


def test_the_app_reads_only_until_it_decides(clean: Place) -> None:
    with pool.pool().connection() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("insert into decisions.handled (wait_id) values ('x')")
    with pool.pool().connection() as connection:
        row = connection.execute("select current_user").fetchone()
        assert row == ("vigie_app",)
        for command in ("update decisions.handled set reason = ''", "delete from decisions.handled"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute("set transaction read write")
                connection.execute(command)


def test_a_warehouse_that_does_not_let_the_app_decide_says_so(
    clean: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = open_wait()
    with psycopg.connect(clean.url) as connection:
        connection.execute("revoke insert on decisions.handled from vigie_app")
    try:
        with pytest.raises(SettingError, match="may not"):
            decisions.decide(wait, "noise", "y", "z", None)
    finally:
        with psycopg.connect(clean.url) as connection:
            connection.execute("grant insert on decisions.handled to vigie_app")
