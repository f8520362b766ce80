"""Texts are understood once, page by page, between what was said and the figures; and again only for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.errors import SettingError
from flows.warehouse.refresh.run import refresh
from flows.warehouse.understanding import stage
from tests.helpers import rules
from tests.helpers.house import House

SAID = "select message_id, intent, round(intent_probability::numeric, 2)::float from marts.fct_messages order by 1"
READ = "select message_id, speed, version from understanding.messages order by 1"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "read.txt"
    monkeypatch.setenv(rules.LOG, str(path))
    return path


def reading(house: House, understand: str = "rules", **more: Any) -> House:
    house.settings = house.settings.model_copy(update={"understand": understand, **more})
    return house


@pytest.fixture
def house(warehouse: House, tmp_path: Path) -> Iterator[House]:
    with rules.installed(tmp_path / "packages"):
        yield reading(warehouse)


def write(house: House, *bodies: str, **columns: Any) -> None:
    house.load_rows(
        {"id": f"m{n}", "account": "ann", "posted_at": f"2026-11-01T10:{n:02}:00Z", "body": body, **columns}
        for n, body in enumerate(bodies)
    )


def texts(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def test_what_a_message_says_stands_on_it(house: House) -> None:
    write(house, "Where is it? {intent=question}{language=en@0.9}", "fine {intent=praise@0.7}", "")

    (report,) = house.refresh()

    assert house.query(SAID) == [
        ("archive:m0", "question", 0.95), ("archive:m1", "praise", 0.7), ("archive:m2", None, None)
    ]  # fmt: skip
    (labels,) = house.query("select language, evidence, analyser, analyser_version from marts.fct_messages limit 1")
    assert labels == ("en", {"intent": [[13, 30]], "language": [[30, 47]]}, "rules", "1")
    assert [(one.speed, one.texts, one.read, one.left) for one in report.understood] == [("rules", 2, 2, 0)]
    assert house.refresh() == []


def test_off_nothing_is_read_and_nothing_said(house: House, log: Path) -> None:
    reading(house, "off")
    write(house, "{intent=question}")
    (report,) = house.refresh()

    assert (house.query(SAID), report.understood, texts(log)) == ([("archive:m0", None, None)], [], [])

    # When it is switched on, what is there is read, though nothing new was collected
    reading(house)
    assert len(house.refresh()) == 1
    assert house.query(SAID) == [("archive:m0", "question", 0.95)]
    assert house.refresh() == []


def test_a_text_is_read_again_where_it_or_who_speaks_changed(house: House, log: Path) -> None:
    write(house, "{intent=question}{reply_kind=holding}", "{intent=idea}")
    house.refresh()
    write(house, "{intent=question}{reply_kind=holding}", "{intent=complaint}")
    house.refresh()
    assert texts(log) == ["{intent=idea}", "{intent=question}{reply_kind=holding}", "{intent=complaint}"]
    assert house.query(SAID) == [("archive:m0", "question", 0.95), ("archive:m1", "complaint", 0.95)]

    house.load_rows([{
        "id": "m0", "account": "desk", "role": "brand", "posted_at": "2026-11-01T10:00:00Z",
        "body": "{intent=question}{reply_kind=holding}",
    }])  # fmt: skip
    house.refresh()
    assert house.query("select intent, reply_kind from marts.fct_messages where message_id = 'archive:m0'") == [
        (None, "holding")
    ]
    house.assert_equals_rebuild()


def test_the_same_words_are_read_once_but_for_dates_that_hang_on_the_day(house: House, log: Path) -> None:
    write(house, "{intent=idea}", "{intent=idea}", "due {date:tomorrow}", "due {date:tomorrow}")
    house.refresh()
    house.load_rows(
        [{"id": "late", "account": "bob", "posted_at": "2026-11-02T10:00:00Z", "body": "{intent=idea}"}]
    )
    house.refresh()

    assert sorted(texts(log)) == ["due {date:tomorrow}", "due {date:tomorrow}", "{intent=idea}"]
    assert [intent for _, intent, _ in house.query(SAID)] == ["idea", "idea", "idea", None, None]


def test_what_went_is_not_kept(house: House) -> None:
    write(house, "{intent=idea}{product:Alto}", "{intent=idea}")
    house.refresh()
    house.remove("m0")
    house.refresh()

    assert house.query(READ) == [("archive:m1", "rules", "1")]
    assert house.query("select * from understanding.mentions") == []


def test_a_better_analyser_refines_in_its_time_who_waits_first(house: House, log: Path, monkeypatch) -> None:
    monkeypatch.setattr(stage, "PAGE", 1)
    reading(house, "rules,rules-slow", understand_seconds=0)
    write(house, "a {intent=idea}{answerable=no}", "b {intent=idea}{answerable=yes}", "c {answerable=no}")
    (report,) = house.refresh()
    assert [(one.speed, one.read, one.left) for one in report.understood] == [("rules", 3, 0), ("rules-slow", 0, 3)]

    # When there is time, though nothing new was collected
    reading(house, "rules,rules-slow", understand_seconds=600)
    log.unlink()
    assert len(house.refresh()) == 1
    assert [text[0] for text in texts(log)] == ["b", "c", "a"]
    assert {speed for _, speed, _ in house.query(READ)} == {"rules-slow"}
    assert house.refresh() == []
    house.assert_equals_rebuild()


def test_a_text_that_an_analyser_fails_on_takes_no_other_with_it(house: House) -> None:
    write(house, "{intent=idea}", "{fail}{intent=idea}", "{intent=question}")
    (report,) = house.refresh()

    assert [intent for _, intent, _ in house.query(SAID)] == ["idea", None, "question"]
    assert [(one.read, one.failed) for one in report.understood] == [(3, 1)]
    assert house.refresh() == []


def test_many_texts_are_read_by_several_processes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "PAGE", 7)
    monkeypatch.setattr("flows.warehouse.understanding.reading.FEW", 10)
    write(house, *(f"{n} {{intent=idea}}" for n in range(40)))
    house.refresh()

    assert [intent for _, intent, _ in house.query(SAID)] == ["idea"] * 40


def test_an_analyser_that_is_not_there_is_told(house: House) -> None:
    reading(house, "oracle")
    write(house, "{intent=idea}")

    with pytest.raises(SettingError, match=r"no analyser oracle; there are off, fast, rules, rules-slow, standard"):
        refresh(house.settings, as_of=house.as_of)
