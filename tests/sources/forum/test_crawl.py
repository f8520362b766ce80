"""A forum of pages, followed: what is new, what changed, what is gone, and what a run costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from flows.sources.base import LAYOUT_CHANGED
from tests.servers.board import LIST, PAGE, Board
from tests.sources.forum.boards import DAY, HOUR, NOW, SOON, reading

LOGIN = '<form action="./ucp.php?mode=login"><input name="username"><input type="password" name="password"></form>'


def small(threads: int = 6) -> Board:
    """A board of a few threads, the last of them yesterday."""
    board = Board(sections=2)
    board.fill(threads, NOW - DAY)
    return board


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


def test_an_edit_is_a_new_version_and_a_deleted_post_a_tombstone() -> None:
    board = small()
    board.reply(6, "ben", "Sans nouvelles", NOW - HOUR)
    with reading(board) as reader:
        reader.run()
        edited, deleted = str(board.threads[6].posts[0].id), str(board.threads[6].posts[2].id)
        board.edit(int(edited), "Résolu, merci", NOW)
        board.delete(int(deleted))
        for _ in range(4):
            reader.run(HOUR)
        assert reader.versions[edited][1:] == ["Résolu, merci"]
        assert reader.mapped[edited]["edited_at"] == NOW.isoformat()
        assert reader.versions[deleted][1:] == [None]
        assert reader.texts() == board.texts()


def test_a_thread_that_is_gone_takes_its_posts_along() -> None:
    board = small()
    with reading(board) as reader:
        reader.run()
        posts = [str(post.id) for post in board.threads[4].posts]
        del board.threads[4]
        for _ in range(6):
            reader.run(DAY / 2)
        assert {number for number, texts in reader.versions.items() if texts[-1] is None} == set(posts)
        assert reader.texts() == board.texts()


def test_many_threads_gone_at_once_are_believed_the_second_time_only() -> None:
    board = small(12)
    with reading(board, look_again=50) as reader:
        reader.run()
        board.closed = True
        ran = reader.run(DAY)
        assert ran.tombstones == []
        assert any("gone at once" in gap for gap in ran.gaps)
        board.closed = False
        for _ in range(3):
            assert reader.run(DAY).tombstones == []
        board.closed = True
        reader.run(2 * DAY)
        assert len(reader.run(2 * DAY).tombstones) > 12


def test_many_posts_missing_at_once_are_believed_the_second_time_only() -> None:
    board = small(1)
    for number in range(8):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR)
    with reading(board) as reader:
        reader.run()
        kept = board.threads[1].posts
        board.threads[1].posts = kept[:1]
        ran = reader.run(DAY)
        assert ran.tombstones == []
        assert any("8 posts are missing" in gap for gap in ran.gaps)
        board.threads[1].posts = kept
        reader.run(DAY)
        assert reader.texts() == board.texts()
        board.threads[1].posts = kept[:1]
        for _ in range(2):
            reader.run(DAY)
        assert reader.texts() == board.texts()


def test_a_post_that_was_moved_to_another_thread_is_not_gone() -> None:
    board = small(2)
    board.reply(1, "ben", "Hors sujet", NOW - HOUR)
    with reading(board) as reader:
        reader.run()
        moved = board.threads[1].posts.pop()
        board.threads[2].posts.append(moved)
        for _ in range(5):
            reader.run(DAY / 2)
        assert reader.texts() == board.texts()
        assert reader.mapped[str(moved.id)]["thread"] == "2"


def test_posts_that_moved_to_earlier_pages_are_found() -> None:
    board = small(1)
    for number in range(PAGE + 1):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR + timedelta(seconds=number))
    with reading(board, look_again=0) as reader:
        reader.run()
        for post in board.threads[1].posts[2:8]:
            board.delete(post.id)
        board.reply(1, "zoe", "Et maintenant ?", NOW)
        reader.run()
        assert "Et maintenant ?" in reader.texts().values()


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


def test_a_page_that_ends_in_its_middle_is_asked_for_again() -> None:
    board = small(1)
    for number in range(PAGE + 3):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR + timedelta(seconds=number))
    with reading(board) as reader:
        board.cut = 1
        reader.run()
        assert reader.texts() == board.texts()
        board.cut = 1
        assert reader.run(2 * HOUR).tombstones == []
        assert reader.texts() == board.texts()


def test_what_is_remembered_of_old_threads_is_little_and_enough() -> None:
    board = small(3)
    for number in range(PAGE * 7):
        board.reply(2, "ben", f"Réponse {number}", NOW - HOUR + timedelta(seconds=number))
    with reading(board, sweep_days=10, watch_days=5) as reader:
        reader.run()
        before = len(orjson.dumps(reader.runner.state))
        reader.run(11 * DAY)
        assert len(orjson.dumps(reader.runner.state)) < before
        board.reply(2, "zoe", "Toujours là ?", reader.runner.now)
        ran = reader.run()
        assert [record.record_id for record in ran.records] == [str(board.next_id - 1)]
        assert ran.tombstones == []
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


def test_dates_that_are_relative_make_no_new_versions() -> None:
    board = small(2)
    now = NOW

    def ago(moment: datetime) -> str:
        minutes = int((now - moment).total_seconds() // 60)
        if minutes < 60:
            return f"il y a {minutes} minutes"
        if now.date() == moment.date():
            return f"Aujourd’hui, {moment:%H:%M}"
        if (now.date() - moment.date()).days == 1:
            return f"Hier, {moment:%H:%M}"
        return f"{moment:%d/%m/%Y %H:%M}"

    board.say = ago
    board.start("Neuf", "ann", "À l’instant", NOW - timedelta(minutes=5))
    with reading(board, look_again=20) as reader:
        reader.run(timedelta())
        assert reader.texts() == board.texts()
        first = {number: mapped["posted_at"] for number, mapped in reader.mapped.items()}
        for later in (timedelta(minutes=3), HOUR, 3 * HOUR, DAY, 2 * DAY):
            now += later
            assert reader.run(later).records == []
        board.edit(3, "Corrigé", now)
        now += DAY
        reader.run(DAY)
        assert reader.versions["3"][1:] == ["Corrigé"]
        assert reader.mapped["3"]["posted_at"] == first["3"], "an edit does not move the date that was read first"


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


def test_a_forum_that_cannot_be_read_fails_the_run() -> None:
    board = small(1)
    with reading(board) as reader:
        ran = reader.run(addresses=[reader.server.url("/nowhere")])
        assert "404" in ran.error
        assert [reject.reason for reject in ran.rejects] == ["error status"]


def test_the_oldest_moment_is_that_of_the_first_run() -> None:
    """A second run does not look for what became too old for the first."""
    board = Board(sections=1)
    board.fill(LIST + 10, NOW - 10 * DAY)
    with reading(board, history_days=30) as reader:
        reader.run()
        assert reader.texts() == board.texts()
        assert reader.run(60 * DAY).records == []
    assert datetime(2026, 11, 21, 12, tzinfo=UTC) == NOW
