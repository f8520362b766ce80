"""A database shared with others: what is not ours is neither touched nor replaced, whoever came first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from pydantic import SecretStr

from flows.errors import ForeignError, SettingError
from flows.settings import PROJECT, Settings
from flows.warehouse.database import connect, prefect_url
from flows.warehouse.migrate import latest_version
from flows.warehouse.ownership import SCHEMAS, installation_of, make_schemas, read_ground
from flows.warehouse.prefect_database import prefect_database
from flows.warehouse.server import credentials
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House
from tests.helpers.tenancy import everything, execute, make_older_warehouse

THEIRS = "create schema marts; create table marts.fct_messages as select '1' as theirs"
BESIDE = "create schema sales; create table sales.orders (id int)"
PUBLIC_MAY = "select has_database_privilege('public', current_database(), 'connect, temporary')"


@pytest.fixture
def shared(server: Server) -> Iterator[Settings]:
    """A database that a test fills with others' things before Vigie comes."""
    yield server.create(SCRATCH)
    server.drop(SCRATCH)


def vigie(config: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command against a database."""
    assert config.database_url
    there = {"VIGIE_DATABASE_URL": config.database_url.get_secret_value(), "VIGIE_HOME": str(config.home)}
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *words],
        cwd=PROJECT, env=os.environ | there, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_a_database_with_schemas_of_our_names_is_refused_and_left_as_it_is(shared: Settings) -> None:
    execute(shared, THEIRS)
    execute(shared, "create schema raw; create schema ops; create table ops.installation (theirs int)")
    before = everything(shared)

    with pytest.raises(ForeignError, match=rf"'{SCRATCH}' has schemas .* did not make: marts, ops, raw\. Give"):
        connect(shared)

    assert everything(shared) == before
    assert execute(shared, "select theirs from marts.fct_messages") == [("1",)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("there", "said", "code"),
    [
        ("select 1", "no warehouse here yet", 0),
        (BESIDE, "no warehouse here yet", 0),
        (THEIRS, "did not make: marts", 1),
        ("", "the warehouse has schema 0008 of an older Vigie", 1),
    ],
    ids=["empty", "others'", "strange", "older"],
)
def test_commands_that_look_change_nothing(shared: Settings, there: str, said: str, code: int) -> None:
    if there:
        execute(shared, there)
    else:
        make_older_warehouse(shared)
    before = everything(shared)

    status, doctor, docs, dbt_env = (vigie(shared, word) for word in ("status", "doctor", "docs", "dbt-env"))

    assert everything(shared) == before
    assert (status.returncode, docs.returncode, dbt_env.returncode) == (code, 1, 1), status.stderr
    assert doctor.returncode == code
    for done in (status, doctor, docs, dbt_env):
        assert said in (done.stdout if done is doctor else done.stderr)
        assert "Traceback" not in done.stderr


def test_public_keeps_its_rights_where_others_are(shared: Settings) -> None:
    execute(shared, BESIDE)

    with connect(shared) as connection:
        assert installation_of(connection).owns_database is False

    assert execute(shared, PUBLIC_MAY) == [(True,)]
    assert "PUBLIC has CONNECT" in vigie(shared, "doctor").stdout


def test_public_has_no_rights_in_a_database_that_was_empty_and_ours(shared: Settings) -> None:
    with connect(shared) as connection:
        assert installation_of(connection).owns_database is True
    assert execute(shared, PUBLIC_MAY) == [(False,)]

    # It is done once: whoever is let in later stays.
    execute(shared, f"grant connect on database {SCRATCH} to public; drop schema staging cascade")
    connect(shared).close()
    assert execute(shared, PUBLIC_MAY) == [(True,)]


def test_every_schema_is_marked_through_a_rename_and_made_again_when_it_was_dropped(shared: Settings) -> None:
    with connect(shared) as connection:
        ground, ours = read_ground(connection), installation_of(connection)
        assert (ground.foreign, ground.missing) == ([], [])
        make_schemas(connection, ["marts_next"], ours)
        connection.execute("drop schema marts")
        connection.execute("alter schema marts_next rename to marts")
        assert read_ground(connection).foreign == []
        connection.execute("drop schema marts")
    with connect(shared) as connection:
        assert (read_ground(connection).foreign, read_ground(connection).missing) == ([], [])
        assert installation_of(connection) == ours
        connection.execute("drop schema marts; create schema marts")
        with pytest.raises(ForeignError, match="marts is there"):
            make_schemas(connection, ["marts"], ours)
    with pytest.raises(ForeignError, match=rf"comment on schema marts is '{ours.mark}'"):
        connect(shared)
    execute(shared, f"comment on schema marts is 'It is ours. {ours.mark}'")
    connect(shared).close()


@pytest.mark.timeout(300)
def test_a_warehouse_of_an_older_vigie_is_marked_once_and_goes_on(shared: Settings) -> None:
    make_older_warehouse(shared)
    with connect(shared) as connection:
        ground, ours = read_ground(connection), installation_of(connection)
    with connect(shared) as connection:
        assert installation_of(connection) == ours
    assert (ground.version, ground.foreign) == (latest_version(), [])
    marked = execute(shared, f"select nspname from pg_namespace where obj_description(oid) ~ '{ours.mark}'")
    assert {name for (name,) in marked} == set(SCHEMAS)
    known = execute(shared, "select schema_name, relation_name from ops.relations order by 1, 2")
    assert known == [
        ("marts", "fct_messages"),
        ("staging", "brand_accounts"),
        ("staging", "stg_files__messages"),
    ]


def test_an_older_vigie_that_only_visited_took_no_schema(shared: Settings) -> None:
    make_older_warehouse(shared)
    execute(shared, f"drop schema marts cascade; {THEIRS}".replace("fct_messages", "revenue"))
    before = everything(shared)

    with pytest.raises(ForeignError, match="did not make: marts"):
        connect(shared)

    assert everything(shared) == before


@pytest.mark.timeout(600)
def test_others_tables_in_raw_and_marts_neither_break_a_refresh_nor_are_touched(warehouse: House) -> None:
    names = ("raw.x", "raw.their__notes", "marts.revenue", "staging.drop_zone", "ops.jobs")
    for name in names:
        warehouse.connection.execute(f"create table {name} as select 7 as n".encode())
    warehouse.load_rows([{"id": "1", "account": "ann", "posted_at": "2026-11-01T10:00:00Z", "body": "Hello?"}])

    (incremental,) = warehouse.refresh()
    (full,) = warehouse.refresh(full=True)

    assert (incremental.is_full, full.is_full) == (False, True)
    assert warehouse.value("select count(*) from marts.fct_messages") == 1
    assert [warehouse.value(f"select n from {name}") for name in names] == [7] * 5


@pytest.mark.timeout(600)
def test_another_teams_table_of_a_models_name_is_not_replaced(empty_warehouse: House) -> None:
    empty_warehouse.connection.execute("create table marts.fct_messages as select 7 as theirs")

    with pytest.raises(ForeignError, match=r"marts\.fct_messages: models have this name"):
        empty_warehouse.refresh()

    assert empty_warehouse.query("select * from marts.fct_messages") == [(7,)]
    assert "ForeignError" in empty_warehouse.value("select error from ops.refreshes order by 1 desc limit 1")
    empty_warehouse.connection.execute("alter table marts.fct_messages rename to their_messages")
    empty_warehouse.refresh()
    assert empty_warehouse.query("select * from marts.their_messages") == [(7,)]
    assert empty_warehouse.value("select count(*) from marts.fct_messages") == 0


def test_our_roles_are_given_what_is_ours_and_no_more(empty_warehouse: House) -> None:
    house = empty_warehouse
    house.connection.execute("create table raw.theirs (n int); revoke all on raw.theirs from vigie_analyst")
    house.connection.execute("create schema sales; create table sales.orders (n int)")
    house.connection.execute("drop schema staging; select 1")
    connect(house.settings).close()

    may = "select has_table_privilege('vigie_analyst', '{}', 'select')"
    assert house.value(may.format("raw.batches")) is True
    assert house.value(may.format("sales.orders")) is False


def other(config: Settings, name: str) -> Settings:
    """Settings of another database on the same server."""
    assert config.database_url
    url = config.database_url.get_secret_value().replace(f"/{SCRATCH}", f"/{name}")
    return Settings(home=config.home, database_url=SecretStr(url))


def test_two_vigies_on_one_server_have_a_prefect_database_each_and_take_nobodys(
    server: Server, shared: Settings
) -> None:
    second, names = f"{SCRATCH}_b", ["prefect", f"{SCRATCH}_prefect", f"{SCRATCH}_b_prefect"]
    try:
        server.create(names[0])
        server.create(second)
        urls = [prefect_url(shared), prefect_url(other(shared, second)), prefect_url(shared)]
        assert [url.partition("?")[0].rpartition("/")[2] for url in urls] == [names[1], names[2], names[1]]
        assert everything(other(shared, names[0])) == everything(server.create(names[0]))

        execute(shared, f"comment on database {names[1]} is 'Of some other Prefect'")
        with pytest.raises(ForeignError, match=f"'{names[1]}' is there, and this Vigie did not make it"):
            prefect_url(shared)
    finally:
        for name in [second, *names]:
            server.drop(name)


@pytest.mark.timeout(300)
def test_a_prefect_database_that_was_made_and_not_marked_is_taken_if_nobody_uses_it(
    server: Server, shared: Settings
) -> None:
    # Given starts that were killed between the two, and two at once; the names want quotes
    server.create(f"{SCRATCH}-b")
    dashed, name = other(shared, f"{SCRATCH}-b"), f"{SCRATCH}-b_prefect"
    try:
        connect(dashed).close()
        server.create(name)
        with ThreadPoolExecutor() as starts:
            urls = list(starts.map(lambda _: prefect_url(dashed), range(4)))
        assert {url.partition("?")[0].rpartition("/")[2] for url in urls} == {name}
        server.drop(name)
        with ThreadPoolExecutor() as starts:
            assert len(set(starts.map(lambda _: prefect_url(dashed), range(4)))) == 1

        # One that holds something is another's; the hint can be run as it stands
        execute(dashed, f'comment on database "{name}" is null')
        execute(other(shared, name), "create table public.theirs (id int)")
        with pytest.raises(ForeignError, match="this Vigie did not make it") as told:
            prefect_url(dashed)
        execute(dashed, str(told.value).rpartition("all the same, ")[2])
        assert prefect_url(dashed) == urls[0]
    finally:
        server.drop(name)
        server.drop(f"{SCRATCH}-b")


def test_the_embedded_server_goes_on_with_an_older_vigies_prefect_database(server: Server) -> None:
    if not credentials(server.home):
        pytest.skip("VIGIE_DATABASE_URL names a server that is not ours")
    embedded = Settings(home=server.home, database_url=None)
    try:
        server.create("prefect")
        assert prefect_url(embedded).partition("?")[0].endswith("/prefect")
        server.drop("prefect")
        assert prefect_url(embedded).partition("?")[0].endswith("/vigie_prefect")
        server.create("prefect")
        assert prefect_url(embedded).partition("?")[0].endswith("/vigie_prefect")
    finally:
        server.drop("prefect")
        server.drop("vigie_prefect")


def test_a_role_that_may_make_no_database_is_told_what_to_do(shared: Settings, server: Server) -> None:
    passwords = credentials(server.home)
    if not passwords:
        pytest.skip("VIGIE_DATABASE_URL names a server that is not ours")
    with (
        connect(shared) as connection,
        psycopg.connect(server.url, user="postgres", password=passwords["postgres"], autocommit=True) as owner,
    ):
        owner.execute("alter role vigie_pipeline nocreatedb")
        try:
            with pytest.raises(SettingError, match="give it createdb, or name a database"):
                prefect_database(connection, is_embedded=False)
        finally:
            owner.execute("alter role vigie_pipeline createdb")
