"""Places are told from words and people of the same name by what stands around them."""

from __future__ import annotations

import pytest

from flows.understand.folding import fold
from flows.understand.places import MOST, Places
from flows.understand.profile import Place


@pytest.fixture(scope="module")
def places() -> Places:
    return Places()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("J'habite à Lyon", [("Lyon", "FR")]),
        ("je suis à lyon et il n'y a plus rien", [("Lyon", "FR")]),
        ("à St Etienne et à Saint-Étienne", [("Saint-Étienne", "FR")] * 2),
        (
            "Londres, Le Caire, Anvers, Munich",
            [("London", "GB"), ("Cairo", "EG"), ("Antwerp", "BE"), ("Munich", "DE")],
        ),
        ("my flight from Frankfurt to New York", [("Frankfurt am Main", "DE"), ("New York City", "US")]),
        ("En Allemagne et au Maroc", [("Germany", "DE"), ("Morocco", "MA")]),
        ("in the UK, in the USA", [("United Kingdom", "GB"), ("United States", "US")]),
        ("en Bretagne, in Texas", [("Bretagne", "FR"), ("Texas", "US")]),
        ("panne sur Carpentras (84200)", [("Carpentras", "FR")]),
        # Names that are words, too, need a cue.
        ("J'habite à Nice", [("Nice", "FR")]),
        ("la gare de Tours", [("Tours", "FR")]),
        ("I live in Bath", [("Bath", "GB")]),
        ("our store in Reading", [("Reading", "GB")]),
        ("Nice service, very nice", []),
        ("reading my bill in the bath", []),
        ("Orange est en panne, je passe chez Orange", []),
        ("Les conseillers de Lens", []),
        ("il faut deux tours de clé, les sens interdits", []),
        # People, companies, accounts.
        ("Bonjour Charlotte, merci Florence", []),
        ("Mme Lorraine Paris, Mr London", []),
        ("Air France et France Télécom", []),
        ("@Lyon_Sud et @Paris", []),
        ("us and them", []),
        ("", []),
    ],
)
def test_places_are_told_from_words_and_people(places: Places, text: str, found: list[tuple[str, str]]) -> None:
    assert [(m.value, m.details["country"]) for m in places.find(fold(text))] == found


def test_of_towns_of_one_name_the_language_and_the_company_tell_which() -> None:
    text = fold("notre agence de Orange, in London")

    assert [m.details["country"] for m in Places().find(text, "fr")] == ["FR", "GB"]
    assert [m.details["country"] for m in Places(countries=["US", "CA"]).find(text, "en")] == ["US", "CA"]


def test_places_of_business_come_before_towns() -> None:
    places = Places([Place("Agence Lyon Confluence", "FR", ("agence de Lyon",))])

    found = places.find(fold("À l'agence de Lyon, puis à Lyon"))

    assert [(m.value, m.details["type"]) for m in found] == [("Agence Lyon Confluence", "own"), ("Lyon", "town")]


def test_a_cue_makes_a_place_more_probable(places: Places) -> None:
    (with_cue,) = places.find(fold("je vis à Toulouse"))
    (without,) = places.find(fold("et Toulouse alors ?"))
    (small,) = places.find(fold("et toulouse alors"))

    assert with_cue.probability > without.probability > small.probability


def test_many_are_cut(places: Places) -> None:
    assert len(places.find(fold("à Lyon, " * 100))) == MOST
