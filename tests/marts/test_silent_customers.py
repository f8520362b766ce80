"""Who left unhappy and says nothing, and who speaks well of the company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.helpers import rules
from tests.helpers.house import House
from tests.marts.test_customers import write

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def post(name: str, account: str, ago: timedelta, says: str, **values: str) -> dict[str, str]:
    at = (NOW - ago).isoformat()
    return {"id": name, "account": account, "thread": f"t-{account}", "posted_at": at, "body": says} | values


def test_who_left_unhappy_and_who_speaks_well(warehouse: House) -> None:
    # Given a promise of 30 minutes, and customers whose last word is of some age
    hour, day = timedelta(hours=1), timedelta(days=1)
    complaint, angry = "{intent=complaint}{sentiment=neutral}", "{intent=reply}{sentiment=negative}{answerable=no}"
    happy = "{intent=praise}{sentiment=positive}{answerable=no}"
    desk = {"account": "desk", "role": "brand"}
    rows = [
        post("a", "waits", 2 * hour, complaint),
        post("b", "waits-little", hour, complaint),
        post("c", "long-gone", 91 * day, complaint),
        post("d", "answered", 5 * day, complaint),
        post("d2", "answered", 4 * day, "{reply_kind=answer}") | desk,
        post("e", "angry", 4 * day, angry),
        post("f", "just-angry", 10 * hour, angry),
        post("g", "calmed", 6 * day, angry),
        post("g2", "calmed", 5 * day, happy),
        *(post(f"h{n}", "advocate", n * 30 * day, happy) for n in range(1, 4)),
        *(post(f"i{n}", "waiting-fan", n * 30 * day, happy) for n in range(1, 4)),
        post("i", "waiting-fan", hour, complaint),
        *(post(f"j{n}", "private-fan", n * 30 * day, happy, is_public="false") for n in range(1, 4)),
        *(post(f"k{n}", "old-fan", n * 150 * day, happy) for n in range(1, 4)),
    ]
    with rules.installed(warehouse.folder):
        warehouse.reading("rules").load_rows(rows)
        warehouse.refresh(as_of=NOW)

        silent = warehouse.named("select customer_id, why from marts.silent_sufferers")
        assert silent == [("archive:angry", "ended negative"), ("archive:waits", "unanswered")]
        fans = warehouse.named("select customer_id, positive_messages, channels from marts.advocates")
        assert fans == [("archive:advocate", 3, 1)]

        # Who speaks again is silent no more
        warehouse.load_rows([post("a2", "waits", timedelta(minutes=5), happy)])
        warehouse.refresh(as_of=NOW)
        assert warehouse.named("select customer_id from marts.silent_sufferers") == [("archive:angry",)]


def test_contacts_that_the_company_began(warehouse: House) -> None:
    # Given answers, a late answer, the second half of an answer, a word a week after all was said, and surveys
    hour, day = timedelta(hours=1), timedelta(days=1)
    desk = {"account": "desk", "role": "brand"}
    rows = [
        *(post(name, name, 20 * day, "a question") for name in ("ann", "bob", "eve")),
        *(post(f"{name}-answer", name, 20 * day - hour, "an answer") | desk for name in ("ann", "bob")),
        post("ann-2", "ann", 20 * day - 2 * hour, "its second half") | desk,
        post("eve-answer", "eve", 15 * day, "a late answer") | desk,
        post("bob-news", "bob", 5 * day, "do you know our new card?") | desk,
        post("bob-more", "bob", 12 * day, "and have a nice day") | desk,
        post("old", "old", 40 * day, "a question"),
        post("old-answer", "old", 40 * day - hour, "an answer") | desk,
        post("old-news", "old", 31 * day, "news of long ago") | desk,
    ]
    warehouse.load_rows(rows)
    surveys = [
        {"id": f"s{n}", "account": account, "channel": "survey", "kind": "csat", "value": "",
         "asked_at": (NOW - ago).isoformat()}
        for n, (account, ago) in enumerate([("cat", 2 * day), ("cat", 9 * day), ("dan", 33 * day)])
    ]  # fmt: skip
    write(warehouse, surveys, "ratings", "desk")
    warehouse.refresh(as_of=NOW)

    found = warehouse.named(
        "select customer_id, contacts_7_days, contacts_30_days, surveys_30_days"
        " from marts.contact_pressure order by 1"
    )
    assert found == [("archive:bob", 1, 2, 0), ("desk:cat", 1, 2, 2)]
