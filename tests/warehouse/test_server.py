"""The embedded server's first start: whole or begun again, however it was cut off and whoever else starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from flows.settings import PROJECT
from flows.warehouse import server as embedded
from flows.warehouse.roles import ANALYST, APP, PIPELINE

START = "import sys; from pathlib import Path; from flows.warehouse.server import start; start(Path(sys.argv[1]))"


@pytest.fixture(scope="module")
def home(state_folder: Path) -> Iterator[Path]:
    """A home in which nothing was started yet."""
    folder = state_folder / "fresh"
    (folder / "run").mkdir(mode=0o700, parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        yield folder
        embedded.stop(folder)


def test_commands_that_start_together_configure_it_once(home: Path) -> None:
    command = [sys.executable, "-c", START, str(home)]
    started = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE) for _ in range(3)]
    complaints = [process.communicate()[1].decode() for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], complaints
    psycopg.connect(embedded.start(home, APP)).close()


def test_a_first_start_that_was_cut_off_after_its_rules_were_written_is_begun_again(home: Path) -> None:
    embedded.start(home)
    (home / "postgres.ready").unlink()  # what is written last

    psycopg.connect(embedded.start(home, APP)).close()

    assert (home / "postgres.ready").exists()


@pytest.mark.parametrize("was_there", [False, True], ids=["made now", "of an older Vigie"])
def test_analysts_who_open_all_they_can_leave_connections_for_the_others(home: Path, was_there: bool) -> None:
    url = embedded.start(home, ANALYST)
    if was_there:
        passwords = embedded.credentials(home)
        with psycopg.connect(url, user="postgres", password=passwords["postgres"], autocommit=True) as connection:
            connection.execute("alter role vigie_analyst connection limit -1")
        (home / "postgres.ready").write_text("4")
        embedded.start(home)

    with ExitStack() as opened:
        with pytest.raises(psycopg.OperationalError, match=r"too many connections for role .vigie_analyst"):
            for _ in range(200):
                opened.enter_context(psycopg.connect(url))

        for role in (PIPELINE, APP):
            for _ in range(10):
                opened.enter_context(psycopg.connect(embedded.start(home, role)))
