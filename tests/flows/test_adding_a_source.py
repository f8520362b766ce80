"""docs/adding-a-source.md, followed word for word on a copy of the project, against a guestbook on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import psycopg
import pytest

from flows.settings import PROJECT
from tests.helpers.databases import SCRATCH, Server
from tests.servers.feed_server import FeedServer, Reply, feed_server

GUIDE = (PROJECT / "docs" / "adding-a-source.md").read_text(encoding="utf-8")
FILE = re.compile(r"[iI]n\s+`([\w./]+)`[^`]*?:\n\n```(\w+)\n(.*?)```", re.S)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.S)
NAME = f"{SCRATCH}_guestbook"
ROOMS = ["flows", "dbt_project", "prefect.yaml", "pyproject.toml"]


def follow(project: Path) -> list[str]:
    """Write the page's files and add the page's lines; returns the files in the order of the page."""
    written = []
    for name, kind, text in FILE.findall(GUIDE):
        path = project / name
        written.append(name)
        path.parent.mkdir(exist_ok=True)
        if kind != "diff":
            assert not path.exists(), name
            path.write_text(text, encoding="utf-8")
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        at = -1
        for line in text.splitlines():
            if line.startswith("+"):
                at += 1
                lines.insert(at, line[1:])
            else:
                assert line[1:] in lines, f"{name} has no line {line[1:]!r}"
                at = lines.index(line[1:])
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def entries(server: FeedServer) -> None:
    """Two pages of a guestbook: a question, a broken entry, its answer."""
    first = [
        {
            "id": 5,
            "name": "ann",
            "text": "Where is my parcel?",
            "at": "2026-11-02T10:00:00Z",
            "re": None,
            "likes": 1,
        },
        {"id": 6, "text": "nobody wrote this", "at": "2026-11-02T10:01:00Z"},
    ]
    second = [{"id": 7, "name": "shop", "text": "On its way.", "at": "2026-11-02T10:30:00Z", "re": 5, "likes": 0}]
    for after, page in ((0, first), (6, second), (7, [])):
        server.routes[f"/entries?after={after}"] = Reply(orjson.dumps(page), content_type="application/json")


@pytest.mark.timeout(400)
def test_adding_a_source_as_the_guide_says(server: Server, migrated: str, tmp_path: Path) -> None:
    for room in ROOMS:
        copy = shutil.copytree if (PROJECT / room).is_dir() else shutil.copy
        copy(PROJECT / room, tmp_path / room)
    assert len(follow(tmp_path)) == 6  # a folder of three, the registry, the list of streams, the deployment
    config = server.create(NAME, migrated)
    assert config.database_url
    commands = [line for block in COMMANDS.findall(GUIDE) for line in block.splitlines()]

    with feed_server(entries) as guestbook:
        env = os.environ | {
            "PYTHONPATH": str(tmp_path),
            "VIGIE_HOME": str(config.home),
            "VIGIE_DATABASE_URL": config.database_url.get_secret_value(),
            "GUESTBOOK": guestbook.url(""),
        }

        def run(command: str) -> subprocess.CompletedProcess[str]:
            words = command.replace(".venv/bin/vigie", f"{sys.executable} -m flows.cli").split()
            return subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

        done = [run(command) for command in commands]
        again = run(commands[0])

    assert [d.returncode for d in done] == [3, 0, 0], "".join(d.stdout + d.stderr for d in done)
    assert "3 read: 2 new" in done[0].stderr and "no 'name'" in done[0].stderr
    assert "guestbook: 0 read" in again.stderr
    query = "select body, parent_message_id, reactions from marts.fct_messages order by posted_at"
    with psycopg.connect(config.database_url.get_secret_value()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [
        ("Where is my parcel?", None, 1),
        ("On its way.", "127.0.0.1:5", 0),
    ]
    server.drop(NAME)
