"""Who waits, as plain Python counts it: what can become of the promise, how severe it is and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers import rules
from tests.helpers.house import NOW, House

PARIS = ZoneInfo("Europe/Paris")
PROMISED = {"twitter": 30, "mastodon": 60, "forum": 1440, "reviews": 2880, "chat": None}
POINTS = {"leaving": 3, "complaint": 2, "question": 1, "request": 1}
MOMENT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SAYS = (
    "{intent=leaving}{sentiment=negative}", "{intent=complaint}{sentiment=negative}", "{intent=complaint@0.5}",
    "{intent=question}", "{intent=request}{sentiment=negative@0.7}", "{intent=idea}", "",
)  # fmt: skip


def asked() -> list[dict[str, str]]:
    """One request a customer, every 37 minutes over five days, on each channel and of each kind."""
    channels = list(PROMISED)
    return [
        {
            "id": f"m{n}", "account": f"a{n}", "thread": f"t{n}", "role": "customer", "channel": channels[n % 5],
            "posted_at": (MOMENT - timedelta(minutes=37 * n)).isoformat(), "body": f"{SAYS[n % 7]} number {n}",
        }
        for n in range(200)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def waiting(module_warehouse: House) -> Any:
    with rules.installed(module_warehouse.folder):
        module_warehouse.reading("rules").load_rows(asked())
        module_warehouse.refresh()
        yield module_warehouse


def expected(row: dict[str, str], moment: datetime) -> tuple[str, str, list[str]]:
    posted = datetime.fromisoformat(row["posted_at"])
    promised = PROMISED[row["channel"]]
    due = posted + timedelta(minutes=promised) if promised else None
    day = moment.astimezone(PARIS).replace(hour=0, minute=0)
    stands = "backlog" if due is None or due < day else "can_be_kept" if due > moment else "missed_today"
    why = [intent for intent in POINTS if f"{{intent={intent}}}" in row["body"]]
    points = sum(POINTS[intent] for intent in why)
    for name, holds in (("negative", "{sentiment=negative}" in row["body"]), ("missed", due and due <= moment)):
        if holds:
            why, points = [*why, name], points + 1
    return stands, "high" if points >= 4 else "middle" if points >= 2 else "low", why


@pytest.mark.parametrize("moment", [MOMENT, MOMENT + timedelta(hours=7), MOMENT + timedelta(hours=8, minutes=1)])
def test_each_request_stands_where_its_promise_says_and_is_as_severe_as_the_rule(
    waiting: House, moment: datetime
) -> None:
    found = waiting.query("select message_id, stands, severity, why from marts.to_answer(%s)", moment)

    wanted = {f"archive:{row['id']}": expected(row, moment) for row in asked()}
    assert {message: (stands, severity, why) for message, stands, severity, why in found} == wanted
    assert {"can_be_kept", "backlog"} <= {stands for _, stands, _, _ in found}
    # A minute after midnight nothing has been missed today.
    assert ("missed_today" in {stands for _, stands, _, _ in found}) == (moment.astimezone(PARIS).hour > 1)


def test_what_nobody_took_is_nobodys_and_a_text_alone_is_no_copy(waiting: House) -> None:
    rows = waiting.query("select assignee, copies from marts.to_answer(%s)", MOMENT)

    assert set(rows) == {(None, 1)}


def test_who_waits_are_the_open_waits_and_decisions_count_at_once(waiting: House) -> None:
    open_ones = waiting.value("select count(*) from marts.fct_waits where closed_at is null")
    assert waiting.value("select count(*) from marts.to_answer(%s)", MOMENT) == open_ones == 200
    decide = (
        "insert into decisions.handled (wait_id, message_id, verdict, copy_of, reason, decided_by)"
        " values ('w', %s, %s, %s, 'a test', 'Nora Essai') returning 1"
    )
    take = (
        "insert into decisions.assigned (message_id, assignee, decided_by)"
        " values (%s, %s, 'Nora Essai') returning 1"
    )

    # When somebody takes one, sets one aside, and says of one that it is a copy
    waiting.query(take, "archive:m1", "Nora Essai")
    waiting.query(decide, "archive:m2", "noise", None)
    waiting.query(decide, "archive:m3", "copy", "archive:m4")

    # Then that counts before any refresh
    of = dict(waiting.query("select message_id, assignee from marts.to_answer(%s)", MOMENT))
    assert of["archive:m1"] == "Nora Essai"
    assert not {"archive:m2", "archive:m3"} & of.keys()
    aside = waiting.query("select message_id, verdict, copy_of from marts.set_aside order by 1")
    assert aside == [("archive:m2", "noise", None), ("archive:m3", "copy", "archive:m4")]

    # When it is given back, and undone
    waiting.query(take, "archive:m1", None)
    waiting.query(decide, "archive:m2", "undo", None)

    # Then all is as before
    of = dict(waiting.query("select message_id, assignee from marts.to_answer(%s)", MOMENT))
    assert of["archive:m1"] is None
    assert "archive:m2" in of

    # And a refresh changes nothing of who waits; a copy is in no rate, as noise is not
    before = waiting.query("select * from marts.to_answer(%s) order by 1", MOMENT)
    waiting.refresh(as_of=NOW + timedelta(hours=1))
    assert waiting.query("select * from marts.to_answer(%s) order by 1", MOMENT) == before
    kinds = "select closing_kind, minutes_missing, verdict_missing from marts.fct_waits where closed_at is not null"
    assert waiting.query(kinds) == [("copy", "set aside", "decided")]
    counted = "select kpi, value from marts.kpis('2026-11-01', '2026-11-30', null, %s) where channel is null"
    names = ["waits_opened", "waits_counted", "waits_excluded"]
    assert dict(waiting.query(counted, names)) == {
        "waits_opened": 200, "waits_counted": 199, "waits_excluded": 1,
    }  # fmt: skip
