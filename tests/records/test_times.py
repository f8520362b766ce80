"""The one reader of written times: shapes, languages and zones of the wild; what is not known is told or left."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.records.times import read_time
from flows.records.zones import countries
from flows.settings import PROJECT

SHAPES = {
    "Mon, 02 Nov 2026 10:00:00 +0100": "2026-11-02T09:00:00",
    "2 Nov 2026 10:00:00 +01:00": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10:00:00 +1": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10:00:00 +530": "2026-11-02T04:30:00",
    "Mon, 2 Nov 2026 10:00:00 +0530 (IST)": "2026-11-02T04:30:00",
    "Mon, 2 Nov 2026 10:00:00 +0530 IST": "2026-11-02T04:30:00",
    "Mon, 2 Nov 2026 10:00:00 GMT+7": "2026-11-02T03:00:00",
    "Mon, 2 Nov 2026 10:00:00 GMT -5": "2026-11-02T15:00:00",
    "Mon, 2 Nov 2026 10:00:00 UTC+05:30": "2026-11-02T04:30:00",
    "Mon, 2 Nov 2026 10:00:00 \u221203:00": "2026-11-02T13:00:00",
    "Mon, 2 Nov 2026 10:00:00 + 0100": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10 : 00 : 00 +0100": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10:0:5 +0100": "2026-11-02T09:00:05",
    "Mon, 2 Nov 2026 10:00:00 Etc/GMT-1": "2026-11-02T09:00:00",
    "2nd of November 2026, 10:00": "2026-11-02T10:00:00",
    "2026年11月2日 10時30分": "2026-11-02T10:30:00",
    "2026년 11월 2일 오후 3시 5분 7초": "2026-11-02T15:05:07",
    "Mon, 2 Nov 2026 10:00:00 -0000": "2026-11-02T10:00:00",
    "Mon, 2 Nov 2026 10:00:00 (CET)": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10:00:00 Europe/Paris": "2026-11-02T09:00:00",
    "Mon, 2 Nov 2026 10:00:00 Pacific Standard Time": "2026-11-02T18:00:00",
    "Mon Nov 02 2026 10:00:00 GMT+0100 (Central European Standard Time)": "2026-11-02T09:00:00",
    "Mon Nov  2 10:00:00 2026": "2026-11-02T10:00:00",
    "Mon Nov  2 10:00:00 CET 2026": "2026-11-02T09:00:00",
    "Monday, 02-Nov-26 10:00:00 GMT": "2026-11-02T10:00:00",
    "02 Nov 126 10:00:00 GMT": "2026-11-02T10:00:00",
    "Mon, 02 Nov 99 10:00:00 GMT": "1999-11-02T10:00:00",
    "Mon, 02 Nov 2026 24:00:00 GMT": "2026-11-03T00:00:00",
    "Mon, 02 Nov 2026 23:59:60 GMT": "2026-11-02T23:59:59",
    "Mon, 02 Nov 2026 10:00:00 PM": "2026-11-02T22:00:00",
    "Mon, 02 Nov 2026 12:05:00 AM GMT": "2026-11-02T00:05:00",
    "Mon, 02 Nov 2026 12:05:00 p.m. GMT": "2026-11-02T12:05:00",
    "Mon, 02 Nov 2026 14:05:00 PM": "2026-11-02T14:05:00",
    "November 2nd, 2026 at 10 pm": "2026-11-02T22:00:00",
    "Nov 2, 2026, 10:00 a.m.": "2026-11-02T10:00:00",
    "10:00 2 Nov 2026 GMT": "2026-11-02T10:00:00",
    "2026-11-02 10:00:00 +0200 CEST": "2026-11-02T08:00:00",
    "2026-11-02T10:00:00 +01:00": "2026-11-02T09:00:00",
    "2026/11/02 10:00": "2026-11-02T10:00:00",
    "20.11.2026, 10.00": "2026-11-20T10:00:00",
    "11/20/2026 08:28 PM": "2026-11-20T20:28:00",
    "20/11/2026 08:28": "2026-11-20T08:28:00",
    "1793613600": "2026-11-02T10:00:00",
    "1793613600000": "2026-11-02T10:00:00",
    "ven., 20 nov. 2026 10:00:00 +0100": "2026-11-20T09:00:00",
    "lunes, 2 de noviembre de 2026 10:00": "2026-11-02T10:00:00",
    "Mo, 2. März 2026 10:00:00 +0100": "2026-03-02T09:00:00",
    "\u041f\u043d, 02 \u043d\u043e\u044f 2026 10:00:00 +0300": "2026-11-02T07:00:00",
    "pon., 2 lis 2026 10:00:00 +0100": "2026-11-02T09:00:00",
    "2 marraskuuta 2026 10:00": "2026-11-02T10:00:00",
    "2 Kas 2026 10:00": "2026-11-02T10:00:00",
    "2 \u0646\u0648\u0641\u0645\u0628\u0631 2026 10:00": "2026-11-02T10:00:00",
    "2026年11月2日(月) 午後3:05": "2026-11-02T15:05:00",
    "2026년 11월 2일 오전 10:00": "2026-11-02T10:00:00",
    "\u200e2 Nov 2026 １０:００": "2026-11-02T10:00:00",
}
NONE = [
    "", " ", "lundi", "yesterday", "10:00", "02/03/2026 10:00", "Mon, 32 Nov 2026 10:00:00", "Nov 2026",
    "Tue, 31 Feb 2026 10:00:00 +0100", "Mon, 02 Nov 2026 25:00:00 GMT", "Mon, 02 Nov 2026 10:61:00 GMT",
    "Mon, 02 Nov 2026 10:00:00 +9999", "2017-06-13T03:18:00+00:0", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z",
    "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 99999 99:99:99 +9999", "x" * 5_000, "1" * 4_000,
]  # fmt: skip


@pytest.mark.parametrize("written", SHAPES)
def test_times_as_they_are_written(written: str) -> None:
    found = read_time(written)

    assert found
    assert (found.moment.isoformat(), found.doubt) == (f"{SHAPES[written]}+00:00", None)


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_moment_is_none_and_none_is_guessed(written: str) -> None:
    assert read_time(written) is None


@pytest.mark.parametrize(
    ("written", "precision"),
    [("20 Nov 2026", "day"), ("2026-11-20", "day"), ("2026-11-20 10h30", "minute"), ("20 Nov 2026 10 pm", "hour"),
     ("20 Nov 2026 10:00:01", "second")],
)  # fmt: skip
def test_a_time_is_as_precise_as_it_is_written(written: str, precision: str) -> None:
    found = read_time(written)
    assert found
    assert (found.precision, found.moment.date().isoformat()) == (precision, "2026-11-20")


IST = "Mon, 06 Jul 2026 10:00:00 IST"


@pytest.mark.parametrize(
    ("written", "where", "moment", "is_doubtful"),
    [
        (IST, countries(languages=["en-IE"]), "09:00", False),
        (IST, countries(languages=["he"]), "08:00", False),
        (IST, countries(languages=[None, "en"], hosts=["news.example.in"]), "04:30", False),
        (IST, countries(languages=["en"], hosts=["example.com"]), "04:30", True),
        ("Mon, 06 Jul 2026 10:00:00 BST", countries(hosts=["example.co.uk"]), "09:00", False),
        ("Mon, 06 Jul 2026 10:00:00 BST", countries(languages=["bn"]), "04:00", False),
        ("Mon, 06 Jul 2026 10:00:00 BST", (), "09:00", True),
        ("Mon, 06 Jul 2026 10:00:00 CST", countries(languages=["zh_CN"]), "02:00", False),
        ("Mon, 06 Jul 2026 10:00:00 CST", (), "16:00", False),
        ("Mon, 06 Jul 2026 10:00:00 XYZT", (), "10:00", True),
        ("Mon, 06 Jul 2026 10:00:00 0100", (), "10:00", True),
        ("06/07/2026 10:00", countries(languages=["fr-FR"]), "10:00", False),
        ("07/06/2026 10:00", countries(languages=["en-US"]), "10:00", False),
    ],
)
def test_letters_that_several_countries_use_are_read_by_the_country_or_the_doubt_is_told(
    written: str, where: tuple[str, ...], moment: str, is_doubtful: bool
) -> None:
    found = read_time(written, where=where)
    assert found
    assert (found.moment.isoformat()[:16], bool(found.doubt)) == (f"2026-07-06T{moment}", is_doubtful)


@pytest.mark.parametrize("written", ["02-NOV-26 10.00.00.000000 AM", "2026-11-02 10-15-30"])
def test_a_time_of_day_that_nobody_understands_is_no_day_of_its_own(written: str) -> None:
    found = read_time(written)
    assert found
    assert found.doubt == "a part of the date is not understood"


def test_letters_are_read_by_a_moment_that_the_time_lies_near_to() -> None:
    found = read_time(IST, near=datetime(2026, 7, 6, 9, 1, tzinfo=UTC))
    assert found
    assert (found.moment.hour, found.doubt) == (9, None)


@given(st.text(max_size=60) | st.from_regex(r"[\d:,/. +\-a-zA-Z()]{0,40}", fullmatch=True))
def test_whatever_is_written_it_is_a_moment_of_our_days_or_none(written: str) -> None:
    found = read_time(written)
    assert found is None or (found.moment.year >= 1990 and found.moment.tzinfo is UTC)


def test_long_texts_take_no_time() -> None:
    started = time.process_time()
    for text in ("1 " * 600, "1 nov " * 200, "(" * 1_400, "10:00 " * 200, "+1" * 700, "1.1." * 300):
        read_time(text)
    assert time.process_time() - started < 5


def test_every_source_reads_written_times_here() -> None:
    """Formats of protocols apart: HTTP's dates, and those that a mapping of files names itself."""
    allowed = {"flows/records/times.py", "flows/sources/http/limits.py"}
    own = re.compile(r"parsedate|dateutil|dateparser")
    places = {
        file.relative_to(PROJECT).as_posix()
        for file in Path(PROJECT, "flows").rglob("*.py")
        if own.search(file.read_text(encoding="utf-8"))
    }
    assert places <= allowed
