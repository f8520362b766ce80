"""What others keep in the marts' schemas, or hang on them: moved, told, or refused by name; never lost unasked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from pydantic import SecretStr

from flows.doctor import Finding, examine
from flows.errors import RefreshError
from flows.warehouse.database import Connection
from flows.warehouse.refresh import others, swapping
from flows.warehouse.relations import recorded
from flows.warehouse.roles import ANALYST, APP, grant
from flows.warehouse.server import credentials
from tests.helpers.databases import Server
from tests.helpers.house import House

THEIRS = """
    create table marts.mine (id serial, part int) partition by list (part);
    create table marts.mine_1 partition of marts.mine for values in (1);
    create view marts.seen as select * from marts.mine;
    create materialized view marts.kept as select 1 as one;
    create sequence marts.numbers;
    create function marts.twice(n int) returns int language sql return 2 * n;
    create procedure marts.work(n int) language sql begin atomic select n; end;
    create aggregate marts.total (int) (sfunc = int4pl, stype = int);
"""
STANDING = """
    select nspname, type || ' ' || identity from pg_namespace as n
    inner join pg_depend as d on d.refclassid = 'pg_namespace'::regclass and n.oid = d.refobjid and d.deptype = 'n'
    cross join pg_identify_object(d.classid, d.objid, 0)
    where identity ~ '(mine|seen|kept|numbers|twice|work|total)' order by 1, 2
"""


@pytest.fixture
def house(warehouse: House) -> House:
    grant(warehouse.connection)  # a database made from a template has none of its template's own grants
    return warehouse


def rebuild(house: House, number: int = 99) -> None:
    """Swap in marts in which every model is gone."""
    swapping.prepare(house.connection)
    with house.connection.transaction():
        swapping.swap(house.connection, number)


def checked(house: House, name: str, role: str = APP) -> Finding:
    """What the doctor finds where the app signs in as a role."""
    app_url = SecretStr(f"postgresql://{role}@/{house.connection.info.dbname}")
    config = house.settings.model_copy(update={"app_database_url": app_url})
    return next(finding for finding in examine(config) if finding.name == name)


@contextmanager
def as_analyst(house: House, server: Server) -> Iterator[Connection]:
    passwords = credentials(server.home)
    if not passwords:
        pytest.skip("VIGIE_DATABASE_URL names a server whose roles' passwords are not ours to know")
    place = house.connection.info
    with psycopg.connect(
        host=place.host, port=place.port, dbname=place.dbname, user=ANALYST, password=passwords[ANALYST],
        autocommit=True,
    ) as connection:  # fmt: skip
        yield connection


def test_others_things_of_every_movable_kind_stay_where_they_are(house: House) -> None:
    house.connection.execute(THEIRS)
    before = house.query(STANDING)
    assert len(before) == 9

    rebuild(house)

    assert house.query(STANDING) == before
    house.connection.execute("insert into marts.mine (part) select marts.twice(1) - 1; call marts.work(1)")
    assert swapping.clean(house.connection) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("create type marts.mood as enum ('good')", "type marts.mood cannot be moved"),
        ("create domain marts.mail as text", "type marts.mail cannot be moved"),
        ("create type marts.pair as (a int)", "type marts.pair cannot be moved"),
        ("create type marts.span as range (subtype = int)", "type marts.* cannot be moved"),
        ("create collation marts.plain (locale = 'C')", "collation marts.plain cannot be moved"),
        (
            "create function marts.kpis(int) returns int language sql return 1",
            r"function marts.kpis\(integer\) has the name of another thing",
        ),
    ],
)
def test_what_cannot_be_moved_is_refused_by_name_before_anything_is_built(
    house: House, made: str, said: str
) -> None:
    assert checked(house, "rebuild").is_well
    house.connection.execute(made.encode())

    with pytest.raises(RefreshError, match=said):
        swapping.prepare(house.connection)

    found = checked(house, "rebuild")
    assert not found.is_well
    assert "marts." in found.seen


@pytest.mark.parametrize(
    "made", ["table marts.mine (id int)", "function marts.mine() returns int language sql return 1"]
)
def test_what_only_its_owner_can_move_is_told_by_refresh_and_doctor(
    house: House, server: Server, made: str
) -> None:
    house.connection.execute(f"grant create on schema marts to {ANALYST}".encode())
    with as_analyst(house, server) as analyst:
        analyst.execute(f"create {made}".encode())

    with pytest.raises(RefreshError, match=rf"marts\.mine.* belongs to {ANALYST}"):
        swapping.prepare(house.connection)
    assert f"belongs to {ANALYST}" in checked(house, "rebuild").seen


def test_models_that_left_the_project_go_with_the_old_marts_and_free_their_names(house: House) -> None:
    house.connection.execute(
        "create table marts.kpi_gone (id int); create view marts.gone as select * from marts.kpi_gone;"
        "create function marts.gone_kpis() returns int language sql return 1;"
        "insert into ops.relations (schema_name, relation_name)"
        " values ('marts', 'kpi_gone'), ('marts', 'gone'), ('marts', 'gone_kpis')"
    )

    rebuild(house)

    assert house.query("select relname from pg_class where relnamespace = 'marts'::regnamespace") == []
    assert house.query("select proname from pg_proc where pronamespace = 'marts'::regnamespace") == []
    assert not [name for _, name in recorded(house.connection) if "gone" in name]
    assert swapping.clean(house.connection) == []
    assert house.value("select count(*) from pg_namespace where nspname like '%%\\_\\_old\\_%%'") == 0


def test_a_reader_of_others_things_that_never_ends_is_named_and_holds_up_nothing_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(others, "PATIENCE", "set local lock_timeout = '200ms'")
    house.connection.execute("create table marts.mine as select 1 as one")
    swapping.prepare(house.connection)
    with psycopg.connect(house.connection.info.dsn, password=house.connection.info.password) as dashboard:
        dashboard.execute("select * from marts.mine")  # and then it idles in its transaction

        with pytest.raises(RefreshError, match=r"^table marts\.mine is being read"), house.connection.transaction():
            swapping.swap(house.connection, 99)

    assert house.value("select one from marts.mine") == 1
    assert house.value("select to_regclass('marts.fct_waits')") is not None
    rebuild(house)
    assert house.value("select one from marts.mine") == 1


def test_a_reader_who_holds_up_the_swap_is_told_before_anything_is_built(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(others, "PATIENCE", "set local lock_timeout = '200ms'")
    house.connection.execute("create table marts.mine as select 1 as one")
    with psycopg.connect(house.connection.info.dsn, password=house.connection.info.password) as dashboard:
        dashboard.execute("select * from marts.mine")  # and then it idles in its transaction

        with pytest.raises(RefreshError, match=r"^table marts\.mine is being read"):
            house.refresh(full=True)

        assert house.value("select count(*) from pg_class where relnamespace = 'marts__next'::regnamespace") == 0
    house.refresh()
    assert house.value("select one from marts.mine") == 1


def test_dependents_without_a_schema_are_told_and_not_dropped(house: House) -> None:
    house.connection.execute(
        "create schema sales; create table sales.orders (id int, n int);"
        "alter table sales.orders enable row level security;"
        "create policy seen on sales.orders using (exists (select from marts.fct_waits where wait_id = id::text));"
        "create publication waits for table marts.fct_waits"
    )
    told = ["policy seen on sales.orders", "publication relation marts__old_99.fct_waits in publication waits"]

    rebuild(house)

    assert swapping.clean(house.connection) == told
    assert house.query("select polname from pg_policy") == [("seen",)]
    found = checked(house, "left behind")
    assert (found.is_well, found.seen) == (False, ", ".join(told))


def test_who_is_left_behind_reads_the_old_marts_for_a_week_and_is_never_dropped(house: House) -> None:
    house.load_rows([{"id": "1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    house.refresh()
    house.connection.execute(
        "create schema ann; create materialized view ann.stored as select * from marts.fct_messages"
    )
    number = house.value("select max(refresh_id) from ops.refreshes")
    rebuild(house, number)
    old = f"marts__old_{number}.fct_messages"
    told = ["materialized view ann.stored"]
    assert swapping.clean(house.connection) == told

    for days, rows, is_open in ((6, 1, True), (2, 0, False)):
        house.connection.execute(
            "update ops.refreshes set finished_at = coalesce(finished_at, now()) - make_interval(days => %s)",
            (days,),
        )
        assert swapping.clean(house.connection) == told
        assert house.value(f"select count(*) from {old}") == rows
        assert house.value(f"select has_table_privilege('{APP}', '{old}', 'select')") is is_open

    house.connection.execute("drop schema ann cascade")
    assert swapping.clean(house.connection) == []
    assert house.query("select nspname from pg_namespace where nspname like '%%\\_\\_old\\_%%'") == []


def test_doctor_is_well_while_everything_is_built_anew_and_old_marts_are_kept(house: House) -> None:
    house.connection.execute("create schema ann; create materialized view ann.m as select * from marts.fct_waits")
    rebuild(house)
    swapping.prepare(house.connection)
    house.connection.execute("create table marts__next.fct_waits (id int)")
    assert house.value("select has_table_privilege(%s, 'marts__next.fct_waits', 'select')", APP)
    assert house.value("select has_table_privilege(%s, 'marts__old_99.fct_waits', 'select')", APP)

    assert checked(house, "app's rights") == Finding(
        "app's rights", True, "marts and decisions, nothing else", f"revoke them from {APP}"
    )
    house.connection.execute(f"create table raw.mine (id int); grant select on raw.mine to {APP};".encode())
    house.connection.execute(f"grant usage on schema raw to {APP}".encode())
    assert checked(house, "app's rights").seen == "it reaches raw.mine"


def test_doctor_sees_that_the_app_may_write_to_the_marts(house: House) -> None:
    house.connection.execute(f"grant select, delete on marts.fct_waits to {APP}".encode())

    assert checked(house, "app's rights").seen == "it reaches marts.fct_waits"


def test_doctor_sees_that_the_app_signs_in_as_another(house: House) -> None:
    me = house.connection.info.user
    found = checked(house, "app's rights", me)
    assert not found.is_well
    assert found.seen.startswith(f"it signs in as {me}: it reaches ")

    assert checked(house, "app's rights", "nobody").seen == "there is no role nobody"
    unset = next(one for one in examine(house.settings) if one.name == "app's rights")
    assert unset.seen == found.seen  # without VIGIE_APP_DATABASE_URL it has the pipeline's
