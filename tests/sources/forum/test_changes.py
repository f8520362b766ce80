"""What changed on a forum of pages since it was read: edits, deletions, moves; and what only seems to have."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson

from tests.servers.board import PAGE
from tests.sources.forum.boards import DAY, HOUR, NOW, reading, small


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
        assert reader.versions[deleted][1:] == [], "missed once"
        for _ in range(6):
            reader.run(HOUR)
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


def test_many_threads_that_are_not_found_are_never_believed_gone() -> None:
    board = small(12)
    with reading(board, look_again=50) as reader:
        reader.run()
        board.closed = True
        for _ in range(4):
            ran = reader.run(DAY)
            assert ran.tombstones == []
            assert ["missing at once" in gap for gap in ran.gaps] == [True]
        board.closed = False
        board.reply(3, "zoe", "Tout est revenu", reader.runner.now)
        for _ in range(3):
            ran = reader.run(DAY)
            assert (ran.tombstones, ran.gaps) == ([], [])
        assert reader.texts() == board.texts()


def test_threads_that_are_not_found_for_an_hour_lose_nothing_that_is_written_meanwhile() -> None:
    board = small(4)
    with reading(board, look_again=20) as reader:
        reader.run()
        board.reply(2, "zoe", "Une suite", NOW)
        board.start("Neuf", "ann", "Tout neuf", NOW)
        board.closed = True
        reader.run(2 * HOUR)
        board.closed = False
        for _ in range(3):
            assert reader.run(2 * HOUR).tombstones == []
        assert reader.texts() == board.texts()


def test_many_posts_missing_from_a_page_are_believed_only_when_a_person_says_so() -> None:
    board = small(1)
    for number in range(8):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR)
    with reading(board) as reader:
        reader.run()
        kept = board.threads[1].posts
        board.threads[1].posts = kept[:1]
        ran = reader.run(DAY)
        assert ran.tombstones == []
        assert ["missing at once" in gap for gap in ran.gaps] == [True]
        board.threads[1].posts = kept
        reader.run(DAY)
        assert reader.texts() == board.texts()
        board.threads[1].posts = kept[:1]
        for _ in range(3):
            assert reader.run(DAY).tombstones == []
        reader.run(DAY, believe_absences=True)
        assert reader.texts() == board.texts()


def test_a_post_that_is_missed_keeps_its_place_until_it_is_back() -> None:
    board = small(1)
    for number in range(PAGE + 4):
        board.reply(1, "ben", f"Réponse {number}", NOW - HOUR + timedelta(seconds=number))
    with reading(board, look_again=9) as reader:
        reader.run()
        kept = list(board.threads[1].posts)
        for hidden in (1, PAGE - 1, PAGE + 1, len(kept) - 1):
            board.threads[1].posts = kept[:hidden] + kept[hidden + 1 :]
            assert reader.run(2 * DAY).tombstones == []
            assert reader.runner.state["absent"]["since"].keys() == {str(kept[hidden].id)}
            board.threads[1].posts = kept
            assert reader.run(2 * DAY).tombstones == []
            assert reader.runner.state["absent"]["since"] == {}
        assert all(len(texts) == 1 for texts in reader.versions.values())


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
