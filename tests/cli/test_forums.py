"""`vigie forum …` as a person types it: saved pages, pages that are asked for, a forum that is tried."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from flows.cli import app
from flows.sources.registry import read_config
from tests.servers.board import Board, board_server

pytestmark = pytest.mark.clock
LOOPBACK = ["--allow-private", "127.0.0.0/8"]


@pytest.fixture
def board() -> Board:
    made = Board(sections=2)
    made.fill(12, datetime.now(UTC) - timedelta(days=2))
    return made


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["forum", *words], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.output


def test_a_saved_thread_and_a_thread_that_is_asked_for_say_the_same(board: Board, tmp_path: Path) -> None:
    file = tmp_path / "thread.html"
    file.write_bytes(board.answer("/viewtopic.php", {"t": "12"}).body)
    with board_server(board) as server:
        pages = [str(file), server.url("/viewtopic.php?t=12")]
        saved, asked = json.loads(run("read", *pages, "--json", *LOOPBACK))
        shown = run("read", *pages, *LOOPBACK)
    assert [post["id"] for post in saved["posts"]] == [str(post.id) for post in board.threads[12].posts[:10]]
    for name in ("author", "body", "posted_at"):
        assert [post[name] for post in saved["posts"]] == [post[name] for post in asked["posts"]]
    assert (asked["engine"], asked["way"], asked["kind"], asked["thread_id"]) == (
        "phpbb3",
        "profile",
        "thread",
        "12",
    )
    assert "Refusée, cas 11" in shown
    assert "minute" in shown


def test_a_page_that_is_refused_says_why_and_ends_with_3(board: Board) -> None:
    board.login = True
    with board_server(board) as server:
        assert "refused: " in run("read", server.url("/viewtopic.php?t=1"), *LOOPBACK, code=3)


def test_what_is_neither_file_nor_address_is_named() -> None:
    done = CliRunner().invoke(app, ["forum", "read", "nowhere.html"])
    assert done.exit_code == 1
    assert "no file at nowhere.html" in str(done.exception)


def test_a_forum_that_is_tried_gives_the_deployment(board: Board) -> None:
    with board_server(board) as server:
        said = run("check", server.url("/"), "--name", "example-forum", "--zone", "Europe/Paris", *LOOPBACK)
        asked = server.paths()
    assert len(asked) <= 6
    for words in ("phpBB 3", "2 sections", "6 threads", "search_id=active_topics"):
        assert words in said
    head, _, text = said.partition("under deployments:")
    assert head.count("✓") >= 5
    (deployment,) = yaml.safe_load(text.replace("*work_pool", "vigie"))
    config = read_config(deployment["parameters"]["source"])
    assert (config.type, config.name) == ("forum", "example-forum")
    assert deployment["parameters"]["source"]["zone"] == "Europe/Paris"


def test_a_forum_that_cannot_be_read_gives_none(board: Board) -> None:
    board.login = True
    with board_server(board) as server:
        said = run("check", server.url("/viewtopic.php?t=1"), *LOOPBACK, code=3)
    assert "✗ thread" in said
    assert "deployments" not in said
