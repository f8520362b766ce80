"""Runs over a forum of pages that are cut off, refused or fail: nothing is lost, and the reason is said."""

from __future__ import annotations

import pytest

from flows.records import LAYOUT_CHANGED
from tests.servers.board import LIST, Board
from tests.sources.forum.boards import DAY, HOUR, NOW, reading, small


@pytest.mark.parametrize("most", range(1, 12))
def test_a_run_killed_after_any_page_leaves_nothing_out_and_repeats_nothing(most: int) -> None:
    board = Board(sections=2)
    board.fill(LIST * 2 + 8, NOW - 2 * DAY)
    with reading(board) as reader:
        reader.run(most=most)
        board.reply(3, "zoe", "Entre-temps", reader.runner.now)
        reader.run(most=most + 3)
        for _ in range(3):
            reader.run(look_again=0)
        assert reader.texts() == board.texts()
        assert all(len(texts) == 1 for texts in reader.versions.values())


def test_a_budget_that_is_used_up_ends_the_run_and_the_next_goes_on() -> None:
    board = Board(sections=3)
    board.fill(90, NOW - 2 * DAY)
    with reading(board, max_requests=9, look_again=0) as reader:
        runs = 0
        while reader.texts() != board.texts():
            ran = reader.run()
            assert ran.error == ""
            assert len(reader.asked()) <= 9
            runs += 1
            assert runs < 60, "it never ends"
        assert any("are left for the next run" in gap for page in [ran] for gap in page.gaps) or not ran.gaps
        assert all(len(texts) == 1 for texts in reader.versions.values())


def test_a_thread_page_without_posts_is_a_changed_layout_and_is_kept() -> None:
    board = small(3)
    with reading(board) as reader:
        reader.run()
        board.broken = '<div class="neuf">Un thème tout neuf</div>'
        board.reply(1, "zoe", "Encore", reader.runner.now)
        ran = reader.run()
        (reject,) = [reject for reject in ran.rejects if "t=1" in reject.locator]
        assert reject.reason == LAYOUT_CHANGED
        assert "Un thème tout neuf" in reject.content.decode()
        assert ran.tombstones == []
        board.broken = ""
        board.reply(1, "zoe", "Et encore", reader.runner.now)
        for _ in range(3):
            reader.run(HOUR)
        assert reader.texts() == board.texts()


def test_a_login_wall_is_refused_with_the_reason() -> None:
    board = small(2)
    board.login = True
    with reading(board) as reader:
        ran = reader.run()
        assert ran.records == []
        assert {reject.reason for reject in ran.rejects} == {"refused"}
        assert "login" in ran.rejects[0].detail
        reader.asked()
        reader.run()
        assert reader.asked() == ["/"], "a wall is not asked again soon"


def test_a_forum_that_cannot_be_read_fails_the_run() -> None:
    board = small(1)
    with reading(board) as reader:
        ran = reader.run(addresses=[reader.server.url("/nowhere")])
        assert "404" in ran.error
        assert [reject.reason for reject in ran.rejects] == ["error status"]
