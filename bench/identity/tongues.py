"""Names of many kinds, each in its many ways, in homes that share a telephone: `python -m bench.identity.tongues`.

Each person has two accounts that show the name in one of its ways; who lives together has one telephone, mostly one
family name, and never one given name. Right is to join the two accounts of a person, and no two people of a home.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from bench.identity.measure import Measured, labels, measured
from bench.identity.words import words
from flows.identify.contract import Nodes, Policies, Previous, Values
from flows.identify.lexicon import learn
from flows.identify.names import folded
from flows.identify.resolve import resolve
from flows.identify.values import coded, counted, derived, together

Name = tuple[list[str], list[str]]  # given names, family names (particles with them)
Rng = np.random.Generator
HOMES = 1200
PARTICLES = ("de ", "de la ", "van der ", "von ", "del ", "di ", "Le ", "du ")
ARTICLES = ("El ", "Al ", "Ben ", "Abu ")
TRANSCRIBED = (
    ("Mohammed", "Mohamed", "Muhammad"), ("Youssef", "Yusuf", "Yousef"), ("Fatima", "Fatma", "Fatimah"),
    ("Aïcha", "Aisha", "Aicha"), ("Hussein", "Hussain", "Hosein"), ("Khadija", "Khadidja", "Khadijah"),
    ("Abdallah", "Abdullah", "Abdalla"), ("Nour", "Noor", "Nur"), ("Samir", "Sameer", "Samir"),
    ("Rachid", "Rashid", "Rasheed"), ("Omar", "Umar", "Omer"), ("Leïla", "Layla", "Leila"),
)  # fmt: skip
SCRIPT_GIVEN = [
    "محمد",
    "علي",
    "حسن",
    "فاطمة",
    "خديجة",
    "عائشة",
    "يوسف",
    "عمر",
    "ليلى",
    "نور",
    "سعيد",
    "كريم",
    "مريم",
    "سمير",
    "هدى",
    "طارق",
    "زينب",
    "رشيد",
]
SCRIPT_FAMILY = [
    "الإدريسي",
    "بناني",
    "العلوي",
    "التازي",
    "الفاسي",
    "حداد",
    "منصور",
    "خليل",
    "النجار",
    "الشامي",
    "المصري",
    "بركات",
    "صالح",
    "عثمان",
    "درويش",
]


def _one(rng: Rng, pool: list[str] | tuple[str, ...]) -> str:
    return str(pool[min(int(rng.exponential(len(pool) / 3)), len(pool) - 1)])


def _other(rng: Rng, pool: list[str], than: str) -> str:
    drawn = _one(rng, pool)
    return drawn if drawn != than else _other(rng, pool, than)


def _simple(language: str) -> Callable[[Rng], Name]:
    given, syllables = words("given", language), words("syllables", language)
    family = words("family", language)

    def draw(rng: Rng) -> Name:
        made = "".join(rng.choice(syllables, 2 + int(rng.random() < 0.5))).capitalize()
        return [_one(rng, given)], [_one(rng, family) if rng.random() < 0.5 else made]

    return draw


def _hyphens(rng: Rng) -> Name:
    family = _simple("fr")(rng)[1]
    simple = [name for name in words("given", "fr") if "-" not in name]
    first = _one(rng, simple)
    return [f"{first}-{_other(rng, simple, first)}"], family


def _particles(rng: Rng) -> Name:
    given, family = _simple(str(rng.choice(["fr", "es", "en"])))(rng)
    return given, [f"{_one(rng, PARTICLES)}{family[0]}"]


def _transcribed(rng: Rng) -> Name:
    return [_one(rng, [t[0] for t in TRANSCRIBED])], [f"{_one(rng, ARTICLES)}{_simple('ar')(rng)[1][0]}"]


def _script(rng: Rng) -> Name:
    given = words("given", "script")
    first = _one(rng, given)
    return [first, _other(rng, given, first)], [_one(rng, words("family", "script"))]


def _vietnamese(rng: Rng) -> Name:
    given = words("given", "vi")
    first = str(rng.choice(["Thị", "Văn", "Minh"]))
    return [first, _other(rng, given, first)], [_one(rng, words("family", "vi"))]


def _two_families(rng: Rng) -> Name:
    draw = _simple("es")
    given, (first,) = draw(rng)
    second = draw(rng)[1][0]
    return given, [first] if second == first else [first, second]


def _written(rng: Rng, name: Name, kind: str) -> str:
    """One of the ways in which people write it."""
    given, family = list(name[0]), list(name[1])
    if kind == "two family names" and rng.random() < 0.4:
        family = family[:1]
    if kind == "Arabic, transcribed":
        forms = next((t for t in TRANSCRIBED if t[0] == given[0]), (given[0],))
        given = [str(rng.choice(forms))]
        family = [family[0].replace(" ", str(rng.choice([" ", "-"])))]
    if kind == "particles" and rng.random() < 0.3:
        family = [family[0].rpartition(" ")[2]]
    parts = given + family if rng.random() < 0.7 else family + given
    if kind == "Vietnamese":
        parts = family + given if rng.random() < 0.6 else [given[-1], *given[:-1], *family]
    text = " ".join(parts)
    if rng.random() < 0.3:
        text = folded(text).title()
    if rng.random() < 0.3:
        text = text.replace("-", " ")
    return text.upper() if rng.random() < 0.2 else text


KINDS: dict[str, Callable[[Rng], Name]] = {
    "English": _simple("en"),
    "accents (French)": _simple("fr"),
    "hyphens": _hyphens,
    "particles": _particles,
    "Arabic, transcribed": _transcribed,
    "Arabic script": _script,
    "Vietnamese": _vietnamese,
    "two family names": _two_families,
}


@dataclass(frozen=True)
class Told:
    """Figures of one kind of names, and the share of the pairs of two people of one home that were merged."""

    figures: Measured
    at_home: float


def told(kind: str, seed: int) -> Told:
    """Make people of one kind and resolve their accounts."""
    rng, draw = np.random.default_rng(seed), KINDS[kind]
    rows, values, person, home = [], [], [], []
    for house in range(HOMES):
        family: list[str] = []
        called: list[set[str]] = []
        for member in range(1 + int(rng.random() < 0.4) + int(rng.random() < 0.2)):
            given, own = draw(rng)
            while (one := set("-".join(given).split("-"))) in called:  # two of one name nobody can tell apart
                given, own = draw(rng)
            called.append(one)
            family = own if not family or rng.random() < 0.2 else family
            for site in ("mail", "reviews"):
                node = f"{site}:{house}-{member}"
                rows.append({"node_id": node, "site": site, "channel": site})
                rows[-1]["name"] = _written(rng, (given, family), kind)
                values.append(
                    {"node_id": node, "kind": "phone", "code": coded(f"{house}"), "how_known": "declared"}
                )
                person.append(house * 10 + member)
                home.append(house)
    nodes = Nodes.of(rows)
    held = counted(nodes, together([Values.of(nodes, values), derived(nodes)]))
    number = count()
    result = resolve(
        nodes,
        held,
        [],
        Previous(),
        policies=Policies(),
        draw=lambda: f"c_{next(number):016x}",
        lexicon=learn(nodes, held),
    )
    label, who = labels(result.memberships, list(nodes.node_id)), np.array(person)
    a, b = np.triu_indices(8, 1)
    pairs = [
        (at[x], at[y]) for at in np.split(np.arange(len(home)), np.flatnonzero(np.diff(home)) + 1)
        for x, y in zip(a, b, strict=True) if y < len(at)
    ]  # fmt: skip
    one, two = np.array(pairs).T
    strangers = who[one] != who[two]
    return Told(measured(label, who), float((label[one] == label[two])[strangers].mean()))


def table(seed: int) -> list[str]:
    """A line a kind, as docs/identity.md shows them."""
    lines = ["| names | precision | recall | two of one home merged |", "|---|---|---|---|"]
    for kind in KINDS:
        one = told(kind, seed)
        lines.append(f"| {kind} | {one.figures.precision:.4f} | {one.figures.recall:.3f} | {one.at_home:.2%} |")
    return lines


if __name__ == "__main__":
    print(*table(11), sep="\n")
