"""Products are named by name, SKU and synonym, and misspelt; what is another word is no product."""

from __future__ import annotations

import random
import string

import pytest

from flows.understand.folding import fold
from flows.understand.products import Competitors, Products
from flows.understand.profile import Competitor, Product, Profile

FAMILIES = {
    "Zentia": ["Zentia 5", "Zentia 5 Pro", "Zentia 6", "Zentia 6 Mini"],
    "Aqualys": ["Aqualys Confort", "Aqualys Duo", "Aqualys Sport"],
    "Horizon Libre": ["Horizon Libre 20", "Horizon Libre 50", "Horizon Libre Max"],
    "Mobivia": ["Mobivia Jeune", "Mobivia Famille", "Mobivia Senior"],
    "Brisavent": ["Brisavent 300", "Brisavent 450"],
    "Livret Bourgeon": ["Livret Bourgeon Plus"],
    "Casanova Oven": ["Casanova Oven 60L", "Casanova Oven 72L"],
}
CATALOGUE = [
    Product(family, product, f"{family[:3].upper()}-{number}")
    for number, (family, product) in enumerate(
        ((family, product) for family, products in FAMILIES.items() for product in products), start=100
    )
]


@pytest.fixture(scope="module")
def products() -> Products:
    return Products([*CATALOGUE, Product("Carte", synonyms=("CB", "=Visa"))])


@pytest.mark.parametrize(
    ("text", "family", "details"),
    [
        ("le zentia 5 pro chauffe", "Zentia", {"product": "Zentia 5 Pro", "sku": "ZEN-101"}),
        ("réf. ZEN-101 en panne", "Zentia", {"product": "Zentia 5 Pro", "sku": "ZEN-101"}),
        ("mon zentia chauffe", "Zentia", {}),
        ("mon Zenita 5 pro chauffe", "Zentia", {"product": "Zentia 5 Pro", "sku": "ZEN-101", "typos": 1}),
        ("l'horizon libr 50", "Horizon Libre", {"product": "Horizon Libre 50", "sku": "HOR-108", "typos": 1}),
        ("ma cb est bloquée", "Carte", {}),
        ("ma Visa est bloquée", "Carte", {}),
    ],
)
def test_a_name_tells_the_family_and_where_it_can_the_sku(
    products: Products, text: str, family: str, details: dict[str, object]
) -> None:
    (mention,) = products.find(fold(text))

    assert (mention.value, mention.details) == (family, details)


@pytest.mark.parametrize(
    "text", ["mon visa pour le Maroc", "un horizon libertaire", "casa nova", "", "zen", "le brise-vent"]
)
def test_other_words_are_no_products(products: Products, text: str) -> None:
    assert products.find(fold(text)) == []


def test_a_figure_that_differs_is_another_product(products: Products) -> None:
    (mention,) = products.find(fold("le Zentia 7 est-il prévu ?"))

    assert (mention.value, mention.details) == ("Zentia", {})


@pytest.mark.parametrize("text", ["my galaxia s12 is hot", "my Galaxia S211", "my galaxia s2l", "my Galaxia S22"])
def test_a_figure_within_a_word_that_differs_is_another_product_too(text: str) -> None:
    (mention,) = Products([Product("Galaxia", "Galaxia S21", "S21")]).find(fold(text))

    assert (mention.value, mention.details) == ("Galaxia", {})


def test_a_name_of_several_products_leaves_them_open() -> None:
    found = Products([Product("A", "A one", "A-1", ("solo",)), Product("A", "A two", "A-2", ("solo",))])

    (mention,) = found.find(fold("mon solo"))

    assert (mention.value, mention.details) == ("A", {"candidates": ["A-1", "A-2"]})


def misspell(name: str, rng: random.Random) -> str:
    """One typo: a letter replaced, left out, added, or two that changed places; never the first, never a figure."""
    while True:
        at = rng.randrange(1, len(name))
        letter, rest = name[at], name[at + 1 :]
        if not letter.isalpha():
            continue
        new = rng.choice(string.ascii_lowercase)
        swapped = rest[0] + letter + rest[1:] if rest[:1].isalpha() else rest
        typo = name[:at] + rng.choice([new + rest, rest, new + letter + rest, swapped])
        if typo != name:
            return typo


@pytest.mark.parametrize(("typos", "families", "skus"), [(0, 1.0, 0.99), (1, 0.98, 0.9), (2, 0.9, 0.8)])
def test_misspelt_names_are_found_in_real_sentences(
    products: Products, messages: list[dict[str, str]], typos: int, families: float, skus: float
) -> None:
    rng = random.Random(3)
    bodies = [row["text"] for row in messages if 40 < len(row["text"]) < 200]
    right = exact = wrong = 0
    for _ in range(1000):
        product = rng.choice(CATALOGUE)
        name = product.product.lower()
        for _ in range(typos):
            name = misspell(name, rng)
        before, _, after = rng.choice(bodies).partition(" ")
        found = products.find(fold(f"{before} {name} {after}"))
        right += any(m.value == product.family for m in found)
        exact += any(m.details.get("sku") == product.sku for m in found)
        wrong += any(m.value not in {product.family, "Carte"} for m in found)

    assert right / 1000 >= families
    assert exact / 1000 >= skus
    assert wrong <= 2


def test_messages_that_name_none_have_none(messages: list[dict[str, str]]) -> None:
    products = Products(CATALOGUE)

    assert [m for row in messages for m in products.find(fold(row["text"]))] == []


def test_the_shipped_products_are_found(profile: Profile) -> None:
    products = Products(profile.products)

    (card,) = products.find(fold("Carte Feuille refusée"))
    assert (card.value, card.details) == ("Carte", {"product": "Carte Feuille", "sku": "CARD-F"})
    assert [m.value for m in products.find(fold("agios sur mon compte joint"))] == ["Découvert", "Compte joint"]


def test_competitors_are_mentions_of_their_own() -> None:
    competitors = Competitors([Competitor("Banque Platane", ("=Platane",))])

    found = competitors.find(fold("Chez Platane c'est mieux, sous le platane aussi. La banque platane !"))

    assert [(m.kind, m.value) for m in found] == [("competitor", "Banque Platane")] * 2
