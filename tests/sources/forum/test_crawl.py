"""A forum of pages, followed: what is read of it, and what a run costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.board import LIST, PAGE, Board
from tests.sources.forum.boards import DAY, HOUR, NOW, SOON, reading, small


def test_everything_is_read_once_and_then_nothing_is_asked_twice() -> None:
    board = Board()
    board.fill(60, NOW - 3 * DAY)
    with reading(board) as reader:
        first = reader.run()
        assert reader.texts() == board.texts()
        assert (first.rejects, first.gaps, first.tombstones) == ([], [], [])
        reader.asked()
        assert reader.run().records == []
        assert reader.asked() == ["/"]
        assert all(len(versions) == 1 for versions in reader.versions.values())


def test_a_post_says_who_wrote_it_when_and_in_which_thread() -> None:
    board = Board(sections=1)
    board.start("Carte refusée", "ann", "Refusée depuis midi", NOW - HOUR)
    board.reply(1, "ben", "Pareil ici", NOW - HOUR / 2)
    with reading(board, language="fr") as reader:
        reader.run()
        host = reader.server.url("")
    question, answer = reader.mapped["1"], reader.mapped["2"]
    assert question["title"] == "Carte refusée"
    assert question["thread"] == answer["thread"] == "1"
    assert question["posted_at"] == "2026-11-21T11:00:00+00:00"
    assert question["time_precision"] == "minute"
    assert question["handle"] == "ann"
    assert question["account"] != answer["account"]
    assert answer["body"] == "Pareil ici"
    assert answer["url"].startswith(f"{host}/viewtopic.php?p=2")
    assert answer["language_declared"] == "fr"
    assert "title" not in answer


@pytest.mark.parametrize("has_recent", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_an_unchanged_forum_of_1000_threads_costs_5_requests_and_10_changed_threads_30(has_recent: bool) -> None:
    board = Board(sections=10, has_recent=has_recent)
    board.fill(1000, NOW - 5 * DAY)
    with reading(board, history_days=1) as reader:
        reader.run()
        known = len(reader.versions)
        assert known > 100
        reader.asked()
        for later in (SOON, HOUR, DAY):
            assert reader.run(later).records == []
            costs = reader.asked()
            assert len(costs) <= 5, costs
        for number in range(1, 1000, 100):  # old threads, never read before, one in each section, and young ones
            board.reply(
                number if number % 200 == 1 else 1000 - number % 97, "zoe", f"Encore, {number}", reader.runner.now
            )
        ran = reader.run()
        costs = reader.asked()
        assert len(costs) <= 30, costs
        assert [body for body in reader.texts().values() if body.startswith("Encore")] != []
        assert len([m for m in ran.mapped.values() if m["body"].startswith("Encore")]) == 10
        reader.run(look_again=0)
        assert len(reader.asked()) == 1


@pytest.mark.slow
def test_a_forum_of_1000_threads_is_read_whole_and_then_costs_what_changed() -> None:
    board = Board(sections=10)
    board.fill(1000, NOW - 20 * DAY)
    with reading(board) as reader:
        reader.run()
        assert reader.texts() == board.texts()
        print(f"\n1,000 threads, {len(board.texts()):,} posts: {len(reader.asked()):,} requests")
        for later in (SOON, HOUR, DAY):
            assert reader.run(later).records == []
            print(f"unchanged, {later} later: {len(reader.asked())} requests")
        for number in range(5, 1000, 100):
            board.reply(number, "zoe", f"Encore, {number}", reader.runner.now)
        reader.run()
        costs = reader.asked()
        print(f"10 changed threads: {len(costs)} requests")
        assert len(costs) <= 30
        assert reader.texts() == board.texts()


def test_a_changed_thread_is_read_from_its_last_page_on() -> None:
    board = small(1)
    for number in range(PAGE * 2 + 5):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR + timedelta(seconds=number))
    with reading(board, look_again=0) as reader:
        reader.run()
        reader.asked()
        for number in range(PAGE):
            board.reply(1, "zoe", f"Plus tard {number}", reader.runner.now + timedelta(seconds=number))
        reader.run()
        assert [path for path in reader.asked() if "viewtopic" in path] == [
            "/viewtopic.php?t=1&start=20",
            "/viewtopic.php?t=1&start=30",
        ]
        assert reader.texts() == board.texts()


def test_threads_that_were_not_active_lately_are_read_when_somebody_writes_there() -> None:
    board = Board(sections=1)
    board.start("Vieux", "ann", "Il y a longtemps", NOW - 90 * DAY)
    board.start("Récent", "ben", "Hier", NOW - DAY)
    with reading(board, history_days=30) as reader:
        reader.run()
        assert list(reader.texts().values()) == ["Hier"]
        board.reply(1, "zoe", "Toujours valable ?", reader.runner.now)
        reader.run()
        assert reader.texts() == board.texts()


def test_a_long_thread_that_is_new_gives_its_first_page_and_its_last_ones() -> None:
    board = Board(sections=1)
    board.start("Long", "ann", "Début", NOW - 20 * DAY)
    for number in range(PAGE * 9 + 4):
        board.reply(1, "ben", f"Réponse {number}", NOW - 20 * DAY + timedelta(hours=4 * number))
    with reading(board, first_pages=4, look_again=0) as reader:
        ran = reader.run()
        texts = set(reader.texts().values())
        assert {"Début", "Réponse 0", f"Réponse {PAGE * 9 + 3}", f"Réponse {PAGE * 8}"} <= texts
        assert f"Réponse {PAGE * 3}" not in texts
        assert any("in its middle are not" in gap for gap in ran.gaps)
        reader.asked()
        board.reply(1, "zoe", "Fin", reader.runner.now)
        reader.run()
        assert len(reader.asked()) <= 3
        assert "Fin" in reader.texts().values()
        for _ in range(6):
            assert reader.run(DAY, look_again=30).tombstones == []


def test_one_section_or_one_thread_is_read_alone() -> None:
    board = Board(sections=3)
    board.fill(12, NOW - DAY)
    with reading(board) as reader:
        reader.run(addresses=[reader.server.url("/viewforum.php?f=2")])
        inside = {str(p.id) for t in board.threads.values() if t.section == 2 for p in t.posts}
        assert set(reader.versions) == inside
    with reading(board) as reader:
        address = [reader.server.url("/viewtopic.php?t=5")]
        reader.run(addresses=address)
        assert set(reader.versions) == {str(post.id) for post in board.threads[5].posts}
        board.reply(5, "zoe", "Suivi", reader.runner.now)
        reader.run(addresses=address)
        assert set(reader.versions) == {str(post.id) for post in board.threads[5].posts}


def test_the_oldest_moment_is_that_of_the_first_run() -> None:
    """A second run does not look for what became too old for the first."""
    board = Board(sections=1)
    board.fill(LIST + 10, NOW - 10 * DAY)
    with reading(board, history_days=30) as reader:
        reader.run()
        assert reader.texts() == board.texts()
        assert reader.run(60 * DAY).records == []
    assert datetime(2026, 11, 21, 12, tzinfo=UTC) == NOW
