"""What is deleted upstream is found out, becomes a tombstone, and its text is not read again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from flows.sources.http import Clock, Memory
from flows.sources.reddit.known import Known
from tests.sources.reddit.conftest import NOW, Reader, before
from tests.sources.reddit.fake import listing


def test_what_is_deleted_removed_or_gone_becomes_a_tombstone_within_the_sweep(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=20), "Tilleul", author="eve")
    kept = reddit.submit(before(days=19))
    deleted, removed, lost = (reddit.comment(before(days=18), thread) for _ in range(3))
    taken_down = reddit.submit(before(days=17))
    reader.run()
    reddit.delete(thread)
    reddit.delete(deleted)
    reddit.remove(removed)
    reddit.remove(taken_down)
    reddit.vanish(lost)
    reader.now += timedelta(hours=23)
    assert not reader.run().tombstones  # the sweep is not due, and no listing shows them any more
    reader.now += timedelta(hours=1)
    ran = reader.run()
    assert {(t.stream, t.record_id, t.reason) for t in ran.tombstones} == {
        ("reddit__submissions", thread, "deleted"),
        ("reddit__comments", deleted, "deleted"),
        ("reddit__comments", removed, "removed"),
        ("reddit__submissions", taken_down, "removed"),
    }  # what Reddit says of them itself; what it only leaves out is missed
    assert reddit.paths.count("/api/info") == 1
    reader.now += timedelta(hours=6)
    ran = reader.run()
    assert [(t.stream, t.record_id, t.reason) for t in ran.tombstones] == [("reddit__comments", lost, "gone")]
    reader.now += timedelta(days=2)
    assert not reader.run().tombstones  # forgotten, and not asked for again
    sweeps = [asked.query["id"] for asked in reddit.asked if asked.path == "/api/info"]
    assert sweeps == [kept]


def test_a_text_stays_when_only_its_author_is_gone(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=3), author="eve")
    mine = reddit.comment(before(days=2), thread, "Still here", author="eve")
    other = reddit.comment(before(days=2), thread, "Here, too", author="[deleted]")
    reader.run()
    for name in (thread, mine):
        reddit.things[name]["data"]["author"] = "[deleted]"
        reddit.things[name]["data"].pop("author_fullname")
    reader.now += timedelta(days=1)
    ran = reader.run()
    assert not ran.tombstones
    assert ran.mapped[mine]["body"] == "Still here"
    accounts = {ran.mapped[name]["account"] for name in (thread, mine, other) if name in ran.mapped}
    assert accounts == {f"[deleted]/{thread}", f"[deleted]/{mine}", f"[deleted]/{other}"} & accounts
    assert ran.mapped[mine]["account"] == f"[deleted]/{mine}"
    assert "eve" not in str([r.content for r in ran.records if r.record_id == mine])


def test_a_stub_in_a_tree_is_a_tombstone_and_its_answers_are_read(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(hours=5))
    stub = reddit.comment(before(hours=4), thread)
    answer = reddit.comment(before(hours=3), stub, "I agree")
    reddit.delete(stub)
    ran = reader.run(trees="all")
    assert {t.record_id for t in ran.tombstones} == {stub}
    assert ran.mapped[answer]["parent"] == stub
    assert stub not in ran.ids


def test_an_edit_in_an_old_thread_is_found_by_the_sweep(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=30))
    answer = reddit.comment(before(days=29), thread, "Soon")
    reader.run(trees="none")
    for _ in range(1100):  # out of the listing
        reddit.comment(before(days=1), thread)
    reader.run(trees="none")
    reddit.edit(answer, "Done", reader.now)
    reader.now += timedelta(days=1)
    ran = reader.run(trees="none")
    assert ran.mapped[answer]["body"] == "Done"
    assert reader.versions[answer] == 2


def test_a_sweep_asks_in_hundreds_within_its_requests_and_goes_on_in_the_next_run(reader: Reader) -> None:
    reddit = reader.server
    names = [reddit.submit(before(days=2, minutes=n)) for n in range(730)]
    reader.run(trees="none", comments=False)
    reader.now += timedelta(days=1)
    for name in names[::7]:
        reddit.vanish(name)
    found = []
    for expected in (["sweep: 430 messages wait for the next run: raise sweep_requests"],
                     ["sweep: 130 messages wait for the next run: raise sweep_requests"], []):  # fmt: skip
        ran = reader.run(trees="none", comments=False, sweep_requests=3)
        found += [t.record_id for t in ran.tombstones]
        assert [gap for gap in ran.gaps if "sweep" in gap] == expected
        for asked in reddit.asked:
            assert asked.path != "/api/info" or len(asked.query["id"].split(",")) <= 100
    assert found == []
    reader.run(trees="none", comments=False)
    assert "/api/info" not in reddit.paths
    reader.now += timedelta(hours=6)
    ran = reader.run(trees="none", comments=False)
    assert sorted(t.record_id for t in ran.tombstones) == sorted(names[::7])
    assert reddit.paths.count("/api/info") == 2, "only those that were missed"
    reader.now += timedelta(hours=6)
    reader.run(trees="none", comments=False)
    assert "/api/info" not in reddit.paths


def test_a_killed_sweep_goes_on_where_it_stopped(reader: Reader) -> None:
    reddit = reader.server
    names = [reddit.submit(before(days=2, minutes=n)) for n in range(730)]
    reader.run(trees="none", comments=False)
    reader.now += timedelta(days=1)
    gone = set(names[::9])
    for name in gone:
        reddit.vanish(name)
    asked: list[str] = []
    for most in (10, 10, 12, None):  # eight pages of listing, then the sweep
        assert not reader.run(most, trees="none", comments=False).tombstones
        asked += [one for a in reddit.asked if a.path == "/api/info" for one in a.query["id"].split(",")]
    assert set(asked) == set(names)
    assert len(asked) <= len(names) + 300  # at most the page that was cut off again, a run
    found: list[str] = []
    reader.now += timedelta(hours=6)
    for most in (9, 10, None):  # those that were missed, one page of a hundred; then the page that ends the run
        found += [t.record_id for t in reader.run(most, trees="none", comments=False).tombstones]
    assert sorted(found) == sorted(gone)


def test_a_message_found_gone_elsewhere_leaves_a_sweep_under_way_at_its_place() -> None:
    memory = Memory({})
    known = Known(memory, 90, Clock(lambda: NOW))
    names = [f"t3_{number}" for number in range(10)]
    for name in names:
        known.note(name, NOW)
    known.drop({names[0]})
    known.swept("known:325", names[:4])
    assert known.due(24) == [("known:325", names[4:])]
    known.forget(names[1], NOW)
    known.forget(names[5], NOW)
    known.note("t3_late", NOW)
    memory.take()
    assert known.due(24) == [("known:325", [names[4], *names[6:], "t3_late"])]


@pytest.mark.parametrize("trees", ["none", "all"])
def test_nothing_at_all_coming_back_is_never_believed(reader: Reader, trees: str) -> None:
    reddit = reader.server
    names = [reddit.submit(before(days=2)) for _ in range(5)]
    reader.run(comments=False, trees=trees)
    things, reddit.things = reddit.things, {}
    reader.now += timedelta(days=1)
    assert not reader.run(comments=False, trees=trees).tombstones
    for _ in range(3):
        reader.now += timedelta(hours=7)
        ran = reader.run(comments=False, trees=trees)
        assert not ran.tombstones
        assert any("missing at once" in gap for gap in ran.gaps)
    reddit.things = things
    late = reddit.comment(reader.now, names[0], "And now?")
    reader.now += timedelta(hours=1)
    ran = reader.run(comments=False, trees=trees)
    assert set(names) <= set(ran.ids)
    assert reader.state["absent"] == {"since": {}}
    assert late in ran.ids or trees == "none", "the threads are still watched"
    assert all(count == 1 for count in reader.versions.values())


def test_who_cannot_be_read_is_not_taken_for_gone(reader: Reader) -> None:
    reddit = reader.server
    names = [reddit.submit(before(days=2)) for _ in range(3)]
    reader.run(comments=False)
    reddit.things[names[0]] = {"kind": "t3", "data": {"id": None}}
    reddit.things[names[1]]["kind"] = "t3"
    nameless = reddit.things.pop(names[0])
    reader.now += timedelta(days=1)

    reddit.canned["/api/info"].append(json.dumps(listing([nameless, reddit.things[names[1]]])).encode())
    ran = reader.run(comments=False)
    assert not ran.tombstones
    assert [r.reason for r in ran.rejects] == ["bad id"]


def test_what_is_remembered_has_an_upper_bound(reader: Reader) -> None:
    reddit = reader.server
    for day in range(500):
        reddit.submit(before(days=499 - day))
    reader.run(trees="none", comments=False, sweep_days=365)
    kept = [v for k, v in reader.state.items() if k.startswith("known:")]
    assert sum(len(bucket["names"]) for bucket in kept) in (365, 366)
    assert len(kept) <= 366
    reader.now += timedelta(days=200)
    reader.run(trees="none", comments=False, sweep_days=90, refresh_days=7)
    assert sum(len(v["names"]) for k, v in reader.state.items() if k.startswith("known:")) == 0
