"""`vigie …` as a person types it: what it prints, what it leaves, and the exit code that says how it went."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from flows.settings import PROJECT, Settings
from flows.sources.examples import DEMO
from flows.warehouse import server as embedded
from flows.warehouse.migrate import latest_version

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a command in a home of its own, with an embedded server."""
    home = tmp_path_factory.mktemp("cli") / "home"

    def run_command(*words: str | Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *map(str, words)],
            cwd=PROJECT,
            env={k: v for k, v in os.environ.items() if k != "VIGIE_DATABASE_URL"}
            | {"VIGIE_HOME": str(home)}
            | env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    yield run_command
    embedded.stop(home)


def test_an_archive_goes_in_and_its_figures_come_out(run: Run) -> None:
    said = run("import", DEMO, "--mapping", "messages", "--source", "tilleul").stderr
    assert "451 read: 451 new" in said
    assert "refreshed everything" in run("refresh").stderr
    again = run("import", DEMO, "--mapping", "messages", "--source", "tilleul").stderr
    assert "0 new, 0 changed, 451 unchanged" in again
    assert "nothing new" in run("refresh").stderr

    state = json.loads(run("status", "--json").stdout)
    (source,) = state["sources"]
    assert (source["source"], source["new"], source["rejected"], source["messages"]) == ("tilleul", 451, 0, 451)
    assert source["newest_message_at"].startswith("2026-11-20")
    assert state["schema_version"] == latest_version()
    with psycopg.connect(state["database_url"]) as connection:
        row = connection.execute("select count(*) from marts.fct_messages").fetchone()
    assert row == (451,)
    assert "tilleul" in run("status").stdout


def test_rejected_rows_are_told_kept_and_counted_and_the_exit_code_says_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(
        "id,account,channel,posted_at,body\n"
        "1,ann,mail,2026-11-01T10:00:00+01:00,fine\n"
        "2,ann,mail,yesterday,no such time\n"
        "3,,mail,2026-11-01T10:00:00+01:00,nobody\n",
        encoding="utf-8",
    )
    dry = run("import", file, "--mapping", "messages", "--source", "mixed", "--dry-run", code=3).stderr
    assert "3 read" in dry
    assert "2 rejected" in dry
    assert "nothing was written" in dry

    said = run("import", file, "--mapping", "messages", "--source", "mixed", code=3).stderr
    assert "mixed.csv:3: bad posted_at" in said
    assert "mixed.csv:4: no account" in said
    (source,) = [s for s in json.loads(run("status", "--json").stdout)["sources"] if s["source"] == "mixed"]
    assert (source["read"], source["new"], source["rejected"]) == (3, 1, 2)
    assert source["reject_reasons"] == {"bad posted_at": 1, "no account": 1}


def test_a_dry_run_says_what_the_import_does_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "desk.csv"
    head = "id,account,channel,posted_at,body\n"
    rows = [f"{i},ann,mail,2026-11-0{i}T10:00:00Z,parcel {i}\n" for i in range(1, 7)]
    words = ["import", file, "--mapping", "messages", "--source", "corrected"]
    wide = {"COLUMNS": "400"}
    file.write_text(head + "".join(rows))
    dry = run(*words, "--dry-run", **wide).stderr
    assert "6 read: 6 new, 0 changed, 0 unchanged, 0 rejected (0 repaired); a dry run, nothing was written" in dry
    assert dry.count("  row ") == 6
    assert (
        '  row 1: account: "ann", body: "parcel 1", channel: "mail", posted_at: "2026-11-01T10:00:00+00:00"' in dry
    )
    assert "6 new" in run(*words, **wide).stderr

    file.write_text(head + "".join(rows[1:5]) + rows[5].replace("parcel", "box"))
    expected = "5 read: 0 new, 1 changed, 4 unchanged, 0 rejected (0 repaired), 1 gone"
    for words_more in (["--complete", "--dry-run"], ["--complete"]):
        said = run(*words, *words_more, **wide).stderr
        assert expected in said
        assert "1 that were read before are missing, and count as deleted" in said

    file.write_text(head + rows[1])
    said = run(*words, "--complete", **wide).stderr
    assert "are missing at once" in said
    assert "--believe-absences" in said
    assert "gone" not in said.splitlines()[-1]
    assert "4 gone" in run(*words, "--complete", "--believe-absences", **wide).stderr
    assert "goes with --complete" in run(*words, "--believe-absences", code=1, **wide).stderr


def test_damaged_text_is_repaired_and_that_is_clean(run: Run, data: Path) -> None:
    archive = data / "twcs" / "excel_mojibake.csv"
    said = run("import", archive, "--mapping", "twitter-support-archive", "--source", "nike").stderr
    assert "1,912 new" in said
    assert "(102 repaired)" in said


def test_garbage_is_rejected_row_by_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "garbage.csv"
    file.write_bytes(b"\x00\x01\x02nothing,here\n\xff\xfe\xfd\n,,,\n\x80\x81\n")
    said = run("import", file, "--mapping", "messages", "--source", "garbage", code=3).stderr
    assert "4 read: 0 new, 0 changed, 0 unchanged, 4 rejected" in said


def test_failures_are_one_readable_line_and_the_traceback_is_behind_debug(run: Run) -> None:
    missing = run("import", "nowhere.csv", "--mapping", "messages", "--source", "x", code=1).stderr
    assert "no file at nowhere.csv" in missing
    assert "Traceback" not in missing
    unknown = run("import", DEMO, "--mapping", "no-such", "--source", "x", code=1).stderr
    assert "no mapping 'no-such'" in unknown
    assert "twitter-support-archive" in unknown
    bad_name = run("import", DEMO, "--mapping", "messages", "--source", "Not A Name", code=1).stderr
    assert "name:" in bad_name
    assert "Traceback" in run("import", "nowhere.csv", "--mapping", "m", "--source", "x", "--debug", code=1).stderr
    nobody = run("collect", "nobody", code=1).stderr
    assert "no source 'nobody'" in nobody


def test_a_source_of_prefect_yaml_is_collected_by_name(run: Run) -> None:
    said = run("collect", "demo").stderr
    assert re.search(r"demo: \d\d,\d{3} read: \d\d,\d{3} new", said)
    assert "demo: 0 read" in run("collect", "demo").stderr


def test_an_import_reads_any_file_and_collect_those_of_declared_folders(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_bytes(b"id,account,channel,posted_at\n1,ann,phone,2026-11-01T10:00:00Z\n")
    nowhere = {"VIGIE_FILE_ROOTS": ""}
    assert "1 new" in run("import", file, "--mapping", "messages", "--source", "notes", **nowhere).stderr

    said = run("collect", "notes", code=1, **nowhere).stderr

    assert "VIGIE_FILE_ROOTS" in said
    assert "notes: 0 read" in run("collect", "notes", VIGIE_FILE_ROOTS=str(tmp_path)).stderr


def test_a_dry_run_runs_nothing_that_a_mapping_brings_along(run: Run, tmp_path: Path) -> None:
    (tmp_path / "brought.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nrows = list\n")
    (tmp_path / "in.jsonl").write_text("{}\n")
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(
        "{name: m, version: 1, description: d, rows: 'brought:rows', id: id,"
        " fields: {account: a, posted_at: t, channel: c}}"
    )
    words = ["import", tmp_path / "in.jsonl", "--mapping", mapping, "--source", "mine", "--dry-run"]

    said = run(*words, code=1, PYTHONPATH=os.pathsep.join([str(tmp_path), str(PROJECT)])).stderr

    assert "entry point of the group vigie.row_shapers" in said
    assert not (tmp_path / "ran").exists()


def test_a_database_that_does_not_answer_is_named(run: Run) -> None:
    said = run("status", code=1, VIGIE_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none").stderr
    assert "VIGIE_DATABASE_URL does not answer" in said
    assert "nobody:x" not in said


def test_no_command_but_refresh_imports_dbt_and_none_imports_prefect() -> None:
    code = (
        "import sys, flows.cli, flows.warehouse.collecting, flows.warehouse.refresh.run, flows.sources.registry;"
        "print([m for m in ('dbt', 'prefect', 'streamlit', 'alembic', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_down_stops_the_server_and_says_when_nothing_ran(run: Run) -> None:
    run("status")
    assert "stopped" in run("down").stderr
    assert "nothing was running" in run("down").stderr


def test_a_command_that_starts_postgres_says_that_it_runs_on(run: Run) -> None:
    run("down")
    runs_on = "runs on: `vigie down` stops it"
    first = run("status", "--json")
    assert runs_on in first.stderr and json.loads(first.stdout)
    assert runs_on not in run("status").stderr
    assert runs_on not in run("down").stderr


def test_every_setting_is_documented() -> None:
    text = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`VIGIE_{name.upper()}`" in text, name


def test_every_command_is_documented() -> None:
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    help_text = subprocess.run(
        [sys.executable, "-m", "flows.cli", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    from flows.cli import app

    names = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
    assert len(names) >= 8
    for name in names:
        assert f"`vigie {name}" in text, name
        assert name in help_text


def test_an_analyst_is_not_handed_the_password_of_the_pipeline(run: Run) -> None:
    there = json.loads(run("status", "--json").stdout)["database_url"]

    refused = run("dbt-env", VIGIE_DATABASE_URL=there, code=1)
    given = run("dbt-env", VIGIE_DATABASE_URL=there, VIGIE_ANALYST_DATABASE_URL="postgresql://ann:hers@elsewhere/v")

    assert "VIGIE_ANALYST_DATABASE_URL" in refused.stderr
    assert "DBT_ENV_SECRET" not in refused.stdout
    assert "export VIGIE_PG_USER=ann\n" in given.stdout
    assert "export DBT_ENV_SECRET_VIGIE_PG_PASSWORD=hers\n" in given.stdout


def test_an_analyst_reaches_the_warehouse_with_dbt(run: Run) -> None:
    exported = run("dbt-env").stdout
    command = f"{exported}\nexec {Path(sys.executable).parent / 'dbt'} debug --connection --no-use-colors"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=PROJECT)
    assert "All checks passed" in done.stdout, done.stdout + done.stderr
