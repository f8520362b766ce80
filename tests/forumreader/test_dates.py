"""Dates are read as every engine writes them, and what is no date is never made one."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.forumreader.dates.moments import guess_day_first, read_moment
from flows.forumreader.dates.words import BESIDE, CUES, DAYS, LANGUAGES, MONTH, WEEKDAY

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 15, 0, 30, tzinfo=UTC)  # a Sunday, 16:00 in Paris

WRITTEN = {
    # phpBB
    "Mon Jan 05, 2004 3:14 pm": "2004-01-05T15:14:00+01:00 minute",
    "Posted: Mon Jan 05, 2004 3:14 pm  Post subject: Re: on 3 Jan 2003 10:10": "2004-01-05T15:14:00+01:00 minute",
    "by Ann Example » Mon Jan 05, 2004 3:14 pm": "2004-01-05T15:14:00+01:00 minute",
    "Posté le: Mar 12 Mar 2019 10:11": "2019-03-12T10:11:00+01:00 minute",
    "Mar Mar 12, 2019 12:11 am": "2019-03-12T00:11:00+01:00 minute",
    "par Zoé » 18 mars 2018, 10:57": "2018-03-18T10:57:00+01:00 minute",
    "Sam 21 Nov - 10:11": "2026-11-21T10:11:00+01:00 minute",
    # vBulletin
    "01-25-2004, 03:14 PM": "2004-01-25T15:14:00+01:00 minute",
    "Yesterday, 10:02 PM": "2026-11-21T22:02:00+01:00 minute",
    "Today, 12:02 AM": "2026-11-22T00:02:00+01:00 minute",
    "Tue 12th Mar '19, 10:11am": "2019-03-12T10:11:00+01:00 minute",
    "5th January 2004, 03:14 PM": "2004-01-05T15:14:00+01:00 minute",
    "January 5th, 2004, 03:14 PM": "2004-01-05T15:14:00+01:00 minute",
    "25/01/2004, 15h14": "2004-01-25T15:14:00+01:00 minute",
    # SMF
    "« Reply #3 on: April 03, 2009, 10:22:18 AM »": "2009-04-03T10:22:18+02:00 second",
    "« Réponse #12 le: 03 Avril 2009 à 10:22:18 »": "2009-04-03T10:22:18+02:00 second",
    "Aujourd'hui à 14:02:11": "2026-11-22T14:02:11+01:00 second",
    "Today at 02:02:11 AM": "2026-11-22T02:02:11+01:00 second",
    # MesDiscussions
    "Posté le 12-03-2019\xa0à\xa010:11:12": "2019-03-12T10:11:12+01:00 second",
    "Message édité par un membre le 30-09-2014\xa0à\xa016:56:38": "2014-09-30T16:56:38+02:00 second",
    # XenForo
    "il y a 3 min": "2026-11-22T15:57:00+01:00 minute",
    "Il y a un instant": "2026-11-22T16:00:00+01:00 minute",
    "A moment ago": "2026-11-22T16:00:00+01:00 minute",
    "Tuesday at 4:12 PM": "2026-11-17T16:12:00+01:00 minute",
    "Dimanche à 14:02": "2026-11-15T14:02:00+01:00 minute",
    "hier à 14:02": "2026-11-21T14:02:00+01:00 minute",
    "Mar 12, 2019": "2019-03-12T00:00:00+01:00 day",
    # Invision
    "Posted March 3, 2012": "2012-03-03T00:00:00+01:00 day",
    "Posted 03 March 2012 - 10:22 AM": "2012-03-03T10:22:00+01:00 minute",
    "Posté(e) le 3 mars 2012": "2012-03-03T00:00:00+01:00 day",
    "Jan 5 2004, 03:14 PM": "2004-01-05T15:14:00+01:00 minute",
    "2 hours ago": "2026-11-22T14:00:00+01:00 hour",
    "2 Days Ago, 03:14 PM": "2026-11-20T15:14:00+01:00 minute",
    # FluxBB, MyBB, Drupal
    "2019-03-12 10:11:12": "2019-03-12T10:11:12+01:00 second",
    "Hier 10:11:12": "2026-11-21T10:11:12+01:00 second",
    "Less than 1 minute ago": "2026-11-22T16:00:00+01:00 minute",
    "2 days, 3 hours ago": "2026-11-20T13:00:00+01:00 hour",
    "lun, 05/01/2004 - 15:14": "2004-01-05T15:14:00+01:00 minute",
    "Mon, 01/05/2004 - 15:14": "2004-01-05T15:14:00+01:00 minute",
    "Soumis par Zoé le lun, 05/01/2004 - 15:14": "2004-01-05T15:14:00+01:00 minute",
    "January 5, 2004 - 3:14pm": "2004-01-05T15:14:00+01:00 minute",
    # machines
    "2019-03-12T10:11:12+0530": "2019-03-12T10:11:12+05:30 second",
    "2019-03-12T10:11:12.123Z": "2019-03-12T10:11:12+00:00 second",
    "2007-12-07 05:46 UTC": "2007-12-07T05:46:00+00:00 minute",
    "Tue, 12 Mar 2019 10:11:12 GMT": "2019-03-12T10:11:12+00:00 second",
    "Tue Mar 12 10:11:12 2019": "2019-03-12T10:11:12+01:00 second",
    "1552385471": "2019-03-12T11:11:11+01:00 second",
    "1552385471000": "2019-03-12T11:11:11+01:00 second",
    # clocks and days in other ways
    "1er janvier 2012 à minuit": "2012-01-01T00:00:00+01:00 minute",
    "March 1st, 2012 at noon": "2012-03-01T12:00:00+01:00 minute",
    "12 mars 2019 à 14 h 02 min 11 s": "2019-03-12T14:02:11+01:00 second",
    "14h02 le 12 mars 2019": "2019-03-12T14:02:00+01:00 minute",
    "12 déc. 2019": "2019-12-12T00:00:00+01:00 day",
    "\u200e12-13-2019 10:11 p.m.": "2019-12-13T22:11:00+01:00 minute",
    "05-Jan-2004 15:14": "2004-01-05T15:14:00+01:00 minute",
    "12. März 2019 um 10.11 Uhr": "2019-03-12T10:11:00+01:00 minute",
    "12 de marzo de 2019 a las 10:11": "2019-03-12T10:11:00+01:00 minute",
    "gisteren om 10:11": "2026-11-21T10:11:00+01:00 minute",
    "oggi alle 10:11": "2026-11-22T10:11:00+01:00 minute",
}


@pytest.mark.parametrize("said", WRITTEN)
def test_a_date_is_read_as_its_engine_writes_it(said: str) -> None:
    found = read_moment(said, NOW, PARIS)

    assert (found and f"{found.at.isoformat()} {found.precision}") == WRITTEN[said]


NO_DATES = (
    """
10:22 PM|31/02/2004|30 Feb 2012|Version 3.10.2012.1|v1.2.3|10.2.4|06 12 34 56 78|06.12.34.56.78|+33 6 12 34 56 78
(202) 555-0123|2025550123|12,50 €|$1,299.00|12 mars 50 €|May 5 dollars|192.168.10.12|5 out|2 set|mar|sam|sun|Sat
Joined: 12 Mar 2010|Messages : 2019|page 3 of 12|12/03|3/12|1 of 3|#12|3 weeks ago|il y a 2 mois|a year ago
Reply #12|January 2012|2012|12 Mar 2030 10:11|tomorrow|demain à 10:11|yesterday we met 3 people|A day in the life
now or never|Windows 10 22H2|01 Jan 1970 01:00|7 days to die|24/7
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("said", NO_DATES)
def test_what_is_no_date_stays_none(said: str) -> None:
    assert read_moment(said, NOW, PARIS) is None


def test_the_page_says_whether_the_day_comes_first() -> None:
    assert read_moment("01-05-2004, 10:11", NOW, PARIS) is None
    assert moment("01-05-2004, 10:11", day_first=True) == "2004-05-01T10:11:00+02:00 minute"
    assert moment("01-05-2004, 10:11", day_first=False) == "2004-01-05T10:11:00+01:00 minute"
    assert moment("13-05-2004, 10:11", day_first=False) == "2004-05-13T10:11:00+02:00 minute"
    assert moment("01.05.2004, 10:11") == "2004-05-01T10:11:00+02:00 minute"
    assert moment("Le 01/05/2004 à 10:11") == "2004-05-01T10:11:00+02:00 minute"
    assert moment("Thu 12/02/2026") == "2026-02-12T00:00:00+01:00 day"
    assert moment("12/03/2026") == "2026-03-12T00:00:00+01:00 day", "3 December is still to come"


@pytest.mark.parametrize(
    ("said", "day_first"),
    [
        (["01-05-2004", "01-25-2004"], False),
        (["01/05/2004, 10:11", "25/05/2004, 10:11"], True),
        (["01/25/2004", "25/01/2004"], None),
        (["01-05-2004"], None),
        (["01-05-2004", "02-05-2004"], None),
        (["01-05-2004 10:00", "03-05-2004 10:00", "02-07-2004 09:00"], True),
        (["03-05-2004 10:00", "03-05-2004 11:00", "03-07-2004 09:00", "04-02-2004"], False),
        (["Thu 01/05/2012"], False),
        (["Posté le 01-05-2004 à 10:11"], True),
        (["yesterday", "12 March 2004"], None),
    ],
)
def test_all_dates_of_a_page_tell_whether_the_day_comes_first(said: list[str], day_first: bool | None) -> None:
    assert guess_day_first(said) is day_first


def moment(said: str, now: datetime = NOW, zone: ZoneInfo = PARIS, day_first: bool | None = None) -> str | None:
    found = read_moment(said, now, zone, day_first)
    return found and f"{found.at.isoformat()} {found.precision}"


def test_the_forums_day_counts_not_the_readers() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the 23rd in Paris, the 22nd in New York

    assert moment("Today, 00:10", late) == "2026-11-23T00:10:00+01:00 minute"
    assert moment("Today, 06:10 PM", late, ZoneInfo("America/New_York")) == "2026-11-22T18:10:00-05:00 minute"
    assert moment("Yesterday", late) == "2026-11-22T00:00:00+01:00 day"


def test_an_hour_that_the_zone_skips_or_has_twice_is_read_by_the_offset_before() -> None:
    assert moment("31 Mar 2019 02:30") == "2019-03-31T03:30:00+02:00 minute"
    assert moment("27 Oct 2019 02:30") == "2019-10-27T02:30:00+02:00 minute"
    assert moment("27 Oct 2019 02:30 CET") == "2019-10-27T02:30:00+01:00 minute"


def test_a_day_ahead_is_a_clock_that_is_off_and_more_is_no_date() -> None:
    assert moment("23 Nov 2026 15:00") == "2026-11-23T15:00:00+01:00 minute"
    assert moment("24 Nov 2026 17:00") is None
    assert moment("25 Dec") == "2025-12-25T00:00:00+01:00 day"


def test_the_time_of_reading_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        read_moment("hier", datetime(2026, 11, 22), PARIS)


def titles(names: list[str]) -> list[str]:
    return [name.capitalize() for name in names]


ANY = """
{D3} {d:02} {M3} {y} {H:02}:{i:02}|{D3} {M3} {d:02}, {y} {g}:{i:02} {a}|{d} {M} {y} {H:02}:{i:02}:{s:02}
{M} {d:02}, {y}, {h:02}:{i:02}:{s:02} {A}|{D}, {d} {M} {y} - {H:02}:{i:02}|{y}-{m:02}-{d:02} {H:02}:{i:02}
{y}/{m:02}/{d:02} {H:02}:{i:02}|{d:02}-{M3}-{y} {H:02}:{i:02}|{d}. {M} {y}, {H:02}:{i:02}|{H:02}:{i:02} {d} {M} {y}
» {M3} {d}, {y} {g}:{i:02}{a}|({d} {M} {y}, {H:02}h{i:02})|{d:02}.{m:02}.{y} {H:02}:{i:02}"""
FORMATS = {  # as boards write them by habit; D and M are the language's names, D3 and M3 short, the rest as in PHP
    "fr": "|Posté le {d:02}-{m:02}-{y} à {H:02}:{i:02}:{s:02}|le {d} {M} {y} à {H}h{i:02}",
    "en": "|Posted {M} {d}, {y} {h:02}:{i:02} {A}|{M3} {d}, {y} at {g}:{i:02} {A}|on {D}, {M} {d}, {y} {H}:{i:02}",
}


def short(name: str, table: dict[str, int]) -> str:
    return next(name[:end] for end in range(3, len(name) + 1) if table.get(name[:end]) == table[name])


@settings(max_examples=400, deadline=None)
@given(
    at=st.datetimes(datetime(1996, 1, 1), datetime(2026, 11, 20)),
    language=st.sampled_from(sorted(LANGUAGES)),
    choice=st.integers(0, 15),
    style=st.sampled_from((str.lower, str.capitalize, str.upper)),
)
def test_what_was_written_is_read(at: datetime, language: str, choice: int, style: type[str]) -> None:
    table = LANGUAGES[language]
    month, weekday = table["months"][at.month - 1], table["weekdays"][at.weekday()]
    forms = (ANY.strip().replace("\n", "|") + FORMATS.get(language, "")).split("|")
    form, half = forms[choice % len(forms)], "am" if at.hour < 12 else "pm"
    said = form.format(
        D=style(weekday),
        D3=style(short(weekday, WEEKDAY)),
        M=style(month),
        M3=style(short(month, MONTH)),
        **{"d": at.day, "m": at.month, "y": at.year, "H": at.hour, "i": at.minute, "s": at.second},
        **{"a": half, "A": half.upper(), "g": (at.hour - 1) % 12 + 1, "h": (at.hour - 1) % 12 + 1},
    )

    found = read_moment(said, NOW, UTC)

    exact = at.replace(microsecond=0, second=at.second if "{s:" in form else 0, tzinfo=UTC)
    assert found is not None, said
    assert (found.at, found.precision) == (exact, "second" if "{s:" in form else "minute"), said


WORDS = frozenset(BESIDE | CUES | set(DAYS) | set(MONTH) | set(WEEKDAY))
PLAIN_WORD = st.text(string.ascii_letters + "éàç'", min_size=2, max_size=9).filter(
    lambda w: w.casefold() not in WORDS
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.one_of(
            PLAIN_WORD,
            st.decimals(0, 99_999, places=2).map(lambda n: f"{n} €"),
            st.integers(0, 99_999).map(lambda n: f"${n:,}.00"),
            st.tuples(*[st.integers(0, 40)] * 3).map(lambda v: "v{}.{}.{}".format(*v)),
            st.tuples(*[st.integers(0, 40)] * 4).map(lambda v: "{}.{}.{}.{}".format(*v)),
            st.integers(10**8, 10**9 - 1).map(lambda n: f"0{n}"),
            st.lists(st.integers(10, 99), min_size=4, max_size=4).map(lambda p: "06 " + " ".join(map(str, p))),
            st.lists(st.integers(10, 99), min_size=4, max_size=4).map(lambda p: "06." + ".".join(map(str, p))),
            st.lists(st.integers(10, 99), min_size=4, max_size=4).map(lambda p: "06-" + "-".join(map(str, p))),
            st.integers(0, 200).map(lambda n: f"page {n}"),
            st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]}:{t[1]:02}"),
        ),
        min_size=1,
        max_size=6,
    ).map(" ".join)
)
def test_words_prices_versions_and_numbers_of_telephones_are_no_dates(said: str) -> None:
    assert read_moment(said, NOW, PARIS) is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error_and_never_as_a_date_ahead(said: str) -> None:
    found = read_moment(said, NOW, PARIS)

    assert found is None or found.at <= NOW + timedelta(days=1)


def test_a_long_text_takes_no_long_time() -> None:
    import time

    before = time.process_time()
    for unit in ("1-", "12 ", "a ", "posted by x ", "mar mar ", "12:", " , ", "3 days ", "1/", "» "):
        read_moment(unit * (300 // len(unit)), NOW, PARIS)

    assert time.process_time() - before < 20
