"""What the app's and the analysts' roles can do, and a table of attempts at what they must not."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from flows.doctor import Finding, examine
from flows.settings import Settings
from flows.sources.examples import DEMO
from flows.warehouse import server as embedded
from flows.warehouse.database import connect
from flows.warehouse.roles import ANALYST, APP, PIPELINE, grant
from flows.warehouse.server import credentials
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House

NOT_OURS = "VIGIE_DATABASE_URL names a server that is not ours"


@pytest.fixture
def house(warehouse: House) -> House:
    # A database made from a template has none of its template's own grants: what 0009 and the migrations' end do.
    database = sql.Identifier(warehouse.connection.info.dbname)
    warehouse.connection.execute(sql.SQL("revoke connect, temporary on database {} from public").format(database))
    grant(warehouse.connection)
    warehouse.load(DEMO, name="tilleul")
    warehouse.refresh()
    return warehouse


@pytest.fixture
def app(house: House, server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with server.connect_as(APP) as connection:
        yield connection


ATTEMPTS = [
    "select * from raw.files__messages",
    "select * from raw.rejects",
    "select * from ops.sources",
    "select * from staging.stg_messages",
    "select * from intermediate.int_messages_latest",
    "select * from identity.keys",
    "update marts.fct_waits set answered_at = now()",
    "delete from marts.fct_messages",
    "insert into marts.dim_accounts (account_id) values ('x')",
    "truncate marts.fct_messages",
    "drop table marts.fct_messages",
    "create table marts.mine (x int)",
    "create table public.mine (x int)",
    "create schema mine",
    "create temporary table mine (x int)",
    "update decisions.handled set reason = 'changed'",
    "delete from decisions.handled",
    "update decisions.assigned set assignee = 'somebody'",
    "delete from decisions.assigned",
    "select * from decisions.looks",
    "update decisions.looks set looked_by = 'somebody'",
    "delete from decisions.looks",
    "truncate decisions.looks",
    "insert into decisions.looks (customer_id, looked_by, roles) values ('c', 'me', '{}') returning look_id",
    "select * from understanding.messages",
    "select * from identity.customers",
    "select * from raw.batches",
    "insert into raw.batches default values",
    "insert into ops.touched (refresh_id, kind, key) values (1, 'thread', 'x')",
    "insert into identity.keys default values",
    "alter table decisions.handled add column mine text",
    "create index on marts.fct_messages (body)",
    "create function marts.mine() returns int language sql as 'select 1'",
    "select rolpassword from pg_authid",
    "select * from pg_read_binary_file('postgresql.conf')",
    "select lo_import('/etc/passwd')",
    "copy marts.dim_accounts to '/tmp/mine'",
    "alter system set work_mem = '1GB'",
    "create role somebody",
    "alter role vigie_app createdb",
    "set role vigie_pipeline",
    "create database mine",
    "copy (select 1) to program 'id'",
    "select pg_read_file('/etc/passwd')",
]


def test_the_app_reads_marts_writes_decisions_and_fails_at_everything_else(
    app: psycopg.Connection[tuple[object, ...]],
) -> None:
    assert app.execute("select count(*) from marts.fct_messages").fetchone() == (451,)
    opened = app.execute(
        "select n from marts.kpis('2026-10-01', '2026-11-20', names => '{waits_opened}')"
    ).fetchone()
    assert opened is not None
    assert opened[0]
    hashed = app.execute("select identity.keyed_hash('camille@example.org')").fetchone()
    assert hashed is not None
    assert len(str(hashed[0])) == 64
    app.execute(
        "insert into decisions.handled (wait_id, message_id, verdict, reason, decided_by)"
        " values ('w', 'm', 'noise', 'a test', 'nobody')"
    )
    app.execute(
        "insert into decisions.assigned (message_id, assignee, decided_by) values ('m', 'nobody', 'nobody')"
    )
    app.execute("insert into decisions.looks (customer_id, looked_by, roles) values ('c', 'nobody', '{}')")
    # What is decided is seen at once by whoever asks as the app: a function reads by the rights of who asks.
    assert app.execute("select count(*) from marts.to_answer(now())").fetchone() != (0,)
    succeeded = []
    for attempt in ATTEMPTS:
        try:
            app.execute(attempt.encode())
        except psycopg.errors.InsufficientPrivilege:
            continue
        succeeded.append(attempt)
    assert succeeded == []


def test_an_analyst_reads_everything_and_builds_only_in_schemas_of_their_own(house: House, server: Server) -> None:
    with server.connect_as(ANALYST) as connection:
        for schema in ("raw.files__messages", "ops.sources", "marts.fct_waits", "intermediate.int_messages_latest"):
            connection.execute(f"select * from {schema} limit 1".encode())
        connection.execute("create schema ann_marts")
        connection.execute("create table ann_marts.mine as select * from marts.fct_waits limit 1")
        for attempt in (
            "delete from marts.fct_waits",
            "insert into raw.cursors values ('a', '{}', 1)",
            "create role x",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(attempt.encode())


def test_the_embedded_server_asks_for_a_password(server: Server, house: House) -> None:
    if not credentials(server.home):
        pytest.skip(NOT_OURS)
    place = house.connection.info
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=place.host, port=place.port, dbname=place.dbname, user=APP, password="wrong").close()
    assert (server.home / "postgres.passwords.json").stat().st_mode & 0o777 == 0o600


def test_a_rebuilt_mart_keeps_its_grants(house: House, server: Server) -> None:
    house.refresh(full=True)
    with server.connect_as(APP) as connection:
        assert connection.execute("select count(*) from marts.fct_waits").fetchone() != (0,)


def test_an_older_embedded_servers_pipeline_may_speak_for_analysts_from_the_next_start_on(
    empty_warehouse: House, server: Server
) -> None:
    if not credentials(server.home):
        pytest.skip(NOT_OURS)

    def roles() -> Finding:
        return next(finding for finding in examine(empty_warehouse.settings) if finding.name == "roles")

    with server.connect_as("postgres") as owner:
        owner.execute(f"revoke {ANALYST} from {PIPELINE}".encode())
    assert roles().advice == f'as an administrator: grant {ANALYST} to "{PIPELINE}"'
    assert not roles().is_well

    (server.home / "postgres.ready").write_text("")  # as the Vigie of before it left it
    embedded.start(server.home)

    assert roles().is_well


def test_doctor_names_views_of_whom_the_pipeline_may_not_speak_for(warehouse: House, server: Server) -> None:
    with server.connect_as("postgres") as owner:
        owner.execute("create schema reports; create view reports.waits as select * from marts.fct_waits")

    found = next(finding for finding in examine(warehouse.settings) if finding.name == "others' views")

    assert (found.is_well, found.seen) == (False, "reports.waits of postgres")


@pytest.fixture
def before_roles(server: Server) -> Iterator[Settings]:
    """A database in which Vigie started before anybody had made its roles."""
    if not credentials(server.home):
        pytest.skip(NOT_OURS)
    config = server.create(SCRATCH)
    roles = (APP, ANALYST)
    try:
        _rename(server, {role: f"{role}_later" for role in roles})
        connect(config).close()
    finally:
        _rename(server, {f"{role}_later": role for role in roles})
    yield config
    server.drop(SCRATCH)


def _rename(server: Server, names: dict[str, str]) -> None:
    with server.connect_as("postgres", "postgres") as owner:
        for old, new in names.items():
            owner.execute(sql.SQL("alter role {} rename to {}").format(sql.Identifier(old), sql.Identifier(new)))


def test_roles_that_are_made_after_the_first_start_get_their_rights_at_the_next(
    before_roles: Settings, server: Server
) -> None:
    found = next(finding for finding in examine(before_roles) if finding.name == "roles")
    assert (found.is_well, found.advice) == (False, "`vigie refresh`")
    assert APP in found.seen and ANALYST in found.seen

    connect(before_roles).close()

    with server.connect_as(APP) as app, server.connect_as(ANALYST) as analyst:
        assert app.execute("select count(*) from decisions.handled").fetchone() == (0,)
        assert analyst.execute("select count(*) from raw.batches").fetchone() == (0,)
    assert next(finding for finding in examine(before_roles) if finding.name == "roles").is_well
