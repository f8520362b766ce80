"""The company's side: its accounts, its agents, and who of them was there when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from flows.records import Json

PRODUCTS = {
    "account": "Compte courant", "app": "Appli", "loan": "Prêt", "savings": "Livret Bourgeon",
    "overdraft": "Découvert", "joint": "Compte joint",
}  # fmt: skip
OWNED = {"Compte courant": 1.0, "Appli": 0.8, "Carte Feuille": 0.6, "Livret Bourgeon": 0.4, "Prêt": 0.15}
BRAND = "tilleul"
LEAVES = 0.55  # of the period, the day on which Malo leaves


@dataclass(slots=True)
class Account:
    """An account on one platform, with what the platform or the company knows of it."""

    platform: str
    native: str
    handle: str
    name: str
    person: str
    role: str | None = None
    brand: str | None = None
    identifiers: list[Json] = field(default_factory=list)


def _own(platform: str, native: str, name: str, role: str | None = "brand", kind: str = "brand") -> Account:
    handle = native.partition("@")[0]
    return Account(platform, native, handle, name, f"{kind}:{BRAND}", role, BRAND)


# The platform says `brand` where it marks the company's answers; the other accounts are the seed's to list.
BRAND_ACCOUNTS = {
    "twitter": _own("twitter", "TilleulAide", "Tilleul Aide"),
    "mastodon": _own("mastodon", "tilleul", "Banque Tilleul", None),
    "reddit": _own("reddit", "Tilleul_Officiel", "Tilleul_Officiel"),
    "reviews": _own("reviews", "Banque_Tilleul", "Banque Tilleul"),
    "mail": _own("mail", "support@tilleul.example", "Banque Tilleul"),
}
BOTS = {
    "twitter": _own("twitter", "tilleul_bot", "Tilleul (réponse automatique)", "bot", "bot"),
    "mail": _own("mail", "bot@tilleul.example", "Tilleul (réponse automatique)", "bot", "bot"),
}
AGENTS = ("Nora", "Hugo", "Malo", "Inès")


def _agent(platform: str, name: str) -> Account:
    handle = {"Inès": "Ines"}.get(name, name) + "_Tilleul"
    return Account(platform, handle, handle, f"{name} (Tilleul)", f"agent:{name}", None, BRAND)


AGENT_ACCOUNTS = {(platform, name): _agent(platform, name) for platform in ("forum", "twitter") for name in AGENTS}


def left_on(first: date, days: int) -> date:
    """The first day without Malo."""
    return first + timedelta(days=max(1, int(days * LEAVES)))


def on_duty(day: date, malo_left: date, rng: Random) -> str:
    """Draw an agent of that day."""
    draw = AGENTS[int(rng.random() * len(AGENTS))]
    return "Nora" if draw == "Malo" and day >= malo_left else draw


def seed_rows(site: str, first: date, days: int) -> list[dict[str, str]]:
    """The rows of the seed `brand_accounts` that this world needs; `site` is the prefix of its sites."""
    last = (left_on(first, days) - timedelta(days=1)).isoformat()
    rows = []
    for kind, accounts in (("agent", AGENT_ACCOUNTS), ("brand", BRAND_ACCOUNTS), ("bot", BOTS)):
        for account in accounts.values():
            gone = last if account.person == "agent:Malo" else ""
            rows.append({"site": f"{site}-{account.platform}", "account": account.native, "brand_id": BRAND,
                         "kind": kind, "valid_from": "", "valid_to": gone})  # fmt: skip
    return rows


def owned_products(seed: int, number: int) -> list[str]:
    """What a customer owns, as the customer file says; from draws of its own."""
    rng = Random(f"{seed}/products/{number}")  # noqa: S311
    return [name for name, share in OWNED.items() if rng.random() < share]
