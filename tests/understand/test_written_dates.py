"""Dates are told as their author means them, from the day of the message and in the order of the language."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.understand.dates import MOST, Dates
from flows.understand.folding import fold

MONDAY = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def dates() -> Dates:
    return Dates("Europe/Paris")


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        # The language's order; what is written decides where it can.
        ("fr", "reçu le 03/04/2026", ["2026-04-03"]),
        ("en", "received on 03/04/2026", ["2026-03-04"]),
        ("en", "received on 25/12/2026", ["2026-12-25"]),
        ("fr", "reçu le 12/25/2026", ["2026-12-25"]),
        ("fr", "le 12.03.2026 et le 5/6/26", ["2026-03-12", "2026-06-05"]),
        ("fr", "2026-03-04T10:00:00", ["2026-03-04"]),
        # Names of months, with and without a year.
        ("fr", "le 1er mars 2025", ["2025-03-01"]),
        ("en", "March 3rd, 2025", ["2025-03-03"]),
        ("en", "the 3rd of March 2025", ["2025-03-03"]),
        ("fr", "commande du 12 nov.", ["2026-11-12"]),
        ("fr", "rdv le 5 janvier", ["2027-01-05"]),
        ("fr", "depuis le 5 janvier", ["2026-01-05"]),  # what lasts began before
        ("fr", "depuis le 22 février", ["2026-02-22"]),
        ("en", "it was due by 20 November", ["2026-11-20"]),
        ("fr", "en mars 2024, depuis juin", ["2024-03", "2026-06"]),
        ("en", "last March", ["2026-03"]),
        ("fr", "mars prochain", ["2027-03"]),
        ("de", "am 3. März 2026", ["2026-03-03"]),
        ("es", "el 3 de marzo de 2026", ["2026-03-03"]),
        # From the message's day.
        ("fr", "demain ou après-demain", ["2026-12-01", "2026-12-02"]),
        ("fr", "avant-hier, hier, aujourd’hui", ["2026-11-28", "2026-11-29", "2026-11-30"]),
        ("en", "the day after tomorrow", ["2026-12-02"]),
        ("en", "this morning", ["2026-11-30"]),
        ("fr", "il y a 3 jours", ["2026-11-27"]),
        ("fr", "il y a deux semaines", ["2026-W47"]),
        ("en", "two weeks ago", ["2026-W47"]),
        ("en", "3 months ago", ["2026-08"]),
        ("fr", "dans deux mois", ["2027-01"]),
        ("fr", "lundi prochain", ["2026-12-07"]),
        ("en", "next Friday", ["2026-12-04"]),
        ("en", "last Friday", ["2026-11-27"]),
        ("fr", "ce lundi", ["2026-11-30"]),
        ("fr", "je passe mercredi", ["2026-12-02"]),
        ("fr", "depuis jeudi", ["2026-11-26"]),
        ("fr", "la semaine dernière, le mois prochain", ["2026-W48", "2026-12"]),
        ("en", "last year, next month", ["2025", "2026-12"]),
        # No dates.
        ("fr", "24/7, 10/10, 3/4 des gens, 50/50", []),
        ("fr", "06 12 34 56 78, 06.12.34.56.78", []),
        ("fr", "le 31/02/2026 et le 31 juin", []),
        ("en", "version 10.2.1, 192.168.1.10, 12:30", []),
        ("en", "you may come, those 2 may go, march on", []),
        ("fr", "ouvert le lundi, du lundi au vendredi, tous les mardis", []),
        ("fr", "j'ai sept ans d'ancienneté, un mars et ça repart", []),
        ("en", "10 out of 10", []),
        ("fr", "", []),
    ],
)
def test_dates_are_told_as_meant(dates: Dates, language: str, text: str, found: list[str]) -> None:
    assert [mention.value for mention in dates.find(fold(text), MONDAY, language)] == found


def test_weeks_of_the_iso_year_and_days_of_each_period(dates: Dates) -> None:
    (week,) = dates.find(fold("last week"), datetime(2027, 1, 7, tzinfo=UTC), "en")
    (month,) = dates.find(fold("en février 2028"), MONDAY, "fr")

    assert (week.value, week.details["first"], week.details["last"]) == ("2026-W53", "2026-12-28", "2027-01-03")
    assert month.details == {"precision": "month", "first": "2028-02-01", "last": "2028-02-29"}


def test_the_messages_day_is_the_companys() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # the first of December in Paris

    assert [m.value for m in Dates("Europe/Paris").find(fold("demain"), late, "fr")] == ["2026-12-02"]
    assert [m.value for m in Dates("UTC").find(fold("demain"), late, "fr")] == ["2026-12-01"]


def test_without_the_messages_day_only_whole_dates_are_told(dates: Dates) -> None:
    found = dates.find(fold("demain, le 5 mars, le 5 mars 2026, en mai 2025"), None, "fr")

    assert [mention.value for mention in found] == ["2026-03-05", "2025-05"]


def test_english_can_be_written_day_first() -> None:
    (british,) = Dates(english_day_first=True).find(fold("on 03/04/2026"), MONDAY, "en")

    assert british.value == "2026-04-03"


def test_what_figures_leave_open_is_less_probable(dates: Dates) -> None:
    (open_,) = dates.find(fold("on 03/04/2026"), MONDAY, "en")
    (plain,) = dates.find(fold("on 25/04/2026"), MONDAY, "en")

    assert open_.probability < 0.8 < plain.probability


def test_the_evidence_is_the_date_alone_and_many_are_cut(dates: Dates) -> None:
    text = "depuis le 12 mars 2026, " * 50

    found = dates.find(fold(text), MONDAY, "fr")

    assert len(found) == MOST
    assert {text[slice(*mention.span)] for mention in found} == {"12 mars 2026"}


def test_leap_days_and_ends_of_months_have_neighbours(dates: Dates) -> None:
    leap = datetime(2028, 2, 29, tzinfo=UTC)

    assert [m.value for m in dates.find(fold("last year, il y a un mois"), leap, "en")] == ["2027", "2028-01"]
    assert [m.value for m in dates.find(fold("next month"), datetime(2026, 1, 31, tzinfo=UTC), "en")] == ["2026-02"]


def test_real_tweets_name_days_about_their_own(dates: Dates, data: Path) -> None:
    """Of dates near a message hardly one is far off: who is read wrongly lands anywhere."""
    with (data / "free_tweets_fr" / "tweets.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], datetime.fromisoformat(row["date"])) for row in csv.DictReader(file)]

    days = [
        (datetime.fromisoformat(str(mention.details["first"])).date() - at.date()).days
        for text, at in rows
        for mention in dates.find(fold(text), at, "fr")
    ]

    assert len(days) > 400
    assert sum(abs(day) <= 400 for day in days) / len(days) > 0.95
