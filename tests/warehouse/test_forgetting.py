"""Who asks to be forgotten is: nothing names them any more, nothing comes back, and nobody else changes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from flows.errors import VigieError
from flows.warehouse.forgetting.erasing import finish, foresee, forget
from tests.helpers.house import House

TEXT = "My annual travel pass was never delivered"
FORUM = [
    {"id": "p1", "account": "annlee77", "display_name": "Ann Marvel Lee", "body": TEXT},
    {"id": "p2", "account": "shop", "role": "brand", "parent": "p1",
     "body": "@annlee77 Dear Ann Marvel Lee, we wrote to ann.lee@example.net and called +33 6 12 34 56 78."},
    {"id": "p3", "account": "bob", "parent": "p1", "body": "Like annlee77 I wait. @annlee77 did you get it?"},
    {"id": "p4", "account": "shop", "role": "brand", "parent": "p3", "body": "Bob, yours left today."},
    {"id": "p5", "account": "annlee77", "body": "And still nothing, call 06 12 34 56 78"},
    {"id": "q1", "account": "ann2", "display_name": "Ann Marvel Lee", "body": "Where is my card?"},
]  # fmt: skip
CRM = [
    {"customer_number": "N-100177", "name": "Ann Marvel Lee", "verified_email": "ann.lee@example.net",
     "phone": "+33 6 12 34 56 78", "forum": "annlee77"},
    {"customer_number": "N-200188", "name": "Tom Lee", "verified_email": "tom.lee@example.net",
     "phone": "+33 6 12 34 56 78"},
]  # fmt: skip
RATINGS = [
    {"id": "r1", "channel": "survey", "kind": "nps", "value": "2", "rated_at": "2026-11-03T10:00:00Z",
     "verified_email": "ann.lee@example.net", "verbatim": "never again says annlee"},
    {"id": "r2", "channel": "survey", "kind": "nps", "value": "9", "rated_at": "2026-11-03T11:00:00Z",
     "verified_email": "tom.lee@example.net", "verbatim": "fine"},
]  # fmt: skip
NAMED = ("annlee", "ann.lee@example.net", "travel pass", "n-100177", "never again")


def table(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def collect(house: House) -> None:
    """All that the sources have, also again."""
    rows = [{**row, "channel": "forum", "posted_at": f"2026-11-02T10:0{n}:00Z"} for n, row in enumerate(FORUM)]
    house.load(table(house.folder, "board", rows), name="board", site="forum")
    house.load(table(house.folder, "crm", CRM), mapping="crm-customers", name="crm")
    house.load(table(house.folder, "survey", RATINGS), mapping="ratings", name="survey")


def holding(house: House) -> dict[str, Any]:
    """Columns of any table or view in which something still names Ann."""
    columns = house.query(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema in ('raw', 'ops', 'identity', 'understanding', 'decisions', 'intermediate', 'marts')"
        " and data_type in ('text', 'jsonb', 'ARRAY', 'bytea')"
    )
    found = {}
    for schema, name, column in columns:
        for word in NAMED:
            text = f"coalesce({column}::text, '') || case when pg_typeof({column}) = 'bytea'::regtype"
            text += f" then encode({column}::text::bytea, 'escape') else '' end"
            for (value,) in house.query(
                f"select {column}::text from {schema}.{name} where strpos(lower({text}), %s) > 0 limit 1", word
            ):
                found[f"{schema}.{name}.{column}"] = value
    return found


@pytest.fixture
def house(warehouse: House) -> House:
    """Ann with a forum account, a row of the CRM and a survey; Tom of her telephone; Bob; somebody of her name."""
    collect(warehouse)
    # One line that could not be read, and holds her name
    warehouse.load(
        table(warehouse.folder, "bad", [{"id": "x1", "account": "annlee77", "posted_at": "soon"}]), name="bad"
    )
    warehouse.refresh()
    message = warehouse.value("select message_id from marts.fct_messages where body = %s", TEXT)
    warehouse.correct(message, "intent", "complaint")
    warehouse.connection.execute(
        "insert into decisions.assigned (message_id, assignee, decided_by) values (%s, 'Lou', 'Nora')", (message,)
    )
    warehouse.refresh()
    return warehouse


def others(house: House) -> list[tuple[Any, ...]]:
    """The waits, ratings and customers of everybody else."""
    return [
        *house.query(
            "select m.body, w.closing_kind, w.response_minutes::float from marts.fct_waits as w"
            " inner join marts.fct_messages as m on w.opening_message_id = m.message_id"
            " where m.body not like '%%pass%%' and m.body not like '%%still nothing%%' order by 1"
        ),
        *house.query("select verbatim, value::float from marts.fct_ratings where value > 5"),
        *house.query("select name, crm_number from marts.dim_customers where crm_number = 'N-200188'"),
    ]


def test_a_dry_run_says_what_would_go_and_changes_nothing(house: House) -> None:
    before = house.built()

    seen = foresee(house.connection, "ann.lee@example.net")

    assert dict(seen.rows)["raw.files__messages"] == 2
    assert (dict(seen.rows)["raw.files__customers"], dict(seen.rows)["raw.files__ratings"]) == (1, 1)
    assert house.built() == before
    assert house.query("select * from ops.erasures") == []


@pytest.mark.timeout(600)
def test_nothing_names_who_was_forgotten_and_nobody_else_changes(house: House) -> None:
    # Given that she is one customer with her account, her row of the CRM and her survey
    assert len(holding(house)) > 10
    before = others(house)

    # When she is forgotten, by the address that somebody typed
    erasure = forget("Ann.Lee@example.net", by="Nora", reason="art. 17", config=house.settings, as_of=house.as_of)

    # Then nothing names her, in no table, ...
    assert (erasure.left, holding(house)) == ({}, {})
    assert others(house)[1:] == before[1:]
    assert house.value("select name from marts.dim_customers where crm_number = 'N-200188'") == "Tom Lee"
    # ... what others wrote stands, without her name, also her namesake's own, ...
    assert house.query("select body from marts.fct_messages order by posted_at") == [
        ("[erased] Dear [erased], we wrote to [erased] and called +33 6 12 34 56 78.",),
        ("Like [erased] I wait. [erased] did you get it?",),
        ("Bob, yours left today.",),
        ("Where is my card?",),
    ]
    # ... it is written down that it was done, and for whom nobody can tell.
    assert house.query("select erased_by, reason, accounts, is_finished from ops.erasures") == [
        ("Nora", "art. 17", 3, True)
    ]

    # And what sources still have of her is not stored again
    collect(house)
    house.refresh()
    assert holding(house) == {}
    assert house.value("select count(*) from marts.fct_messages") == 4
    house.assert_equals_rebuild()


def test_an_erasure_that_was_cut_off_is_finished_by_the_next_refresh(house: House, monkeypatch: Any) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.warehouse.forgetting.erasing.finish", killed)
    with pytest.raises(KeyboardInterrupt):
        forget("ann.lee@example.net", by="Nora", config=house.settings, as_of=house.as_of)
    assert "marts.fct_messages.body" in holding(house)

    monkeypatch.undo()
    assert house.refresh()[0].is_full
    assert holding(house) == {}
    assert house.value("select is_finished from ops.erasures") is False
    finish(house.connection, house.settings, house.as_of)
    assert house.value("select is_finished from ops.erasures") is True


def test_nobody_is_erased_by_a_name_that_is_nobody_s_or_several_people_s(house: House) -> None:
    with pytest.raises(VigieError, match="no account"):
        foresee(house.connection, "nobody@example.net")
    with pytest.raises(VigieError, match="belongs to 2 customers"):
        foresee(house.connection, "+33 6 12 34 56 78")
