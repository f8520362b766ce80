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


@pytest.mark.parametrize(
    "text",
    [
        "J'ai participé à votre #concours en mars et je n'ai jamais reçu mon lot",
        "I got an email that says please do not reply to this email, so how am I meant to contact you?",
        "J'ai reçu un mail : merci de ne pas répondre à ce message. Comment vous joindre ?",
        "Mail delivery failed when I write to your support address",
        "On recrute un technicien chez vous ou quoi ? Trois semaines que j'attends mon rendez-vous",
        "J'ai postulé via votre site, aucune nouvelle",
        "I followed [url=https://example.org/help]your guide[/url] and my router still does not connect",
        "<a href='https://example.org/o/12'>My order</a> never arrived, please refund me",
        "Screenshots: https://a.example/1 https://a.example/2 https://a.example/3 my invoice is wrong",
    ],
)
def test_who_quotes_noise_in_a_matter_of_their_own_is_not_taken_for_it(text: str) -> None:
    # A wait is taken away from .8 on: what these show is evidence for a head that says so, too, and no more.
    assert all(mention.probability < 0.8 for mention in noise.find(fold(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Automatic reply: I'm away until 26 July with no access to my mail.",
        "Je viens de publier une photo @ Le Clos",
        "I just posted a photo",
        "I liked a @YouTube video",
        "RT + follow pour tenter de gagner deux places",
    ],
)
def test_who_only_posts_noise_is_noise_in_the_first_person_too(text: str) -> None:
    assert max(mention.probability for mention in noise.find(fold(text))) >= 0.8


def test_the_projects_messages_show_what_the_reasons_are_worth(messages: list[dict[str, str]]) -> None:
    told = [(bool(noise.find(fold(row["text"]))), row["noise"] == "yes") for row in messages]

    assert sum(reason and noisy for reason, noisy in told) >= 0.25 * sum(noisy for _, noisy in told)
    assert sum(reason and not noisy for reason, noisy in told) == 0


def test_the_evidence_is_what_shows_it() -> None:
    text = "Nos sacs à petit prix, lien en bio"

    (mention,) = noise.find(fold(text))

    assert text[slice(*mention.span)] == "lien en bio"
