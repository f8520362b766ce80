"""What a policy forbids is not in the marts; a policy that changes or falls due shows at once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from flows.records import Policy, Tombstone
from flows.sources.mapping import load_mapping
from flows.warehouse.refresh import claims
from tests.helpers.house import NOW, STREAM, House
from tests.marts.test_customers import crm, customers, messages, said, write

SAME = {"verified_email": "a@x.example"}
SECRET = "unspeakable"
BEGIN = datetime.fromisoformat("2026-11-01T10:00:00+00:00")


def policy(**given: Any) -> dict[str, Policy]:
    return {"policy": Policy(**given)}


def read_nothing(house: House, mapping: str, name: str, **options: Any) -> None:
    """A run that finds no row: all that it brings is the source's configuration."""
    path = house.folder / f"{mapping}-nothing.csv"
    path.write_text(",".join(sorted(load_mapping(mapping).columns())) + "\n")
    house.load(path, mapping=mapping, name=name, **options)


def everything_shown(house: House) -> dict[str, str]:
    """All rows of all tables and views of the marts as text, by name."""
    names = house.query("select table_name from information_schema.tables where table_schema = 'marts'")
    return {name: "\n".join(house.rows(f"marts.{name}")) for (name,) in names}


def assert_nowhere_in_marts(house: House, *words: str) -> None:
    shown = everything_shown(house)
    assert len(shown) >= 15
    for word in words:
        assert [name for name, text in shown.items() if word in text] == [], word


def test_sites_that_forbid_it_and_reddit_are_never_joined(warehouse: House) -> None:
    # Given one address on four sites, one of which forbids it; on Reddit the source would allow it
    messages(warehouse, "board", said("ann", **SAME))
    messages(warehouse, "reddit", said("ann", channel="reddit", **SAME), **policy(join=True))
    messages(warehouse, "closed", said("ann", **SAME), **policy(join=False))
    messages(warehouse, "desk", said("ann", **SAME), **policy(join=True))

    assert customers(warehouse) == {
        "board:ann": ("board:ann", "verified_email"),
        "desk:ann": ("board:ann", "verified_email"),
        "reddit:ann": ("reddit:ann", "single"),
        "closed:ann": ("closed:ann", "single"),
    }


@pytest.mark.slow
def test_reddit_is_joined_where_the_company_declares_that_it_may_be(
    warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two accounts, one on Reddit, and a table of site policies as an edited seed would make it
    monkeypatch.setattr(claims, "project_hash", lambda: "the same")
    messages(warehouse, "board", said("ann", **SAME))
    messages(warehouse, "reddit", said("ann", id="r1", channel="reddit", **SAME))
    warehouse.refresh(full=True)
    assert len({customer for customer, _ in customers(warehouse).values()}) == 2
    warehouse.connection.execute("update staging.site_policies set can_join = true, why = 'written permission'")

    # When what was read there is built again, then it is joined
    messages(warehouse, "reddit", said("ann", id="r1", channel="reddit", body="hello again", **SAME))
    assert {customer for customer, _ in customers(warehouse).values()} == {"board:ann"}


@pytest.mark.slow
def test_a_changed_policy_takes_customers_apart_and_puts_them_together(warehouse: House) -> None:
    # Given three accounts of one customer: two wrote, one answered a survey; the CRM names a handle of it
    messages(warehouse, "board", said("ann", **SAME))
    messages(warehouse, "post", said("bob", **SAME))
    survey = {"id": "s1", "account": "v1", "channel": "survey", "kind": "nps", "value": "9",
              "asked_at": "2026-11-03T10:00:00Z", **SAME}  # fmt: skip
    write(warehouse, [survey], "ratings", "nps")
    crm(warehouse, {"customer_number": "CT1", "name": "Ann", "handle:post": "bob"})
    together = {"board:ann", "post:bob", "nps:v1"}
    assert {a for a, (c, _) in customers(warehouse).items() if c == "board:ann"} == together
    numbers = "select customer_id from marts.dim_customers where crm_number = 'CT1'"
    assert warehouse.named(numbers) == [("board:ann",)]

    # When two sources are told to join nobody, without a new record, then their accounts stand alone
    read_nothing(warehouse, "messages", "post", **policy(join=False))
    read_nothing(warehouse, "ratings", "nps", **policy(join=False))
    assert {c for c, _ in customers(warehouse).values()} == {"board:ann", "post:bob", "nps:v1"}
    assert warehouse.named(numbers) == [("crm:crm-file:CT1",)]

    # When they may join again, and the customer file may not, then the accounts are one customer without a number
    read_nothing(warehouse, "messages", "post")
    read_nothing(warehouse, "ratings", "nps", **policy(join=True))
    read_nothing(warehouse, "crm-customers", "crm-file", **policy(join=False))
    assert {c for c, _ in customers(warehouse).values()} == {"board:ann"}
    assert warehouse.named(numbers) == [("crm:crm-file:CT1",)]


@pytest.mark.slow
def test_texts_that_may_not_be_shown_are_nowhere_in_the_marts(warehouse: House) -> None:
    # Given a message, a review and a survey, with texts
    survey = {"id": "s1", "account": "v1", "channel": "survey", "kind": "nps", "value": "9",
              "asked_at": "2026-11-03T10:00:00Z", "verbatim": f"{SECRET} three"}  # fmt: skip
    row = said("ann", id="m1", title=f"{SECRET} zero", body=f"{SECRET} one")
    messages(warehouse, "board", row, said("bob", id="m2", rating="2", body=f"{SECRET} two"))
    write(warehouse, [survey], "ratings", "nps")
    warehouse.refresh()
    assert sum(SECRET in text for text in everything_shown(warehouse).values()) == 3

    # When their sources may not show them any more
    for name, mapping in (("board", "messages"), ("nps", "ratings")):
        read_nothing(warehouse, mapping, name, **policy(show_text=False))
    warehouse.refresh()

    # Then the messages, times and figures are there, the texts are not, and it says so
    assert_nowhere_in_marts(warehouse, SECRET)
    assert warehouse.query("select message_id, title, body, text_withheld from marts.fct_messages order by 1") == [
        ("board:m1", None, None, True), ("board:m2", None, None, True),
    ]  # fmt: skip
    assert warehouse.query("select distinct text_withheld from marts.customer_timeline") == [(True,)]
    figures = "select value::int, verbatim, text_withheld from marts.fct_ratings order by 1"
    assert warehouse.query(figures) == [(2, None, True), (9, None, True)]

    # And when another source that may show them reads one anew, the tighter one still counts
    write(warehouse, [row | {"body": f"{SECRET} four"}], "messages", "other", site="board")
    warehouse.refresh()
    assert_nowhere_in_marts(warehouse, SECRET)

    # And when they may be shown again, they are
    for name, mapping in (("board", "messages"), ("nps", "ratings")):
        read_nothing(warehouse, mapping, name)
    warehouse.refresh()
    assert warehouse.query("select body from marts.fct_messages order by 1") == [
        (f"{SECRET} four",),
        (f"{SECRET} two",),
    ]


@pytest.mark.slow
def test_messages_and_surveys_leave_when_their_days_are_over(warehouse: House) -> None:
    # Given messages of three days, to be kept for ten, one of them a question that was answered, and a survey
    days = [BEGIN + timedelta(days=n) for n in range(3)]
    rows = [
        said("ann", id=f"m{n}", thread="t", posted_at=d.isoformat(), body=f"{SECRET} {n}")
        for n, d in enumerate(days)
    ]
    rows.append(
        said("desk", id="r", thread="t", role="brand", posted_at=(days[0] + timedelta(hours=1)).isoformat())
    )
    messages(warehouse, "board", *rows, **policy(keep_days=10))
    survey = {"id": "s1", "account": "v1", "channel": "survey", "kind": "nps", "value": "9",
              "asked_at": BEGIN.isoformat(), "rated_at": days[1].isoformat()}  # fmt: skip
    write(warehouse, [survey], "ratings", "nps", **policy(keep_days=10))
    there = "select (select count(*) from marts.fct_messages), (select count(*) from marts.fct_waits)," \
        " (select count(*) from marts.fct_ratings), (select count(*) from marts.dim_accounts)"  # fmt: skip
    warehouse.refresh(as_of=BEGIN + timedelta(days=3))
    assert warehouse.query(there) == [(4, 2, 1, 3)]

    # When time passes, then each goes when it is due, not before, by itself, and nothing is due twice
    ends = [(days[0] + timedelta(days=10, hours=1), (2, 1, 1, 2)), (days[1] + timedelta(days=10), (1, 1, 0, 1)),
            (days[2] + timedelta(days=10), (0, 0, 0, 0))]  # fmt: skip
    warehouse.refresh(as_of=ends[0][0] - timedelta(seconds=1))
    assert warehouse.query(there) == [(3, 1, 1, 3)]
    for end, left in ends:
        assert warehouse.refresh(as_of=end)
        assert warehouse.query(there) == [left], end
        assert warehouse.refresh(as_of=end + timedelta(seconds=1)) == []
        warehouse.as_of = end + timedelta(seconds=1)
    assert_nowhere_in_marts(warehouse, SECRET, "ann")

    # And when they may be kept longer they are back, surveys too
    messages(warehouse, "board", *rows)
    write(warehouse, [survey], "ratings", "nps", **policy(keep_days=400))
    warehouse.refresh()
    assert warehouse.query(there) == [(4, 2, 1, 3)]
    warehouse.assert_equals_rebuild("back")


def test_what_was_deleted_upstream_is_nowhere_in_the_marts(warehouse: House) -> None:
    # Given someone whose two messages, name and address are shown, beside someone else in the thread
    first = said("vanisher", id="m1", thread="t", body=f"{SECRET} one", display_name="Vera Vanish",
                 verified_email="zorro@vanish.example", rating="1")  # fmt: skip
    second = said("vanisher", id="m2", thread="t", body=f"{SECRET} two", display_name="Vera V.")
    other = said("ann", id="m3", thread="t", body="hello")
    messages(warehouse, "board", first, second, other)
    warehouse.refresh()
    shown = everything_shown(warehouse)
    for word in (SECRET, "Vera V", "z…@v….example", "vanisher"):
        assert any(word in text for text in shown.values()), word

    # When one is deleted, its text, the name it showed and the address it gave are gone
    warehouse.write(tombstones=[Tombstone(STREAM, "board", "m1", "deleted by its author")], source="board")
    warehouse.refresh()
    assert_nowhere_in_marts(warehouse, f"{SECRET} one", "Vera Vanish", "z…@v….example", "board:m1")
    assert f"{SECRET} two" in everything_shown(warehouse)["fct_messages"]

    # When the other is too, nothing of the account is left
    warehouse.write(tombstones=[Tombstone(STREAM, "board", "m2", "account deleted")], source="board")
    warehouse.refresh()
    assert_nowhere_in_marts(warehouse, SECRET, "Vera", "vanisher")
    assert warehouse.query("select account_id from marts.dim_accounts") == [("board:ann",)]
    warehouse.assert_equals_rebuild("all deleted")


def test_texts_that_may_not_be_stored_reach_no_table(warehouse: House) -> None:
    # Given a file with texts, and a line that is none
    path = warehouse.folder / "texts.csv"
    path.write_text(
        "id,account,channel,posted_at,title,body,rating\n"
        f"m1,ann,forum,2026-11-01T10:00:00Z,{SECRET} zero,{SECRET} one,4\n"
        f"m2,ann,forum,{SECRET},,{SECRET} two,4\n"
    )
    counts = warehouse.load(path, name="mute", **policy(store_text=False))
    assert (counts.new, counts.rejected) == (1, 1)
    warehouse.refresh()

    # Then no table of the warehouse holds a word of them, and all else is there
    for table in warehouse.tables("raw", "ops", "staging", "intermediate", "marts"):
        assert not any(SECRET in text for text in warehouse.rows(table)), table
    assert not any(SECRET.encode() in content for (content,) in warehouse.query("select content from raw.rejects"))
    assert warehouse.query("select reason, locator from marts.source_rejects") == [("bad posted_at", "texts.csv:3")]
    found = "select account_id, posted_at, rating::int, body, text_withheld from marts.fct_messages"
    assert warehouse.query(found) == [("mute:ann", BEGIN, 4, None, True)]

    # And reading it again, edited, is no new version
    path.write_text(path.read_text().replace(f"{SECRET} one", "other words"))
    assert warehouse.load(path, name="mute", **policy(store_text=False)).unchanged == 1


POLICIES: list[dict[str, Any]] = [
    {}, {}, {"join": False}, {"join": True}, {"show_text": False}, {"keep_days": 5}, {"keep_days": 400},
    {"store_text": False, "keep_days": 20},
]  # fmt: skip


def random_round(random_: random.Random, house: House, round_: int) -> None:
    """Sources whose policies change, that share a site or not, read messages, surveys and a customer file."""
    for source in ("one", "two", "three"):
        given = policy(**random_.choice(POLICIES))
        site = random_.choice(["board", "board", source])
        rows = [
            said(f"u{random_.randrange(4)}", id=f"m{n}", thread=random_.choice(["", "t"]), body=f"text {round_}",
                 posted_at=(BEGIN + timedelta(days=n)).isoformat(), channel=random_.choice(["forum", "reddit"]),
                 rating=random_.choice(["", "4"]), verified_email=f"p{random_.randrange(3)}@x.example")
            for n in random_.sample(range(9), random_.choice([0, 2, 4]))
        ]  # fmt: skip
        survey = {"id": f"s{random_.randrange(4)}", "account": f"u{random_.randrange(4)}", "channel": "forum",
                  "kind": "nps", "value": "9", "verbatim": "text", "asked_at": BEGIN.isoformat()}  # fmt: skip
        customer = {"customer_number": f"CT{random_.randrange(2)}", "handle:board": f"u{random_.randrange(4)}"}
        for mapping, name, found in (
            ("messages", source, rows),
            ("ratings", f"{source}.nps", random_.choice([[survey], []])),
            ("crm-customers", "crm-file", random_.choice([[customer], [], []])),
        ):
            place = {"site": "board" if mapping == "ratings" else site} if mapping != "crm-customers" else {}
            if found:
                write(house, found, mapping, name, **place, **given)
            else:
                read_nothing(house, mapping, name, **place, **given)
    house.remove(*(f"m{n}" for n in random_.sample(range(9), 2)), site="board")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 8))
def test_policies_that_change_as_time_passes_equal_a_rebuild(warehouse: House, seed: int) -> None:
    random_ = random.Random(seed)
    for round_ in range(5):
        random_round(random_, warehouse, round_)
        warehouse.as_of = NOW + timedelta(days=2 * round_ - 15)
        warehouse.refresh()
    warehouse.assert_equals_rebuild(f"seed {seed}")
