"""Noise is told with its reason; customers who speak of such things are none."""

from __future__ import annotations

import pytest

from flows.understand import noise
from flows.understand.folding import fold


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Great post! <a href='http://example.org/pills'>cheap pills</a> http://example.org/x", "stuffed_links"),
        ("nice https://example.org/a https://example.org/b https://example.org/c", "stuffed_links"),
        ("[url=http://example.org]visit[/url]", "stuffed_links"),
        ("https://example.org/a", "nothing_written"),
        ("#promo #deal", "nothing_written"),
        ("#a #b #c #d #e #f #g #h look", "stuffed_tags"),
        ("-40 % sur tous nos sacs, profitez vite, code PROMO40 https://example.org/s", "advert"),
        ("Prêt entre particuliers de 2000 à 50000 €, écrivez-nous", "advert"),
        ("Earn £500 from home, DM us", "advert"),
        ("New lipstick 💄 link in bio", "advert"),
        ("RT + follow pour tenter de gagner deux places #concours", "giveaway"),
        ("Gagnez un séjour pour deux : suivez-nous et RT", "giveaway"),
        ("On recrute ! Postulez : https://example.org/emploi", "job_offer"),
        ("[Auto] Nouveau billet sur le blog", "automatic"),
        ("This is an automated message, please do not reply to this email", "automatic"),
        ("spam " * 60, "repetition"),
    ],
)
def test_noise_has_a_reason(text: str, reason: str) -> None:
    assert reason in {mention.value for mention in noise.find(fold(text))}


@pytest.mark.parametrize(
    "text",
    [
        "Je reçois toujours la même réponse automatique, c'est pénible",
        "An automated message told me to call back. Useless.",
        "My promo code doesn't work, 20% off was promised",
        "Pourquoi la livraison gratuite n'est pas appliquée à ma commande ?",
        "@Help https://example.org/picture-of-the-screen",
        "I never got the prize from your giveaway",
        "J'ai postulé chez vous il y a un mois, sans réponse",
        "Où est mon colis ? https://example.org/suivi/12",
        "Je vends ma voiture, comment résilier l'assurance ?",
        "👍",
        "",
    ],
)
def test_customers_who_speak_of_such_things_are_no_noise(text: str) -> None:
    assert noise.find(fold(text)) == []


def test_the_projects_messages_show_what_the_reasons_are_worth(messages: list[dict[str, str]]) -> None:
    told = [(bool(noise.find(fold(row["text"]))), row["noise"] == "yes") for row in messages]

    assert sum(reason and noisy for reason, noisy in told) >= 0.25 * sum(noisy for _, noisy in told)
    assert sum(reason and not noisy for reason, noisy in told) == 0


def test_the_evidence_is_what_shows_it() -> None:
    text = "Nos sacs à petit prix, lien en bio"

    (mention,) = noise.find(fold(text))

    assert text[slice(*mention.span)] == "lien en bio"


def test_many_copies_by_few_are_noise_and_by_many_are_not() -> None:
    assert noise.by_copies(copies=9, accounts=1) > 0.8
    assert noise.by_copies(copies=200, accounts=180) == 0.0
    assert noise.by_copies(copies=2, accounts=1) == 0.0
