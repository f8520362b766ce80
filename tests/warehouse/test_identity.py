"""Customers are made out in one transaction: what fails midway leaves nothing, and what was touched is kept."""

from __future__ import annotations

from typing import Any, NoReturn

import psycopg
import pytest

from flows.warehouse.identity import writing
from flows.warehouse.refresh import stages
from flows.warehouse.roles import APP, grant
from tests.helpers.databases import Server
from tests.helpers.house import House
from tests.marts.test_customers import messages, said

SAME = {"verified_email": "ann@home.example"}
IDENTITY = ("customers", "memberships", "edges", "account_values", "runs", "customer_events")


def fail(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("the machine went away")


def state(house: House) -> dict[str, Any]:
    return {table: house.rows(f"identity.{table}") for table in IDENTITY}


@pytest.mark.parametrize(("module", "name"), [(writing, "_tell"), (stages, "touch_sent_on")])
def test_a_refresh_that_fails_is_taken_up_whole_by_the_next(
    warehouse: House, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    # Given two customers, and news that they are one
    messages(warehouse, "board", said("ann", id="m1", **SAME))
    messages(warehouse, "post", said("bob", id="m2"))
    warehouse.refresh()
    before = state(warehouse)
    messages(warehouse, "post", said("bob", id="m3", **SAME))

    # When the refresh fails while customers are written, or after it
    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(RuntimeError):
            warehouse.refresh()

    # Then all of it was written or nothing, readers see what they saw, and the next refresh shows all of it
    assert (state(warehouse) == before) == (module is writing)
    assert warehouse.value("select count(distinct customer_id) from marts.fct_messages") == 2
    warehouse.refresh()
    assert warehouse.value("select count(distinct customer_id) from marts.fct_messages") == 1
    assert warehouse.value("select count(*) from marts.dim_customers") == 1
    warehouse.assert_equals_rebuild()


def test_what_nothing_touched_is_not_made_out_again(warehouse: House) -> None:
    messages(warehouse, "board", *(said(f"u{n}", id=f"m{n}") for n in range(40)))
    messages(warehouse, "post", said("bob", id="b1", **SAME), said("ann", id="b2"))
    warehouse.refresh()
    edges = warehouse.query("select one, other, run_id from identity.edges")

    messages(warehouse, "desk", said("zoe", id="d1", **SAME))
    warehouse.refresh()

    looked_at = "select nodes, is_full from identity.runs order by run_id desc limit 1"
    assert warehouse.query(looked_at) == [(2, False)]  # the new one, and who has its address
    assert set(edges) <= set(warehouse.query("select one, other, run_id from identity.edges"))


def test_ids_stay_when_everything_is_built_again_and_when_people_come_back(warehouse: House) -> None:
    messages(warehouse, "board", said("ann", id="m1", **SAME))
    messages(warehouse, "post", said("bob", id="m2", **SAME))
    warehouse.refresh()
    first = warehouse.query("select node_id, customer_id from identity.memberships order by 1")

    warehouse.refresh(full=True)
    assert warehouse.query("select node_id, customer_id from identity.memberships order by 1") == first
    assert warehouse.value("select count(*) from identity.customers") == 1

    # When all that they wrote is gone, they are, and their id leads nowhere else
    warehouse.remove("m1", site="board")
    warehouse.remove("m2", site="post")
    warehouse.refresh()
    assert warehouse.value("select count(*) from marts.dim_customers") == 0
    assert warehouse.query("select status from marts.customer_redirects") == [("gone",)]

    # And when they are back they are who they were
    messages(warehouse, "board", said("ann", id="m1", body="again", **SAME))
    warehouse.refresh()
    assert warehouse.query("select node_id, customer_id from identity.memberships") == first[:1]
    assert warehouse.query("select kind from marts.customer_events order by event_id") == [
        ("created",),
        ("gone",),
        ("revived",),
    ]


def test_the_app_reads_what_was_made_out_and_adds_decisions_and_no_more(warehouse: House, server: Server) -> None:
    messages(warehouse, "board", said("ann"), said("bob"))
    warehouse.refresh()
    grant(warehouse.connection)
    read = [
        "customer_accounts_now", "customer_redirects", "customer_events", "customer_history", "identity_links",
        "identity_review", "identity_quality", "identity_nodes", "identity_decisions", "customer_service",
        "customer_accounts_at(now())",
    ]  # fmt: skip
    decide = (
        "insert into decisions.identity (verdict, one, other, reason, decided_by)"
        " values ('same', 'board:ann', 'board:bob', 'they said so', 'Nora Essai')"
    )
    forbidden = [
        "select * from identity.memberships", "select * from identity.account_values",
        "update decisions.identity set reason = 'changed'", "delete from decisions.identity",
        "delete from decisions.unsure_pairs",
        "insert into identity.suppressions values ('x', 1, 'account')",
    ]  # fmt: skip

    with server.connect_as(APP) as app:
        for relation in read:
            app.execute(f"select * from marts.{relation}".encode())
        app.execute(decide.encode())
        app.execute(
            b"insert into decisions.unsure_pairs (one, other, decided_by) values ('board:ann', 'board:bob', 'x')"
        )
        app.commit()
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement.encode())
            app.rollback()

    assert warehouse.value("select count(*) from marts.customer_accounts_now where is_pending") == 1
