"""Why a text may be noise: what can be pointed at, beside the trained head. A person can take each verdict back."""

from __future__ import annotations

import re

from flows.understand.analyzer import Mention, Span
from flows.understand.folding import Folded

KIND = "noise"
MANY_LINKS, MANY_TAGS = 3, 8
MANY_COPIES, FEW_ACCOUNTS = 5, 2  # so many copies, or so many by so few accounts
REPEATED, REPEATED_FROM = 0.2, 40  # share of different words, in a text of so many

LINK = re.compile(r"https?://\S+|www\.\S+|\b(?:bit\.ly|t\.me|wa\.me|tinyurl\.com)/\S+")
MARKUP = re.compile(r"<a\s+href|\[url[=\]]|\[link[=\]]")
TAG = re.compile(r"#\w+")
HANDLE = re.compile(r"@\w+")
WORD = re.compile(r"[^\W\d_]{2,}")


class _Rule:
    """A pattern, and what must stand in a text for it to be worth trying."""

    def __init__(self, signs: tuple[str, ...], pattern: str) -> None:
        self._signs = signs
        self._pattern = re.compile(pattern)

    def search(self, plain: str) -> re.Match[str] | None:
        return self._pattern.search(plain) if any(sign in plain for sign in self._signs) else None


# Customers tell of automated answers and contests, too: only what such a text says of itself counts.
AUTOMATIC = _Rule(
    (
        "just ",
        "publier",
        "i liked",
        "i added",
        "j'a",
        "followed me",
        "daily",
        "#nowp",
        "auto",
        "[bot",
        "office",
        "absence du",
        "reply to this",
        "repondre",
        "mail delivery",
        "i'm at",
        "derniere edition",
    ),
    r"just posted a (?:photo|video)|viens de publier une (?:photo|video)|i liked an? (?:@\w+ )?video|j'aime une video @|i added a video to a"
    r"|j'ai ajoute une video|people followed me and \d+|daily stats|(?:the latest|derniere edition).{0,60}(?:daily is out|est sorti)|#nowplaying"
    r"|^\[(?:auto|bot|automated|annonce automatique)\]|^(?:auto-?(?:post|tweet|reply)|annonce automatique|automatic reply|out of office|absence du bureau) ?:"
    r"|(?:this is an|ceci est une?) (?:automated|automatic|message automatique|reponse automatique)|(?:please )?do not reply to this (?:e-?mail|message)"
    r"|merci de ne pas repondre a ce|mail delivery (?:failed|subsystem)|^i'm at .{2,60} https?:|just completed a .{2,40} with @",
)
GIVEAWAY = _Rule(
    ("win", "gagn", "concours", "giveaway", "tente", "enter", "rt", "retweet", "follow", "suivez", "like"),
    r"(?:\brt|retweet|like|share|follow|partage|tag)\b[^.!?\n]{0,40}\b(?:to win\b|pour (?:tenter de )?gagner|et gagne)|#(?:jeu)?concours|#giveaway"
    r"|\btente[zr]? (?:votre chance|de (?:gagner|remporter))|\benter (?:now )?(?:to win\b|our (?:competition|giveaway|prize))"
    r"|\b(?:rt|retweet) ?(?:\+|&|and|et) ?(?:follow|like|tag)|\b(?:follow|like|suivez-nous) ?(?:\+|&|,|and|et) ?(?:rt\b|retweet|partage|follow|tag)"
    r"|\b(?:win|gagnez|gagne) (?:a|an|one|two|un|une|\d+|your|vos|des) .{2,60}(?:\bfollow|\brt\b|retweet|like|#|tirage|participe|https?:)"
    r"|a gagner\b.{0,80}(?:\brt\b|follow|participe)|fait gagner \d+",
)
JOBS = _Rule(
    ("hiring", "job", "recrut", "emploi", "postule", "apply", "cv", "candidature", "immediate start", "walk-in"),
    r"\b(?:we're|we are|now) #?hiring\b|\bjob alert|\bon recrute\b|\brecrute(?: un| une| des| \d|ment guichet)|#(?:emploi|jobs?|hiring|recrutement)\b"
    r"|\bpostule[rz]? ?(?::|sur|ici|avant|via)|\bapply (?:by \d|via|at |here|now)|\b(?:send|bring|envoyez) (?:your |votre )?cv\b|\bcandidatures? (?:avant|:)"
    r"|\b(?:immediate start|walk-in interviews?|alerte emploi)\b",
)
STRONG = {
    "scam": _Rule(
        (
            "earn",
            "make",
            "gagne",
            "depuis",
            "passi",
            "crypto",
            "recover",
            "collateral",
            "investment",
            "pret",
            "loan",
            "credit",
            "dear",
            "page",
            "audit",
            "casino",
            "viagra",
            "cialis",
            "replica",
            "seo",
            "essay",
            "voyan",
            "marabout",
            "followers",
            "retour de l",
            "perdez",
            "lose",
            "reglez",
            "pay",
        ),
        r"\b(?:earn|make|gagne[zr]?|gagner) (?:up to |jusqu'a )?(?:[$€£]+ ?[\d$€£]|\d+ ?(?:€|euros?) (?:par|/)|from home|de l'argent depuis|bitcoin)"
        r"|\bdepuis (?:chez (?:vous|toi)|votre (?:canape|telephone))\b|\bpassive income|\brevenus? passifs?\b|\bcrypto (?:signals?|invest\w+|trad\w+)"
        r"|\b(?:recover\w*|recovery) (?:of )?(?:your |my )?(?:stolen|lost|hacked) |\bwithout collateral\b|\binvestment (?:platform|opportunit\w+)"
        r"|\b(?:prets? entre particuliers?|offre de pret|loan offer|octroie (?:des|un) prets?|preteur (?:honnete|serieux)|credit repair)\b"
        r"|\brachat de credits? (?:rapide|sans)|\bdear (?:winner|beneficiary|(?:business|shop) owner)|\b(?:page 1|page one|first page) of (?:google|search)"
        r"|\bfree audit\b|\b(?:casino|viagra|cialis|payday loans?|replica \w+|seo services?|essay (?:service|writing)|voyante?,? (?:medium|serieux|et medium)|voyance|marabout)\b"
        r"|\b(?:buy|cheap|get \d+) followers\b|\bretour de l'etre aime|\b(?:perdez|lose) \d+ ?(?:kg|kilos|lbs|pounds)\b"
        r"|(?:reglez|pay) (?:[£$€] ?)?\d[,.]\d\d ?€? .{0,30}(?:https?:|\.com)",
    ),
    "bio": _Rule(
        (" bio", "lien en", " profil"),
        r"\b(?:link|lien) (?:in|en|dans la|dans ma) (?:my )?(?:bio|profile|profil)\b|\b(?:whats ?app|telegram) in bio",
    ),
    "tag": _Rule(
        ("#", "commerciale", "(pub", "[promo"),
        r"#(?:ad|promo|bonplan|bonplans|pub|sponso|gifted|giftideas)\b|\bcollaboration commerciale\b|\(pub\)|\[promo\]",
    ),
}
WEAK = {
    "buy": _Rule(
        (
            "buy",
            "shop",
            "order",
            "book",
            "subscribe",
            "sign up",
            "register",
            "achete",
            "commande",
            "reserve",
            "inscrive",
            "profite",
        ),
        r"\b(?:buy|shop|order|book|subscribe|sign up|register|achete[zr]|commande[zr]|reserve[zr]|inscrive[zr]-vous|profite[zr]) (?:now|today|here|maintenant|vite|ici|avant|de|en|sur)\b",
    ),
    "off": _Rule(
        ("%", "half price", "sale", "offre"),
        r"\b(?:up to )?\d{1,2} ?% (?:off|de (?:remise|reduction|rabais))\b|(?:^|\s)-\d{1,2} ?%|\bhalf price\b|\b(?:flash|big) sale\b|\boffre (?:limitee|de lancement|speciale)",
    ),
    "code": _Rule(("code", "use "), r"\b(?:code|use) [a-z]{2,}\d{1,3}\b|\bavec (?:mon|le) code\b|\buse my code\b"),
    "click": _Rule(
        ("clic", "cliq", "visit", "check out", "testez", "compare"),
        r"\b(?:click (?:here|the link|below|https?)|clique[zr] (?:ici|sur)|visit (?:our|my)|visitez (?:notre|ma)|check out (?:our|my) (?:new|latest|site|shop|store|channel|blog)|(?:testez|comparez|compare) .{0,25}https?:)",
    ),
    "contact": _Rule(
        ("dm", "pm", "inbox", "text", "message", "contact", "ecrivez"),
        r"\b(?:dm|pm|inbox|text|message|contact(?:ez)?|ecrivez)(?:-| )?(?:me|us|moi|nous|mr|mrs|mme)\b|\bdm (?:now|for|to|\")",
    ),
    "free": _Rule(
        ("free", "livraison", "gratuit", "engagement", "price", "prix", "places", "limited", "hurry", "fees"),
        r"\b(?:free (?:shipping|trial|quote|consultation|webinar|entry)|livraison (?:offerte|gratuite)|devis gratuit|gratuite?ment|sans engagement|best price|meilleur prix|places limitees|limited (?:time|stock)|hurry|no fees)\b",
    ),
    "sells": _Rule(
        ("selling", "vend", "vds"), r"\b(?:selling|vends?|vds) (?:\d|lot|une?|ma|mon|mes|cle|console|velo|a) ?"
    ),
}
# An advertisement speaks to "you": who says "my order" is a customer.
OWN = re.compile(r"\b(?:my|mine|mon|ma|mes|i|i'm|i've|je|j'\w+|m'\w+)\b|\?")


def find(text: Folded) -> list[Mention]:
    """Return the reasons why a text may be noise, with what shows each: none for most texts."""
    plain = text.plain
    links = [match.span() for match in LINK.finditer(plain)] if "." in plain else []
    reasons: list[tuple[str, Span, float]] = []
    if "<a" in plain or "[url" in plain or "[link" in plain:
        reasons += [("stuffed_links", match.span(), 0.9) for match in [MARKUP.search(plain)] if match]
    reasons += _by_links_and_tags(plain, links)
    if match := AUTOMATIC.search(plain):
        reasons.append(("automatic", match.span(), 0.9))
    if match := GIVEAWAY.search(plain):
        reasons.append(("giveaway", match.span(), 0.9))
    if match := JOBS.search(plain):
        reasons.append(("job_offer", match.span(), 0.85))
    reasons += _by_selling(plain, bool(links))
    return [Mention(KIND, reason, text.span(*span), probability) for reason, span, probability in reasons]


def _by_links_and_tags(plain: str, links: list[Span]) -> list[tuple[str, Span, float]]:
    tags = [match.span() for match in TAG.finditer(plain)] if "#" in plain else []
    if not links and len(tags) < MANY_TAGS and len(plain) < REPEATED_FROM:
        return []
    rest = HANDLE.sub(" ", TAG.sub(" ", LINK.sub(" ", plain))) if links or tags else plain
    own = WORD.findall(rest)
    reasons: list[tuple[str, Span, float]] = []
    if (links or tags) and not own and "@" not in plain:  # a picture sent to somebody says something
        reasons.append(("nothing_written", (links or tags)[0], 0.9))
    elif len(links) >= MANY_LINKS and len(own) < 15 * len(links):
        reasons.append(("stuffed_links", links[0], 0.8))
    if len(tags) >= MANY_TAGS and len(own) < 3 * len(tags):
        reasons.append(("stuffed_tags", tags[0], 0.8))
    if len(own) >= REPEATED_FROM and len(set(own)) < REPEATED * len(own):
        reasons.append(("repetition", (0, len(plain)), 0.8))
    return reasons


def _by_selling(plain: str, has_link: bool) -> list[tuple[str, Span, float]]:
    """An advertisement shows several of its marks at once; a customer names one at most, and says "my order"."""
    strong = [match.span() for pattern in STRONG.values() if (match := pattern.search(plain))]
    weak = [match.span() for pattern in WEAK.values() if (match := pattern.search(plain))]
    weight = 2 * len(strong) + len(weak) + has_link - (2 if OWN.search(plain) else 0)
    if not (strong or weak) or weight < 2:
        return []
    return [("advert", (strong or weak)[0], 0.95 if weight > 3 else 0.85 if weight > 2 else 0.7)]


def by_copies(copies: int, accounts: int) -> float:
    """How likely a text is noise of which there are so many copies by so many accounts; 0 for what people pass on.

    Many accounts that write the same are a campaign or retweets: they are told as copies, not as noise.
    """
    return 0.85 if copies >= MANY_COPIES and accounts <= FEW_ACCOUNTS else 0.0
