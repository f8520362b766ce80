"""The schema comes up to date by itself, once, however many processes start at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr

from flows.doctor import examine
from flows.errors import SettingError
from flows.settings import PROJECT, Settings
from flows.warehouse import database
from flows.warehouse.database import connect
from flows.warehouse.migrate import latest_version, migrate
from flows.warehouse.ownership import read_ground
from flows.warehouse.streams import declared
from tests.helpers.databases import SCRATCH, Server, url_of
from tests.helpers.pooler import pooler

CONNECT = "from flows.warehouse.database import connect; connect().close()"


@pytest.fixture
def bare(server: Server) -> Iterator[Settings]:
    """A database with nothing in it."""
    yield server.create(SCRATCH)
    server.drop(SCRATCH)


def test_processes_that_start_together_on_an_empty_database_migrate_once(bare: Settings, server: Server) -> None:
    environment = {"VIGIE_DATABASE_URL": url_of(server.url, SCRATCH), "VIGIE_HOME": str(server.home), "PATH": ""}
    started = [
        subprocess.Popen([sys.executable, "-c", CONNECT], cwd=PROJECT, env=environment, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    complaints = [process.communicate()[1].decode() for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], complaints
    with connect(bare) as connection:
        assert read_ground(connection).version == latest_version()


def test_a_migrated_warehouse_is_left_alone(bare: Settings) -> None:
    url = bare.database_url.get_secret_value() if bare.database_url else ""
    with connect(bare) as connection:
        assert migrate(connection, url) is False


def test_a_stream_that_is_declared_and_has_no_table_gets_one_like_the_others(bare: Settings) -> None:
    columns = "select column_name, data_type from information_schema.columns where table_name = %s order by 1"
    url = bare.database_url.get_secret_value() if bare.database_url else ""
    with connect(bare) as connection:
        connection.execute("drop table raw.forum__posts")
        connection.execute("drop table raw.mailbox__messages")

        assert [migrate(connection, url), migrate(connection, url)] == [True, False]
        made = {
            tuple(connection.execute(columns, (name,)).fetchall())
            for name in ("forum__posts", "mailbox__messages", "files__messages")
        }
        said = connection.execute("select obj_description('raw.forum__posts'::regclass)").fetchone()

    assert len(made) == 1
    assert said == (declared()["forum__posts"].description,)


def test_a_warehouse_of_a_newer_vigie_is_refused_with_what_to_do(bare: Settings) -> None:
    with connect(bare) as connection:
        connection.execute("update public.vigie_schema_version set version_num = '9999'")

    with pytest.raises(SettingError, match=rf"schema 9999, this Vigie knows {latest_version()}: upgrade Vigie"):
        connect(bare)


def test_a_postgres_that_is_too_old_is_refused_with_what_to_do(
    bare: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LEAST_POSTGRES", 99)

    with pytest.raises(SettingError, match=r"^Vigie needs Postgres 99 or newer, this is \d+\.\d+.*: upgrade it$"):
        connect(bare)
    (found,) = [finding for finding in examine(bare) if finding.name == "Postgres"]
    assert not found.is_well
    assert "Vigie needs Postgres 99 or newer" in found.seen


def test_a_server_that_does_not_answer_is_told_in_one_line(server: Server) -> None:
    settings = server.settings("no_such_database")

    with pytest.raises(SettingError, match=r"^VIGIE_DATABASE_URL does not answer: .*no_such_database.*$") as told:
        connect(settings)

    assert "\n" not in str(told.value)


def test_every_migration_is_a_pair_of_files_numbered_without_a_gap() -> None:
    folder = PROJECT / "flows/warehouse/migrations/versions"
    numbers = sorted(file.name[:4] for file in folder.glob("[0-9]*.py"))

    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert {f.stem for f in folder.glob("*.sql")} == {f.stem for f in folder.glob("[0-9]*.py")}


def test_raw_streams_have_the_columns_that_loading_writes(bare: Settings) -> None:
    with connect(bare) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "insert into raw.files__messages (site, record_id, version, content_hash, payload, batch_id)"
            " select 's', 'r', 1, '', '{}', 1 from generate_series(1, 2)"
        )


def test_a_connection_pooler_is_refused_since_it_shares_sessions(bare: Settings, server: Server) -> None:
    with pooler(url_of(server.url, SCRATCH)) as through:
        settings = bare.model_copy(update={"database_url": SecretStr(through)})

        with pytest.raises(SettingError, match="pooler"):
            connect(settings)


def test_a_role_that_may_make_nothing_is_told_what_to_grant(bare: Settings, server: Server) -> None:
    url = server.url_as("vigie_analyst", SCRATCH)
    if url is None:
        pytest.skip("VIGIE_DATABASE_URL names a server whose roles' passwords are not ours to know")

    with pytest.raises(SettingError, match=r"grant create on (schema public|database \S+) to vigie_analyst"):
        connect(bare.model_copy(update={"database_url": SecretStr(url)}))


def test_decisions_that_named_waits_by_address_name_the_ids_that_they_have_now(bare: Settings) -> None:
    # Given decisions of a warehouse whose ids held addresses, and one whose did not
    sql = (PROJECT / "flows/warehouse/migrations/versions/0012_opaque_ids.sql").read_text(encoding="utf-8")
    old = [
        ("mail:first@x", "mail", "first@x", "ann/office@example.org", "second@x"),
        ("forum:t1", "forum", "t1", "Ann", "p7"),
    ]
    with connect(bare) as connection:
        connection.execute("drop function identity.opaque_id(text, text)")
        for thread_id, site, _, account, message in old:
            connection.execute(
                "insert into decisions.handled (wait_id, message_id, verdict, reason, decided_by)"
                " values (%s, %s, 'noise', 'advertising', 'Nora')",
                (f"{thread_id}/{site}:{account}#{site}:{message}", f"{site}:{message}"),
            )

        # When the step that makes them opaque runs
        connection.execute(sql.encode())

        # Then each names the wait as the marts do, and no address
        found = connection.execute(
            "select wait_id, message_id from decisions.handled order by decision_id"
        ).fetchall()
        for (wait_id, message_id), (_, site, thread, account, message) in zip(found, old, strict=True):
            row = connection.execute(
                "select identity.opaque_id(%(s)s, %(t)s) || '/' || identity.opaque_id(%(s)s, %(a)s) || '#'"
                " || identity.opaque_id(%(s)s, %(m)s), identity.opaque_id(%(s)s, %(m)s)",
                {"s": site, "t": thread, "a": account, "m": message},
            ).fetchone()
            assert (wait_id, message_id) == row
        assert "@" not in str(found)
        assert found[1] == ("forum:t1/forum:Ann#forum:p7", "forum:p7")
