"""A full refresh takes the place of the old whole or not at all; others keep their rights and what they built."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from flows.errors import ForeignError, RefreshError
from flows.sources.examples import DEMO
from flows.warehouse.database import Connection
from flows.warehouse.refresh import swapping
from flows.warehouse.refresh.run import refresh
from flows.warehouse.roles import ANALYST, APP, grant
from tests.helpers.databases import Server
from tests.helpers.house import House

SCHEMAS = "select nspname from pg_namespace where nspname ~ '^(staging|intermediate|marts)' order by 1"
OURS = [("intermediate",), ("marts",), ("staging",)]
RIGHTS = """
    select n.nspname, c.relname, a.grantee::regrole::text, a.privilege_type
    from pg_namespace as n inner join pg_class as c on n.oid = c.relnamespace and c.relkind in ('r', 'v')
    cross join aclexplode(c.relacl) as a
    where n.nspname in ('staging', 'intermediate', 'marts')
    union all
    select n.nspname, null, a.grantee::regrole::text, a.privilege_type
    from pg_namespace as n cross join aclexplode(n.nspacl) as a
    where n.nspname in ('staging', 'intermediate', 'marts')
    union all
    select n.nspname, d.defaclobjtype::text, a.grantee::regrole::text, a.privilege_type
    from pg_default_acl as d inner join pg_namespace as n on d.defaclnamespace = n.oid
    cross join aclexplode(d.defaclacl) as a
    where n.nspname in ('staging', 'intermediate', 'marts')
    order by 1, 2, 3, 4
"""


@pytest.fixture
def house(warehouse: House) -> House:
    grant(warehouse.connection)  # a database made from a template has none of its template's own grants
    warehouse.load(DEMO, name="tilleul")
    warehouse.refresh()
    return warehouse


@pytest.fixture
def analyst(house: House, server: Server) -> Iterator[Connection]:
    with server.connect_as(ANALYST) as connection:
        connection.execute("create schema ann")
        yield connection


@pytest.mark.timeout(900)
def test_what_others_built_on_the_marts_and_may_do_with_them_outlives_a_rebuild(
    house: House, analyst: Connection
) -> None:
    # Given an analyst's view, with a view on it, and a table of it stored; rights beside ours; a report that reads
    analyst.execute("create view ann.open with (security_barrier) as select * from marts.open_waits")
    analyst.execute('create view ann."on top" as select count(*) as n from ann.open')
    analyst.execute("create materialized view ann.stored as select count(*) from marts.fct_waits")
    house.connection.execute("create table marts.mine as select 1 as one")
    house.connection.execute(f"grant create on schema marts to {APP}".encode())
    house.connection.execute(f"grant update on marts.fct_waits to {APP}".encode())
    house.connection.execute(
        f"alter default privileges in schema staging grant insert on tables to {ANALYST} with grant option".encode()
    )
    house.connection.execute(
        f"grant insert on all tables in schema staging to {ANALYST} with grant option".encode()
    )
    rights = house.query(RIGHTS)
    before = house.built()
    assert before["marts.mine"]
    waits = analyst.execute('select n from ann."on top"').fetchone()
    assert waits
    with psycopg.connect(house.connection.info.dsn, password=house.connection.info.password) as reader:
        reader.execute("select count(*) from marts.fct_messages")

        # When everything is built again
        (report,) = house.refresh(full=True)

        # Then nobody waited for the report, which goes on; rights and figures are as they were
        reader.execute("select count(*) from marts.fct_messages")
    assert house.built() == before
    assert house.query(RIGHTS) == rights

    # And the views read what is new by now; what cannot follow still stands, and is told
    assert report.left_behind == ["materialized view ann.stored"]
    house.load_rows([{"id": "a", "account": "new", "posted_at": "2026-11-20T10:00:00+00:00", "body": "@tilleul"}])
    (report,) = house.refresh()
    assert report.left_behind == ["materialized view ann.stored"]
    assert analyst.execute('select n - %s from ann."on top"', waits).fetchone() == (1,)
    assert analyst.execute("select count(*) from ann.stored").fetchone() == (1,)
    kept = analyst.execute("select reloptions from pg_class where oid = 'ann.open'::regclass").fetchone()
    assert kept == (["security_barrier=true"],)

    # And the old goes as soon as nobody needs it
    assert len(house.query(SCHEMAS)) == 6
    analyst.execute("drop materialized view ann.stored")
    assert house.refresh() == []
    assert house.query(SCHEMAS) == OURS


@pytest.mark.timeout(900)
def test_a_full_refresh_that_ends_before_its_swap_has_changed_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a refresh that is cut off when all is built and half of it renamed
    place = "select 'marts.fct_waits'::regclass::oid, 'marts.open_waits'::regclass::oid"
    before = house.query(place)
    rename = swapping.swap

    def cut_off(connection: Connection, refresh_id: int) -> None:
        rename(connection, refresh_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(swapping, "swap", cut_off)
        with pytest.raises(KeyboardInterrupt):
            house.refresh(full=True)

    # Then readers have what they had
    assert house.query(place) == before
    assert house.value(f"select count(*) from marts{swapping.NEXT}.fct_waits") == house.value(
        "select count(*) from marts.fct_waits"
    )

    # And the next refresh begins anew, and leaves nothing of it
    (report,) = house.refresh()
    assert report.is_full
    assert house.query(place) != before
    assert house.query(SCHEMAS) == OURS


@pytest.mark.timeout(900)
def test_a_page_that_arrives_while_everything_is_built_anew_is_built_after_it(house: House) -> None:
    # Given a full refresh, a page that commits meanwhile, and a schema that dbt made in an older version
    house.connection.execute("create schema intermediate__next")
    house.connection.execute("create table intermediate__next.int_waits_left_over ()")
    with pytest.raises(ForeignError, match="intermediate__next"):
        house.refresh(full=True)
    house.connection.execute("drop table intermediate__next.int_waits_left_over")
    house.connection.execute("create table intermediate__next.int_messages_latest ()")

    def page(node: str, *_: object) -> None:
        if node == "fct_waits" and not arrived:
            arrived.append(house.load_rows([{"id": "late", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}]))

    arrived: list[object] = []
    reports = refresh(house.settings, as_of=house.as_of, full=True, on_node=page)

    # Then it is built by a pass of its own, and neither leaves a schema that the next full one would stumble over
    assert [report.is_full for report in reports] == [True, False]
    assert house.value("select count(*) from marts.fct_messages where message_id = 'archive:late'") == 1
    assert house.query(SCHEMAS) == OURS
    assert [report.is_full for report in house.refresh(full=True)] == [True]
    assert house.query(SCHEMAS) == OURS


def test_schemas_that_another_role_owns_are_told_before_anything_is_built(house: House, server: Server) -> None:
    # An analyst's schema the pipeline may move, where it inherits that role's rights.
    house.connection.execute(f"grant create on database {house.connection.info.dbname} to {APP}".encode())
    with server.connect_as(APP) as other:
        other.execute("create schema theirs")
        house.connection.execute("alter schema marts rename to ours")
        other.execute("alter schema theirs rename to marts")

    with pytest.raises(RefreshError, match=f"schema marts belongs to {APP}"):
        swapping.prepare(house.connection)
