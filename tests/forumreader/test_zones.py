"""Zones as forums name them."""

from datetime import datetime, timedelta

import pytest

from flows.forumreader.dates.zones import read_zone


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("All times are UTC+02:00", 2),
        ("Heures au format UTC + 1 heure", 1),
        ("Heures au format UTC + 1 heure [ Heure d’été ]", 2),
        ("All times are UTC - 5 hours [ DST ]", -4),
        ("Toutes les heures sont au format GMT + 1 Heure", 1),
        ("All times are GMT -5. The time now is 10:11 PM.", -5),
        ("GMT + 5.5 Hours", 5.5),
        ("UTC−03:30", -3.5),
        ("All times are GMT", 0),
        ("All times are EST (Australia)", 10),
        ("Europe/Paris", 2),
        ("Alle Zeiten sind Europa/Berlin", 2),
    ],
)
def test_zone_is_read(said: str, hours: float) -> None:
    zone = read_zone(said)
    assert zone is not None
    assert datetime(2020, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("said", ["", "Paris", "Europe/Nowhere", "UTC+99:00", "utcome 5"])
def test_anything_else_is_none(said: str) -> None:
    assert read_zone(said) is None
