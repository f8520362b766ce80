"""Texts are understood once, page by page, between what was said and the figures; and again only for a reason."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.errors import SettingError
from flows.reporting import refresh_markdown
from flows.settings import DBT_PROJECT, PROJECT, settings
from flows.understand import copies
from flows.understand.dates import Dates
from flows.understand.folding import fold
from flows.understand.profile import Profile
from flows.warehouse.refresh.run import refresh
from flows.warehouse.understanding import company, stage, versions
from flows.warehouse.understanding.writing import COLUMNS, TASKS
from tests.helpers import rules
from tests.helpers.databases import SCRATCH, Server, url_of
from tests.helpers.house import House, assert_same_rows
from tests.servers.completions_server import serving
from tests.warehouse.crashes import run_in_child

SAID = "select message_id, intent, round(intent_probability::numeric, 2)::float from marts.fct_messages order by 1"
READ = "select message_id, speed, split_part(version, '~', 1) from understanding.messages order by 1"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "read.txt"
    monkeypatch.setenv(rules.LOG, str(path))
    return path


@pytest.fixture
def house(warehouse: House, tmp_path: Path) -> Iterator[House]:
    with rules.installed(tmp_path / "packages"):
        yield warehouse.reading()


def write(house: House, *bodies: str, **columns: Any) -> None:
    house.load_rows(
        {
            "id": f"m{n}",
            "account": "ann",
            "posted_at": f"2026-11-01T{10 + n // 60}:{n % 60:02}:00Z",
            "body": body,
            **columns,
        }
        for n, body in enumerate(bodies)
    )


def texts(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def test_the_company_says_where_and_in_which_languages_it_is_spoken_to(house: House, tmp_path: Path) -> None:
    given = (DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    for name, value in (("languages", "[NL, en]"), ("countries", "[be]")):
        given = re.sub(rf"company_{name}: .*", f"company_{name}: {value}", given)
    given = given.replace("english_day_first: false", "english_day_first: true")
    (tmp_path / "dbt_project.yml").write_text(given, encoding="utf-8")

    profile = Profile.from_rows(**company.read_habits(tmp_path))
    assert (profile.languages, profile.countries) == (("nl", "en"), ("BE",))
    (date,) = Dates(profile.zone, profile.english_day_first).find(fold("on 03/04/2026"), None, "en")
    assert date.value == "2026-04-03"

    # And as it ships, nothing is read again: the lists' hash is part of the version
    shipped = company.read_profile(house.connection, "staging")
    assert replace(shipped, products=(), topics=(), competitors=(), places=()) == Profile(zone="Europe/Paris")


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


def test_noise_says_why_it_is_noise(house: House) -> None:
    write(house, "{noise=yes}{noise:stuffed}", "{noise=no}{noise:stuffed}")
    house.refresh()

    reasons = "select noise, noise_reason from marts.fct_messages order by message_id"
    assert house.query(reasons) == [("yes", "stuffed"), ("no", None)]


def test_off_nothing_is_read_and_nothing_said(house: House, log: Path) -> None:
    house.reading("off")
    write(house, "{intent=question}")
    (report,) = house.refresh()

    assert (house.query(SAID), report.understood, texts(log)) == ([("archive:m0", None, None)], [], [])

    # When it is switched on, what is there is read, though nothing new was collected
    house.reading()
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


def test_copies_of_a_text_are_one_group_that_begins_with_the_oldest(house: House) -> None:
    spam = "Win a brand new telephone today, click on this link before everybody else does https://x.example/{}"
    other = "My parcel has been lost for three weeks and nobody of your service answers my letters"
    write(house, spam.format(1), spam.format(2), other, "thanks")
    house.refresh()
    late = {
        "id": "late",
        "account": "bob",
        "posted_at": "2026-11-03T10:00:00Z",
        "body": f"RT @ann: {spam.format(3)}",
    }
    old = {"id": "old", "account": "bob", "posted_at": "2025-11-03T10:00:00Z", "body": spam.format(4)}
    house.load_rows([late, old])
    house.refresh()

    groups = dict(house.query("select message_id, copy_group_id from marts.fct_messages"))
    assert groups == {
        "archive:m0": "archive:m0", "archive:m1": "archive:m0", "archive:late": "archive:m0",
        "archive:m2": "archive:m2", "archive:m3": None, "archive:old": None,
    }  # fmt: skip
    house.assert_equals_rebuild()


def test_a_group_whose_first_went_is_called_by_the_next(house: House) -> None:
    spam = "Win a brand new telephone today, click on this link before everybody else does https://x.example/{}"
    house.load_rows(
        {"id": f"m{n}", "account": f"a{n}", "thread": f"t{n}", "posted_at": f"2026-11-0{n + 1}T10:00:00Z",
         "body": spam.format(n)}
        for n in range(4)
    )  # fmt: skip
    house.refresh()

    # When the first goes, and the second says something else
    house.remove("m0")
    house.load_rows([{
        "id": "m1", "account": "a1", "thread": "t1", "posted_at": "2026-11-02T10:00:00Z",
        "body": "My parcel has been lost for three weeks and nobody of your service answers my letters",
    }])  # fmt: skip
    house.refresh()

    # Then nothing is called by a message that is no copy of it, or no longer there
    groups = "select message_id, copy_group_id from marts.fct_messages order by 1"
    assert house.query(groups) == [
        ("archive:m1", "archive:m1"), ("archive:m2", "archive:m2"), ("archive:m3", "archive:m2")
    ]  # fmt: skip
    house.assert_equals_rebuild()


def test_mails_that_only_begin_alike_are_compared_with_few(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    verify = copies.verify
    monkeypatch.setattr(copies, "verify", lambda one, other: compared.append(one) or verify(one, other))
    words = random.Random(3)
    drawn = ["".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(2000)]
    bodies = [f"Hello I am writing about {' '.join(words.choices(drawn, k=30))}" for _ in range(200)]
    write(house, *bodies)
    house.refresh()
    assert len(compared) <= 200 * 20  # each with each are 19,900

    # When one of the first is sent again, after all those that begin like it
    house.load_rows([{"id": "again", "account": "bob", "posted_at": "2026-11-02T10:00:00Z", "body": bodies[3]}])
    house.refresh()
    group = "select group_id from understanding.copies where message_id = 'archive:again'"
    assert house.value(group) == "archive:m3"


def test_what_went_is_not_kept(house: House) -> None:
    write(house, "{intent=idea}{product:Alto}", "{intent=idea}")
    house.refresh()
    house.remove("m0")
    house.refresh()

    assert house.query(READ) == [("archive:m1", "rules", "1")]
    assert house.query("select * from understanding.mentions") == []


def test_a_better_analyser_refines_in_its_time_who_waits_first(house: House, log: Path, monkeypatch) -> None:
    monkeypatch.setattr(stage, "PAGE", 1)
    house.reading("rules,rules-slow", understand_seconds=0)
    write(house, "a {intent=idea}{answerable=no}", "b {intent=idea}{answerable=yes}", "c {answerable=no}")
    (report,) = house.refresh()
    assert [(one.speed, one.read, one.left) for one in report.understood] == [("rules", 3, 0), ("rules-slow", 0, 3)]

    # When there is time, though nothing new was collected
    house.reading("rules,rules-slow", understand_seconds=600)
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

    # When somebody writes the same, it is read, and the failure told again
    house.load_rows(
        [{"id": "m3", "account": "bob", "posted_at": "2026-11-02T10:00:00Z", "body": "{fail}{intent=idea}"}]
    )
    (report,) = house.refresh()
    assert [(one.read, one.failed) for one in report.understood] == [(1, 1)]


def test_an_analyser_that_gives_too_few_answers_fails_on_these_texts(house: House) -> None:
    write(house, "{intent=idea}", "{drop}{intent=idea}", "{intent=question}")
    (report,) = house.refresh()

    assert [intent for _, intent, _ in house.query(SAID)] == ["idea", None, "question"]
    assert [(one.read, one.failed) for one in report.understood] == [(3, 1)]


def test_many_texts_are_read_by_several_processes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "PAGE", 7)
    monkeypatch.setattr("flows.warehouse.understanding.reading.FEW", 10)
    write(house, *(f"{n} {{intent=idea}}" for n in range(40)))
    house.refresh()

    assert [intent for _, intent, _ in house.query(SAID)] == ["idea"] * 40


def test_an_analyser_that_is_not_there_is_told(house: House) -> None:
    house.reading("oracle")
    write(house, "{intent=idea}")

    with pytest.raises(SettingError, match=r"no analyser oracle; there are off, .*fast, .*rules"):
        refresh(house.settings, as_of=house.as_of)


def test_a_new_version_reads_what_is_new_and_the_rest_once_it_is_accepted(house, log, monkeypatch) -> None:
    # Given a new version, which takes praise for an opinion
    write(house, "a {intent=praise}", "b {intent=praise}", "c {intent=idea}")
    house.refresh()
    monkeypatch.setenv(rules.VERSION, "2")
    house.load_rows(
        [{"id": "m3", "account": "ann", "posted_at": "2026-11-02T10:00:00Z", "body": "d {intent=praise}"}]
    )

    # When nobody has accepted it, it reads what is new, and says so
    (report,) = house.refresh()
    assert [intent for _, intent, _ in house.query(SAID)] == ["praise", "praise", "idea", "opinion"]
    assert [one.waits_for_acceptance for one in report.understood] == ["rules 2"]
    assert house.refresh() == []

    # Then it can be compared, and accepted
    (difference,) = versions.compare(house.connection, house.settings, 2)
    assert (difference.stored, difference.compared) == (3, 2)
    changes = {task: (change.values, change.examples) for task, change in difference.changes.items()}
    pair = ("praise", "opinion")
    assert changes == {"intent": ({pair: 1}, {pair: ["archive:m1"]})}
    assert [intent for _, intent, _ in house.query(SAID)] == ["praise", "praise", "idea", "opinion"]

    assert versions.accept(house.connection, house.settings) == {"rules": 3}
    log.unlink()
    (report,) = house.refresh()
    assert [one.waits_for_acceptance for one in report.understood] == [None]
    assert [intent for _, intent, _ in house.query(SAID)] == ["opinion", "opinion", "idea", "opinion"]
    assert sorted(text[0] for text in texts(log)) == ["a", "b", "c"]
    assert house.refresh() == []


def test_a_comparison_names_only_what_changes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    write(house, "a {noise=yes}{noise:stuffed}{intent=idea}")
    house.refresh()
    monkeypatch.setenv(rules.VERSION, "2")

    (difference,) = versions.compare(house.connection, house.settings, 9)
    assert (difference.compared, difference.changes) == (1, {})


def test_what_a_rejected_version_read_is_read_again_once_the_old_one_is_accepted(house, monkeypatch) -> None:
    # Given a new version that read what came, and was taken back
    write(house, "a {intent=praise}")
    house.refresh()
    monkeypatch.setenv(rules.VERSION, "2")
    house.load_rows(
        [{"id": "m1", "account": "ann", "posted_at": "2026-11-02T10:00:00Z", "body": "b {intent=praise}"}]
    )
    house.refresh()
    monkeypatch.setenv(rules.VERSION, "1")

    assert versions.accept(house.connection, house.settings) == {"rules": 1}
    assert len(house.refresh()) == 1
    assert [intent for _, intent, _ in house.query(SAID)] == ["praise", "praise"]
    assert house.refresh() == []
    assert versions.accept(house.connection, house.settings) == {"rules": 0}
    assert house.refresh() == []


def test_a_version_that_is_accepted_while_a_refresh_reads_stays_accepted(house, monkeypatch) -> None:
    write(house, "a {intent=praise}")
    house.refresh()
    monkeypatch.setenv(rules.VERSION, "2")
    house.load_rows(
        [{"id": "m1", "account": "ann", "posted_at": "2026-11-02T10:00:00Z", "body": "b {intent=praise}"}]
    )

    refresh(house.settings, as_of=house.as_of, on_texts=lambda _: versions.accept(house.connection, house.settings))

    assert len(house.refresh()) == 1
    assert [intent for _, intent, _ in house.query(SAID)] == ["opinion", "opinion"]
    assert house.refresh() == []


def test_killed_in_the_middle_it_goes_on_from_there(house, log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "PAGE", 5)
    write(house, *(f"{n} {{intent=idea}}{{product:Alto}}" for n in range(300)))
    count = "select count(*) from understanding.messages"

    # When the refresh is killed while it reads
    killed, _ = run_in_child(
        lambda: refresh(house.settings, as_of=house.as_of),
        house.folder / "log",
        kill_when=lambda: house.value(count),
    )
    done = house.value(count)
    assert (killed, 0 < done < 300, done % 5) == (True, True, 0)

    # Then the next reads the others, and at most the page that was lost again
    house.refresh()
    assert house.value("select count(*) from marts.fct_messages where intent = 'idea'") == 300
    assert house.value("select count(*) from marts.message_mentions") == 300
    assert len(set(texts(log))) == 300
    assert len(texts(log)) <= 305
    assert_same_rows(house.built(), house.assert_equals_rebuild())


NOTHING = """
import sys
from flows.warehouse.refresh.run import refresh
assert refresh() == [], "there was something to do"
assert not [name for name in sys.modules if name.split(".")[0] in ("dbt", "numpy", "onnxruntime")]
"""


def test_the_analyser_that_ships_reads_and_is_not_imported_for_nothing(house: House, server: Server) -> None:
    house.reading("fast")
    write(house, "Bonjour, où est mon colis ? Je n'ai toujours rien reçu.", "Thanks, it works again now!")
    house.refresh()
    (first, second) = (intent for _, intent, _ in house.query(SAID))
    assert (first, bool(second)) == ("question", True)

    environment = os.environ | {
        "VIGIE_DATABASE_URL": url_of(server.url, SCRATCH), "VIGIE_HOME": str(server.home),
        "VIGIE_UNDERSTAND": "fast",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", NOTHING], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_task_has_its_columns_everywhere(house: House) -> None:
    columns = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
    assert {name for (name,) in house.query(columns, "understanding", "messages")} == {*COLUMNS, "understood_at"}
    macro = (DBT_PROJECT / "macros" / "understood.sql").read_text(encoding="utf-8")
    listed = macro.split("do return([")[1].split("])")[0]
    assert sorted(listed.replace("'", "").replace(",", " ").split()) == sorted(TASKS)
    labels = (DBT_PROJECT / "models" / "staging" / "stg_decisions__labels.yml").read_text(encoding="utf-8")
    assert all(f"- {task}\n" in labels for task in TASKS)


def test_where_a_budget_ends_what_others_said_stays_and_the_next_refresh_goes_on(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        file = tmp_path / "endpoint.yaml"
        file.write_text(
            f"{{url: '{server.url}', model: small, tasks: [intent], texts_per_request: 1, max_requests: 2,"
            " allowed_private: [127.0.0.1]}"
        )
        monkeypatch.setenv("VIGIE_UNDERSTAND_ENDPOINT", str(file))
        settings.cache_clear()
        house.reading("rules,endpoint")
        write(house, *(f"{n} " + "{intent=idea}" for n in range(3)))

        (report,) = house.refresh()

        mine = report.understood[1]
        assert (mine.read, mine.left, mine.wants_somebody) == (2, 1, True)
        assert "the run's 2 requests are used up" in mine.told
        assert mine.told in refresh_markdown([report])
        read = "select message_id, analyser, intent from understanding.messages order by message_id"
        assert house.query(read) == [
            ("archive:m0", "rules", "idea"),
            ("archive:m1", "endpoint small", "idea"),
            ("archive:m2", "endpoint small", "idea"),
        ]
        # Nothing new was collected: the next refresh has a budget of its own
        (report,) = house.refresh()
        assert (report.understood[0].read, report.understood[0].stopped) == (1, None)
        assert {analyser for _, analyser, _ in house.query(read)} == {"endpoint small"}
        assert house.refresh() == []
    settings.cache_clear()
