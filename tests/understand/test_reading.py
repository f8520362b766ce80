"""The analyser puts language, mentions and the heads' labels together, whatever a text holds."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.understand import copies, lists
from flows.understand.analyzer import Analyzer, Label, Text
from flows.understand.profile import Profile
from flows.understand.reading import Reading

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NASTY = [
    "\x00",
    "\ud800",
    "\u0301",
    "\u202e",
    "<b>",
    "&amp;",
    "😀",
    "\n",
    "\u200d",
    "ﷺ",
    "İ",
    "ß",
    "@",
    "https://",
    "1/",
]


class Heads:
    """Stands in for trained heads: a label model says the same of every text."""

    name, version = "heads", "7"

    def __init__(self, noise: Label | None = None) -> None:
        self.noise = noise or Label("no", 0.9)

    def labels(self, texts: Sequence[Text]) -> list[Mapping[str, Label]]:
        return [
            {"sentiment": Label("negative" if "nul" in text.text else "positive", 0.8), "noise": self.noise}
            for text in texts
        ]


@pytest.fixture(scope="module")
def reading(profile: Profile) -> Reading:
    return Reading(profile, Heads())


def test_a_message_is_understood_in_one_go(reading: Reading) -> None:
    text = (
        "La livraison à Lyon demain est parfaite mais le service client est nul, "
        "même Banque Platane fait mieux que ma Carte Feuille"
    )

    (told,) = reading.analyze([Text(text, posted_at=NOW)])

    assert told.labels["language"].value == "fr"
    assert told.labels["sentiment"].value == "negative"
    assert {(m.kind, m.value) for m in told.mentions} == {
        ("topic", "delivery"), ("topic", "staff"), ("place", "Lyon"), ("date", "2026-12-01"),
        ("competitor", "Banque Platane"), ("product", "Carte"), ("aspect", "delivery"), ("aspect", "staff"),
    }  # fmt: skip
    aspects = {m.value: m.details["sentiment"] for m in told.mentions if m.kind == "aspect"}
    assert aspects == {"delivery": "positive", "staff": "negative"}


def test_it_is_an_analyser_whose_version_tells_the_heads_too(profile: Profile) -> None:
    reading: Analyzer = Reading(profile, Heads())
    bare: Analyzer = Reading(profile)

    assert (reading.name, reading.version) == ("heads", f"7+{bare.version}")
    assert set(bare.analyze([Text("bonjour à tous")])[0].labels) == {"language"}


def test_another_content_of_a_list_is_another_version(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = Reading(profile).version
    for file in lists.FOLDER.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(lists, "FOLDER", tmp_path)
    assert Reading(profile).version == shipped

    versions = {shipped}
    for file in sorted(tmp_path.glob("*.yaml")):
        before = file.read_bytes()
        file.write_bytes(before + b"\nlater: [another]\n")
        versions.add(Reading(profile).version)
        file.write_bytes(before)

    # Every list but that of themes, which are no part of what is read of a message
    assert len(versions) == 1 + len(list(tmp_path.glob("*.yaml"))) - 1


def test_clauses_may_be_judged_by_quicker_heads(profile: Profile) -> None:
    class Quick(Heads):
        version = "2"

        def labels(self, texts: Sequence[Text]) -> list[Mapping[str, Label]]:
            return [{"sentiment": Label("neutral", 0.5)} for _ in texts]

    reading = Reading(profile, Heads(), Quick())

    (told,) = reading.analyze([Text("livraison parfaite mais service client nul")])

    assert {m.details["sentiment"] for m in told.mentions if m.kind == "aspect"} == {"neutral"}
    assert told.labels["sentiment"].value == "negative"
    assert reading.version.startswith("7+2+")


def test_a_reason_makes_noise_and_a_weak_one_only_supports_the_head(profile: Profile) -> None:
    sure = Text("Prêt entre particuliers de 2000 à 50000 €, offre limitée, cliquez ici https://example.org")
    weak = Text("Half price now, sign up here")
    says_no, says_yes = Reading(profile, Heads()), Reading(profile, Heads(Label("yes", 0.6)))

    assert says_no.analyze([sure])[0].labels["noise"].value == "yes"
    assert says_no.analyze([weak])[0].labels["noise"] == Label("no", 0.9)
    assert says_yes.analyze([weak])[0].labels["noise"].evidence != ()


def test_the_company_makes_no_noise_and_has_no_aspects(reading: Reading) -> None:
    (told,) = reading.analyze([Text("-20 % sur la livraison, code PROMO20, profitez vite", is_company=True)])

    assert told.labels["noise"].value == "no"
    assert {m.kind for m in told.mentions} <= {"topic", "product"}


def test_the_hint_reaches_the_language(reading: Reading) -> None:
    told = reading.analyze([Text("ok", language_hint="fr"), Text("ok", language_hint="en")])

    assert [own.labels["language"].value for own in told] == ["fr", "en"]


def test_texts_read_together_or_alone_say_the_same(reading: Reading, messages: list[dict[str, str]]) -> None:
    texts = [Text(row["text"], posted_at=NOW) for row in messages[:200]]

    assert reading.analyze(texts) == [reading.analyze([text])[0] for text in texts]
    assert reading.analyze([]) == []


def drawn(rng: random.Random, bodies: list[str]) -> str:
    """Something that a text could be: any characters, a damaged message, zalgo, reversed, figures and marks."""
    kind = rng.randrange(6)
    body = rng.choice(bodies)
    if kind == 0:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(60)))
    if kind == 1:
        damaged = list(body)
        for _ in range(rng.randrange(12)):
            damaged.insert(rng.randrange(len(damaged) + 1), rng.choice(NASTY))
        return "".join(damaged)
    if kind == 2:
        marks = (chr(rng.randrange(0x300, 0x36F)) for _ in range(10_000))
        return "".join(letter + "".join(next(marks) for _ in range(rng.randrange(6))) for letter in body[:60])
    if kind == 3:
        return body[::-1]
    if kind == 4:
        return "".join(rng.choice("0123456789/.-: demainlundi@#http") for _ in range(rng.randrange(80)))
    return rng.choice(
        ["", "😀😀", "مرحبا كيف الحال", "你好", "   ", '<html><a href="x">y</a></html>', "\ud83d", '"' * 50]
    )


def test_ten_thousand_drawn_texts_are_answered(reading: Reading, messages: list[dict[str, str]]) -> None:
    rng = random.Random(9)
    hints = [None, "fr", "xx", ""]
    bodies = [row["text"] for row in messages]
    texts = [
        Text(
            drawn(rng, bodies),
            rng.random() < 0.2,
            NOW if rng.random() < 0.8 else None,
            rng.choice(hints),
        )
        for _ in range(10_000)
    ]

    told = reading.analyze(texts)
    copies.signatures([text.text for text in texts])

    assert len(told) == len(texts)
    for text, own in zip(texts, told, strict=True):
        assert "language" in own.labels
        for mention in own.mentions:
            assert 0 <= mention.span[0] < mention.span[1] <= len(text.text), (text, mention)
            assert 0 < mention.probability <= 1


@pytest.mark.parametrize(
    "base",
    [
        "bonjour ma livraison est en retard ", "été à Orléans ", "https://a.b/c ", "#x ", "@a", "1/2 ", "a",
        "e\u0301\u0302", "<", "[url=", "livraison mais ", "Paris ", "buy now 20% off code AB12 ", "in 3 ", "\n",
        ". ", "a-", " ", "rt like win ", "Zenntia ", "😀", "the latest ", "train ", "hier le 3/",
    ],
)  # fmt: skip
def test_a_long_text_takes_time_in_proportion(reading: Reading, base: str) -> None:
    """200,000 characters take some .3 s of CPU; what grows with the square takes minutes."""
    text = (base * (200_000 // len(base) + 1))[:200_000]
    before = time.process_time()

    reading.analyze([Text(text, posted_at=NOW)])
    copies.signature(text)
    copies.verify(text, text)

    assert time.process_time() - before < 10
