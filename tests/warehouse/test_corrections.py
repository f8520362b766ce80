"""What people correct is learnt, shown, and counts once it is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.settings import settings
from flows.understand.models import learned
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.tasks import WIDTH
from flows.understand.registry import SHIPPED, learned_folder
from flows.warehouse.understanding import corrections, versions
from tests.helpers.house import House
from tests.understand.conftest import read_csv

SAYS = "select message_id, sentiment from understanding.messages order by message_id"
MATERIAL = "flows/understand/material/messages.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    settings.cache_clear()


def say(house: House, message_id: str, value: str | None, task: str = "sentiment") -> None:
    house.query(
        "insert into decisions.labels (message_id, task, value, decided_by) values (%s, %s, %s, 'ann') returning 1",
        message_id, task, value,
    )  # fmt: skip


def test_corrections_are_learnt_shown_and_accepted(warehouse: House, home: Path) -> None:
    from flows.settings import PROJECT

    house = warehouse.reading("fast")
    bodies = [row["text"] for row in read_csv(PROJECT / MATERIAL)[::60]]
    house.load_rows(
        {"id": f"m{n:03}", "account": "ann", "posted_at": f"2026-11-01T10:{n % 60:02}:00Z", "body": body}
        for n, body in enumerate(bodies)
    )
    house.refresh()
    before = dict(house.query(SAYS))
    # Given people of this company who call negative what is said to be neutral, and say so of half of all
    half = sorted(before)[::2]
    for message_id in half:
        say(house, message_id, "neutral")  # a slip, taken back below
        say(house, message_id, {"neutral": "negative"}.get(before[message_id], before[message_id]))
    say(house, half[0], None)
    say(house, half[1], "answer", "reply_kind")  # of a customer's message: nothing to learn

    lessons = corrections.read_lessons(house.connection)
    assert len(lessons.texts) == len(bodies)
    assert (lessons.labels["sentiment"] >= 0).sum() == len(half) - 1
    assert (lessons.labels["reply_kind"] < 0).all()

    report = corrections.teach(lessons, house.settings)

    assert report.version and report.outcomes["fast"]["sentiment"].is_better
    # Then it counts for nobody yet: it waits
    assert (learned.candidate(learned_folder()), learned.current(learned_folder())) == (report.version, None)
    house.load_rows([{"id": "new", "account": "bob", "posted_at": "2026-11-02T10:00:00Z", "body": "Un colis."}])
    (told,) = house.refresh()
    assert told.understood[0].waits_for_acceptance is None
    # And its differences can be seen before
    (difference,) = versions.compare(house.connection, house.settings, 2000)
    assert difference.stored == len(bodies) + 1
    assert ("neutral", "negative") in difference.changes["sentiment"].values
    assert set(difference.changes) == {"sentiment"}

    assert versions.accept(house.connection, house.settings) == {"fast": len(bodies) + 1}
    house.refresh()

    after = dict(house.query(SAYS))
    assert sum(before[one] != after[one] for one in before) > 0
    assert [version.split("~")[0].split("+")[0].split(".")[1] for (version,) in house.query(
        "select distinct version from understanding.messages"
    )] == [report.version]  # fmt: skip
    # And one can go back
    versions.accept(house.connection, house.settings, SHIPPED)
    house.refresh()
    assert {one: value for one, value in house.query(SAYS) if one in before} == before


def test_without_corrections_nothing_is_learnt(warehouse: House, home: Path) -> None:
    house = warehouse.reading("fast")
    house.load_rows([{"id": "m", "account": "ann", "posted_at": "2026-11-01T10:00:00Z", "body": "Bonjour"}])
    house.refresh()
    report = corrections.teach(corrections.read_lessons(house.connection), house.settings)
    assert (report.version, report.outcomes) == (None, {"fast": {}})
    assert learned.candidate(learned_folder()) is None


def test_what_counts_is_opened_by_name_and_a_damaged_one_is_said(home: Path) -> None:
    from flows.errors import SettingError
    from flows.understand.profile import Profile
    from flows.understand.registry import open_analyzer
    from tests.understand.test_learning import some_move

    base = FastAnalyzer().base
    version = learned.save({"fast": some_move(base, WIDTH)}, learned_folder(), {})
    assert "." not in open_analyzer("fast", Profile()).version.split("+")[0]
    learned.make_current(learned_folder(), version)
    assert open_analyzer("fast", Profile()).version.startswith(f"{base}.{version}+")
    (learned_folder() / f"{version}.npz").write_bytes(b"")
    with pytest.raises(SettingError, match="accept --learned shipped"):
        open_analyzer("fast", Profile())
    assert open_analyzer("fast", Profile(), SHIPPED).version.startswith(f"{base}+")
