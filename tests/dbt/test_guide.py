"""docs/analysts.md, followed word for word by an analyst with the analysts' role, on a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from flows.settings import PROJECT
from flows.sources.examples import DEMO
from flows.warehouse.roles import ANALYST, grant
from flows.warehouse.server import credentials
from flows.warehouse.transform import environment
from tests.helpers.databases import Server
from tests.helpers.house import House

GUIDE = (PROJECT / "docs" / "analysts.md").read_text(encoding="utf-8")
FILES = re.compile(r"in `(dbt_project/[^`]+)`:\n\n```\w+\n(.*?)```", re.S)
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
    shutil.copytree(PROJECT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))

    files = FILES.findall(GUIDE)
    assert [Path(name).suffix for name, _ in files] == [".sql", ".yml"]
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    commands = [line for block in COMMANDS.findall(GUIDE) for line in block.splitlines() if "/dbt " in line]
    assert len(commands) == 3
    env = os.environ | environment(warehouse.settings, url)
    env |= {"DBT_PROJECT_DIR": str(project), "DBT_PROFILES_DIR": str(project), "VIGIE_ANALYST": "ann"}
    env |= {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
    said = ""
    for command in commands:
        words = command.replace(".venv/bin/dbt", str(Path(sys.executable).parent / "dbt")).split()
        done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        said = done.stdout

    assert "conversations_una" in said  # the table cuts long names
    with psycopg.connect(url) as connection:
        mine = connection.execute("select sum(conversations) from ann_marts.kpi_unanswered_daily").fetchone()
    (theirs,) = warehouse.query("select count(*) from marts.fct_conversations")
    assert mine == theirs
