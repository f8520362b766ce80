"""To answer: tabs that say what everybody counts, rows to work through, one key a decision, all of it undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from app.messages import decisions, waiting
from app.messages.decisions import Taken
from app.messages.waiting import Narrowed
from app.shared.period import View as Asked
from flows.settings import settings
from tests.app.conftest import Place, View
from tests.app.test_addresses import left_out
from tests.app.test_answer_all import NASTY, cells, listed, note, thread
from tests.app.test_lists import opening

EVER = Asked(date(2026, 1, 1), date(2026, 12, 31))
ME = "Nora Essai"
MOMENT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def clean(served: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The app as its own role, which no decision has been made by yet."""
    if served.app_url is None:
        pytest.skip("a Postgres of one's own: only the embedded one is known to have the app's role with a login")
    monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    settings.cache_clear()
    yield served
    with psycopg.connect(served.url) as connection:
        connection.execute("truncate decisions.handled, decisions.assigned")


def kept(
    place: Place, table: str = "handled", columns: str = "message_id, verdict, reason, decided_by"
) -> list[tuple[Any, ...]]:
    with psycopg.connect(place.url) as connection:
        order = "decision_id" if table == "handled" else "assignment_id"
        return connection.execute(f"select {columns} from decisions.{table} order by {order}".encode()).fetchall()


def begun(view: View, tab: str = "backlog", **more: str) -> AppTest:
    """The tab with its first request open, and the reader's name told."""
    app = view("answer", anew=True, tab=tab, **more)
    app.text_input(key="who_am_i").set_value(ME).run()
    return press(app, "walk J")


def button(app: AppTest, key: str) -> Button:
    """The button of this name, whatever it is on."""
    (found,) = [each for each in app.button if f"{each.key} ".startswith(f"{key} ")]
    return found


def press(app: AppTest, key: str) -> AppTest:
    button(app, key).click().run()
    assert not app.exception
    return app


def ids(app: AppTest) -> list[str]:
    return [key.split(" ", 3)[3] for key in opening(app)]


def read(app: AppTest) -> str:
    return str(app.query_params.get("conversation", ""))


def counted(app: AppTest) -> dict[str, int]:
    """What the tabs say."""
    options = next(
        group for group in app.get("button_group") if "Backlog" in str(group.proto.options)
    ).proto.options
    told = [option.content.rsplit(" ", 1) for option in options]
    return {name: int(n.replace(",", "")) for name, n in (pair for pair in told if pair[-1][0].isdigit())}


@pytest.mark.parametrize("moment", [MOMENT, MOMENT - timedelta(days=3), MOMENT + timedelta(days=400)])
def test_tabs_count_what_plain_python_counts_of_the_open_waits(served: Place, moment: datetime) -> None:
    from tests.app.counted import PARIS

    with psycopg.connect(served.url) as connection:
        due = connection.execute("select promise_due_at from marts.fct_waits where closed_at is null").fetchall()
    day = moment.astimezone(PARIS).date()
    past = [at is None or at.astimezone(PARIS).date() < day for (at,) in due]
    open_ones = [at is not None and at > moment for (at,) in due]
    counts = waiting.counts(EVER, "", moment)
    assert counts.total == len(due) > 50
    assert counts.can_be_kept == sum(open_ones)
    assert counts.backlog == sum(p and not o for p, o in zip(past, open_ones, strict=True))
    assert counts.first_due_at == min((at for (at,) in due if at and at > moment), default=None)
    assert sum(each.waits for each in waiting.by_channel(EVER, moment)) == len(due)
    assert sum(each.can_be_kept for each in waiting.by_channel(EVER, moment)) == counts.can_be_kept


def test_what_can_be_kept_leads_by_its_due_time_and_the_hopeless_come_last(served: Place) -> None:
    moment = MOMENT - timedelta(hours=4)
    rows = waiting.waiting(EVER, Narrowed(), None, 0, moment)
    stands = [each.stands for each in rows]
    assert stands == sorted(stands, key=["can_be_kept", "missed_today", "backlog"].index)
    assert set(stands) == {"can_be_kept", "missed_today", "backlog"}
    saved = [each.due_at for each in rows if each.stands == "can_be_kept"]
    assert saved == sorted(saved)  # type: ignore[type-var]
    late = [each.due_at or each.waits_since for each in rows if each.stands == "backlog"]
    assert late == sorted(late, reverse=True)


def test_a_tab_lists_as_many_as_it_says_whatever_the_period(view: View) -> None:
    app = view("answer", tab="backlog", from_="2026-09-21", to="2026-09-22")
    assert note(app).split(">")[1].startswith(f"{counted(app)['Backlog']} requests")
    assert len(listed(app)) == 50
    assert not app.date_input, "who waits now waits now: no period is asked for"
    assert view("answer", tab="all").date_input


def test_a_row_shows_the_message_that_waits_and_why_it_is_severe(view: View, served: Place) -> None:
    app = view("answer", tab="backlog")
    rows = waiting.waiting(EVER, Narrowed(stands="backlog"), 50, 0)
    assert listed(app) == [each.who for each in rows]
    assert ids(app) == [each.conversation_id for each in rows]
    with psycopg.connect(served.url) as connection:
        bodies = dict(connection.execute("select message_id, body from marts.fct_messages").fetchall())
    for each, text in zip(rows, cells(app, "text"), strict=True):
        assert each.title or text[:40] == " ".join((bodies[each.message_id] or "no text to show").split())[:40]
    page = "".join(part.value for part in app.html)
    assert page.count("v-tag severity") == 50
    assert "missed by" in page


def test_one_key_decides_and_the_next_opens_by_itself(view: View, clean: Place) -> None:
    app = begun(view)
    first, second, third = ids(app)[:3]
    assert read(app) == first
    before = counted(app)["Backlog"]

    # When two are decided, a key each
    press(app, "decide-noise")
    assert read(app) == second
    app.pills(key="d_reason").set_value("by phone").run()
    press(app, "decide-outside")

    # Then the third is read, both are gone from list and counts, and the rows say what, why and who
    assert read(app) == third
    assert counted(app)["Backlog"] == before - 2
    assert counted(app)["Set aside"] == 2
    assert not {first, second} & set(ids(app))
    assert [row[1:] for row in kept(clean)] == [("noise", "noise", ME), ("outside", "by phone", ME)]

    # And somebody else's page says the same
    assert counted(view("answer", anew=True, tab="backlog"))["Backlog"] == before - 2
    aside = view("answer", anew=True, tab="aside")
    assert ids(aside) == [second, first]
    assert "by phone" in "".join(part.value for part in aside.html)


def test_undo_takes_the_last_decision_back_and_opens_it_again(view: View, clean: Place) -> None:
    app = begun(view)
    first = read(app)
    press(app, "decide-not_for_us")
    assert "not for us: 1 request" in "".join(part.value for part in app.html)
    press(app, "undo")
    assert read(app) == first
    assert first in ids(app)
    assert [row[1] for row in kept(clean)] == ["not_for_us", "undo"]
    assert not [each for each in app.button if str(each.key).startswith("undo")]


def test_undo_goes_back_one_decision_after_the_other(view: View, clean: Place) -> None:
    app = begun(view)
    first, second = ids(app)[:2]
    before = counted(app)["Backlog"]
    for key in ("decide-noise", "decide-outside", "undo", "undo"):
        press(app, key)
    assert read(app) == first
    assert counted(app)["Backlog"] == before
    assert ids(app)[:2] == [first, second]
    assert [row[1] for row in kept(clean)] == ["noise", "outside", "undo", "undo"]


def test_assigned_to_me_is_in_mine_and_given_back_is_not(view: View, clean: Place) -> None:
    app = begun(view)
    mine = read(app)
    press(app, "decide-assign")
    assert counted(app)["Mine"] == 1
    app.segmented_control(key="tab").set_value("mine").run()
    assert ids(app) == [mine]
    assert ME in "".join(part.value for part in app.html)
    press(app, "walk J")
    press(app, "decide-assign")
    assert counted(app)["Mine"] == 0
    assert kept(clean, "assigned", "assignee, decided_by") == [(ME, ME), (None, ME)]
    press(app, "undo")
    assert counted(app)["Mine"] == 1


def test_undoing_what_i_took_gives_it_back_to_who_had_it(view: View, clean: Place) -> None:
    one = waiting.waiting(EVER, Narrowed(stands="backlog"), 1, 0)[0]
    decisions.assign([Taken(one.conversation_id, one.message_id, None, "Hugo Essai")], "Hugo Essai")
    app = begun(view)
    press(app, "decide-assign")
    assert counted(app)["Mine"] == 1
    press(app, "undo")
    assert counted(app)["Mine"] == 0
    assert kept(clean, "assigned", "assignee, decided_by")[1:] == [(ME, ME), ("Hugo Essai", ME)]


def test_all_that_a_filter_leaves_is_decided_and_undone_as_one(view: View, clean: Place) -> None:
    app = begun(view, channel="mail")
    n = counted(app)["Backlog"]
    app.radio(key="bulk_verdict").set_value("not_for_us")
    app.text_input(key="bulk_reason").set_value("an old campaign")
    press(app, "bulk-go")
    assert len(kept(clean)) == n > 1
    assert counted(app)["Backlog"] == 0
    assert counted(view("answer", anew=True, tab="backlog"))["Backlog"] > 0, "other channels are untouched"
    press(app, "undo")
    assert counted(app)["Backlog"] == n
    assert len(kept(clean)) == 2 * n


def test_what_came_into_the_list_unseen_is_not_decided_with_it(view: View, clean: Place) -> None:
    app = begun(view, channel="mail")
    app.text_input(key="bulk_reason").set_value("an old campaign").run()
    n = counted(app)["Backlog"]
    one = waiting.waiting(Asked(EVER.first, EVER.last, ("mail",)), Narrowed(stands="backlog"), 1, 0)[0]
    decisions.decide_all([decisions.chosen(one.conversation_id, one.message_id)], "noise", "x", "Hugo Essai")
    press(app, "bulk-go")
    assert "The list has changed" in app.error[0].value
    assert len(kept(clean)) == 1
    assert counted(app)["Backlog"] == n - 1
    press(app, "bulk-go")
    assert len(kept(clean)) == n


def test_next_passes_a_conversation_that_was_set_aside_twice(view: View, clean: Place) -> None:
    with psycopg.connect(clean.url) as connection:
        rows = connection.execute(
            "select conversation_id, array_agg(message_id) from marts.fct_messages where direction = 'customer'"
            " group by conversation_id having count(*) > 1 order by conversation_id limit 2"
        ).fetchall()
        for _, messages in rows:
            connection.cursor().executemany(
                "insert into decisions.handled (wait_id, message_id, verdict, reason, decided_by)"
                " values ('w', %s, 'noise', 'x', 'y')",
                [(message,) for message in messages],
            )
    app = press(view("answer", anew=True, tab="aside"), "walk J")
    assert read(app) == rows[1][0]
    press(app, "walk J")
    assert read(app) == rows[0][0]


def test_without_a_name_nothing_is_decided(view: View, clean: Place) -> None:
    app = press(view("answer", anew=True, tab="backlog"), "walk J")
    for key in ("decide-noise", "decide-assign", "bulk-assign"):
        press(app, key)
        assert "Say your name first" in app.error[0].value
    press(app, "bulk-go")
    assert "A reason and a name are needed" in app.error[0].value
    assert kept(clean) == kept(clean, "assigned", "1") == []


def test_the_name_is_remembered_for_every_form(view: View, clean: Place) -> None:
    app = begun(view)
    assert app.text_input(key="h_who").value == ME
    scripts = "".join(part.value for part in app.html if "document.cookie" in part.value)
    assert "vigie_name=Nora%20Essai" in scripts or not scripts


@pytest.mark.parametrize("who", ["</script><b>", '"; alert(1) //', "é\0ü", "a;b=c", "\u202edesrever"])
def test_a_name_is_text_and_never_markup_or_a_script(view: View, clean: Place, who: str) -> None:
    app = view("answer", anew=True, tab="backlog")
    app.text_input(key="who_am_i").set_value(who).run()
    assert not app.exception
    (script,) = [part.value for part in app.html if "document.cookie" in part.value]
    value = script.split("vigie_name=")[1].split("; path=")[0]
    assert value
    assert all(sign.isalnum() or sign in "%-_.~" for sign in value)


def test_of_two_who_decide_the_second_is_told(view: View, clean: Place) -> None:
    one, other = begun(view), begun(view)
    assert read(one) == read(other)
    press(one, "decide-noise")
    press(other, "decide-outside")
    assert "Somebody was quicker" in other.error[0].value
    assert [row[1] for row in kept(clean)] == ["noise"]


def test_a_second_click_never_falls_on_the_next_request(view: View, clean: Place) -> None:
    app = begun(view)
    first = button(app, "decide-noise")
    first.click().run()
    on = {str(each.key) for each in app.button if str(each.key).startswith("decide")}
    assert len(on) == 4
    assert first.key not in on
    assert button(app, "undo").key != button(press(app, "decide-outside"), "undo").key


def test_undo_takes_back_no_decision_of_somebody_else(view: View, clean: Place) -> None:
    one = press(begun(view), "decide-noise")
    # When somebody takes mine back, and decides otherwise
    with psycopg.connect(clean.url) as connection:
        connection.execute(
            "insert into decisions.handled (wait_id, message_id, verdict, reason, decided_by)"
            " select h.wait_id, h.message_id, v.verdict, 'x', 'Hugo Essai' from decisions.handled as h"
            " cross join unnest(array['undo', 'not_for_us']) with ordinality as v (verdict, place) order by v.place"
        )
    press(one, "undo")
    assert "Somebody was quicker" in one.error[0].value
    assert [row[1] for row in kept(clean)] == ["noise", "undo", "not_for_us"]


def test_what_a_colleague_took_meanwhile_stays_theirs(view: View, clean: Place) -> None:
    app, hugo = begun(view, channel="mail"), "Hugo Essai"
    one = waiting.waiting(Asked(EVER.first, EVER.last, ("mail",)), Narrowed(stands="backlog"), 1, 0)[0]
    decisions.assign([Taken(one.conversation_id, one.message_id, None, hugo)], hugo)
    press(app, "decide-assign")
    assert "Somebody was quicker" in app.error[0].value
    # All that a filter leaves: of all but what is taken
    press(app, "bulk-assign")
    assert counted(app)["Mine"] == counted(app)["Backlog"] - 1
    # Nor does an undo give back what a colleague took from me
    press(press(app, "undo"), "decide-assign")
    decisions.assign([Taken(one.conversation_id, one.message_id, ME, hugo)], hugo)
    press(app, "undo")
    assert "Somebody was quicker" in app.error[0].value
    assert kept(clean, "assigned", "assignee")[-1] == (hugo,)


SHORTCUTS = {
    "decide-outside": "e", "decide-not_for_us": "n", "decide-noise": "x", "decide-assign": "a", "walk J": "j",
    "walk K": "k",
}  # fmt: skip


def test_each_decision_has_its_key(view: View, clean: Place) -> None:
    app = begun(view)
    told = {each.key: each.proto.shortcut.lower() for each in app.button if each.proto.shortcut}
    assert {
        str(key) if "walk" in str(key) else str(key).split()[0]: sign for key, sign in told.items()
    } == SHORTCUTS
    press(app, "decide-noise")
    assert button(app, "undo").proto.shortcut.lower() == "u"


def test_a_copy_is_said_of_what_it_is_a_copy_of(view: View, clean: Place) -> None:
    two, one = waiting.waiting(EVER, Narrowed(stands="backlog"), 2, 0)
    group = "update marts.fct_messages set copy_group_id = %s where message_id = any(%s)"
    with psycopg.connect(clean.url) as connection:
        connection.execute(group, (one.message_id, [one.message_id, two.message_id]))
    try:
        app = begun(view)
        assert "×2" in "".join(part.value for part in app.html)
        press(app, "same text")
        assert set(ids(app)) == {one.conversation_id, two.conversation_id}
        press(app, "decide-copy")
        assert kept(clean, columns="message_id, verdict, copy_of") == [(two.message_id, "copy", one.message_id)]
        assert not [each for each in app.button if "decide-copy" in str(each.key)], "the first of them is no copy"
    finally:
        with psycopg.connect(clean.url) as connection:
            connection.execute(group, (None, [one.message_id, two.message_id]))


def test_the_reader_opens_at_the_message_that_waits_and_says_who_the_customer_is(view: View, served: Place) -> None:
    with psycopg.connect(served.url) as connection:
        row = connection.execute(
            "select w.conversation_id, m.body, c.waits from marts.fct_waits as w"
            " inner join marts.fct_messages as m on w.opening_message_id = m.message_id"
            " inner join marts.dim_customers as c on m.customer_id = c.customer_id"
            " where w.closed_at is null and w.wait_number > 2 and length(m.body) between 20 and 200"
            " and m.body !~ '[<>&''\"]' order by w.opened_at desc limit 1"
        ).fetchone()
    assert row
    conversation, body, waits = row
    app = view("answer", tab="backlog", conversation=conversation)
    shown = thread(app)
    waiting_bubble = shown[shown.index(" waits") :]
    assert " ".join(body.split())[:30] in " ".join(waiting_bubble.split())
    (who,) = [part.value for part in app.html if 'data-testid="who"' in part.value]
    assert f"{waits} request" in who


@pytest.mark.parametrize(
    ("tab", "parameter", "given"),
    [
        ("backlog", "tab", "nowhere"), ("backlog", "severity", "huge"), ("backlog", "topic", "nosuch"),
        ("backlog", "page", "-3"), ("all", "state", "lost"), ("all", "by", "smell"), ("all", "intent", "nosuch"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_left_out_and_said(view: View, tab: str, parameter: str, given: str) -> None:
    app = view("answer", anew=True, **({"tab": tab} | {parameter: given}))
    assert f"{parameter}={given}" in left_out(app)
    assert app.query_params.get(parameter, "") != given


def test_an_empty_tab_says_what_to_do(view: View) -> None:
    for tab, told in (
        ("mine", "Say your name above"),
        ("can_be_kept", "then the backlog"),
        ("aside", "Nobody has set"),
    ):
        assert told in "".join(part.value for part in view("answer", tab=tab).html)


def test_the_old_address_leads_to_all_conversations_with_what_it_asked_for(view: View) -> None:
    app = view("conversations", anew=True, q="zyzzyva", from_="2026-09-21", to="2026-11-20", conversation=NASTY)
    assert listed(app) == ["<i>Nasty</i>"]
    assert app.query_params["tab"] == "all"
    assert app.query_params["q"] == "zyzzyva"
    assert "zyzzyva" in thread(app)
