"""What a page shows as somebody's name: short, and no label of the engine's own."""

from __future__ import annotations

import re

from flows.forumreader.structure.datemarks import DATE

LONGEST_NAME = 40
LEAD = re.compile(
    r"^(?:(?:post[ée]e?|[ée]crite?|r[ée]dig[ée]e?|publi[ée]e?|soumise?|ajout[ée]e?|submitted|written|posted|asked|answered|started|submitted|message|comment(?:aire|ed)?"
    r"|question|sujet|topic|r[ée]ponse|reply|envoy[ée])\s*)?(?:by|par|de|from|von|por|d[’'])\s+|^(?:auteur|author|from|de|pseudo|name|nom|user)"
    r"\s*:\s*|^@",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"\s*(?:(?:a [ée]crit|a dit|a r[ée]pondu|wrote|says|said|replied|schrieb|dit|escribi[óo])(?:\s*:)?"
    r"|[:,|·•»\-–—(])\s*$",
    re.IGNORECASE,
)
# Words of buttons, links and labels.
_FURNITURE = """
reply répondre repondre citer quote citation profil profile pm mp email e-mail mail www site website share partager
report signaler like liked j'aime aime permalink permalien lien link edit éditer editer modifier delete supprimer
top haut guest? online offline connecté déconnecté hors-ligne posts messages message post vote votes up down accept
answer comment comments commenter ip logged more plus voir view show see read profile: date subject sujet author
auteur posté posted re new nouveau staff follow suivre abonner subscribe contact location localisation twitter
facebook print imprimer alerter next previous suivant précédent on at le la the à par by from de am said says
"""
FURNITURE = frozenset(_FURNITURE.split())
# Names only where something else says so, too.
_ROLES = """
member membre moderator modérateur administrator administrateur admin newbie junior senior guest invité visiteur
"""
ROLES = frozenset(_ROLES.split())


def clean_name(said: str) -> str:
    """A name without "by" before and "wrote:" after."""
    said = re.sub("[\u200b-\u200f\u2060\ufeff\xad]", "", said)  # some engines break long names with them
    name = LEAD.sub("", " ".join(said.split()).strip(" \"'«»:,|·•-–—"))
    return TAIL.sub("", name).strip(" :,|·•»-–—")


def is_name(name: str) -> bool:
    """Say whether a text can be somebody's name: short, few words, no label of the engine's."""
    if not 0 < len(name) <= LONGEST_NAME or len(name.split()) > 5 or "\n" in name:
        return False
    if name.lower().strip("#()[]:.!") in FURNITURE or (re.fullmatch(r"[\W\d_]*", name) and len(name) < 3):
        return False
    if all(word in FURNITURE for word in re.findall(r"[\w'’-]+", name.lower())):
        return False
    if DATE.fullmatch(name) and re.search(r"[\s/.-]", name):
        return False
    return not re.match(r"#?\d+[.)]?$|\d+ \w+$|https?:|[+-]\d|re:|.*[?!:]$", name, re.IGNORECASE)
