"""Why a text may be noise: what can be pointed at, beside the trained head. A person can take each verdict back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import ahocorasick

from flows.understand import lists
from flows.understand.analyzer import Mention, Span
from flows.understand.folding import Folded

KIND = "noise"
MANY_LINKS, WORDS_A_LINK = 3, 15
MANY_TAGS, WORDS_A_TAG = 8, 3
DIFFERENT, REPEATED_FROM, READ = 0.2, 40, 400  # share of different words that is few, in so many to so many words

LINK = re.compile(r"https?://\S+|www\.\S+|\b(?:bit\.ly|t\.me|wa\.me|tinyurl\.com)/\S+")
MARKUP = re.compile(r"<a\s+href|\[url[=\]]|\[link[=\]]")
TAG = re.compile(r"#\w+")
HANDLE = re.compile(r"@\w+")
WORD = re.compile(r"[^\W\d_]{2,}")
# An advertisement speaks to "you": who says "my order", or asks, is a customer.
MINE = re.compile(r"\b(?:my|mine|mon|ma|mes|i|i'm|i've|je|j'\w+|m'\w+)\b")
OWN = re.compile(rf"{MINE.pattern}|\?")
SUPPORTS = 0.7  # what shows noise, from somebody who speaks of a matter of their own: a head has to say so, too

Reason = tuple[str, Span, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns of one kind of noise."""

    name: str
    counts: str  # verdict, strong or weak
    probability: float
    pattern: re.Pattern[str]
    opening: re.Pattern[str] | None  # a text that begins so is noise, whoever speaks in it


@cache
def _rules() -> Any:
    """The automaton of signs: what must stand in a text for a rule to be worth trying, and the rules."""
    by_sign: dict[str, list[Rule]] = {}
    for name, own in lists.read("noise").items():
        openings = own.get("openings", [])
        rule = Rule(
            name,
            own["counts"],
            own.get("probability", 0.0),
            re.compile("|".join(own["patterns"])),
            re.compile("|".join(openings)) if openings else None,
        )
        for sign in own["signs"]:
            by_sign.setdefault(sign, []).append(rule)
    automaton = ahocorasick.Automaton()
    for sign, rules in by_sign.items():
        automaton.add_word(sign, tuple(rules))
    automaton.make_automaton()
    return automaton


def find(text: Folded) -> list[Mention]:
    """Return the reasons why a text may be noise, with what shows each: none for most texts."""
    plain = text.plain
    links = [match.span() for match in LINK.finditer(plain)] if "." in plain else []
    reasons = [*_by_links_and_tags(plain, links), *_by_rules(plain, bool(links))]
    return [Mention(KIND, reason, text.span(*span), probability) for reason, span, probability in reasons]


def _by_links_and_tags(plain: str, links: list[Span]) -> list[Reason]:
    tags = [match.span() for match in TAG.finditer(plain)] if "#" in plain else []
    reasons: list[Reason] = []
    if ("<a" in plain or "[" in plain) and (markup := MARKUP.search(plain)):
        reasons.append(("stuffed_links", markup.span(), _unless_own(plain, markup.span(), 0.9)))
    if not links and not tags and len(plain) < REPEATED_FROM:
        return reasons
    own = WORD.findall(HANDLE.sub(" ", TAG.sub(" ", LINK.sub(" ", plain))) if links or tags else plain)
    if (links or tags) and not own and "@" not in plain:  # a picture sent to somebody says something
        reasons.append(("nothing_written", (links or tags)[0], 0.9))
    elif len(links) >= MANY_LINKS and len(own) < WORDS_A_LINK * len(links):
        reasons.append(("stuffed_links", links[0], _unless_own(plain, links[0], 0.8)))
    if len(tags) >= MANY_TAGS and len(own) < WORDS_A_TAG * len(tags):
        reasons.append(("stuffed_tags", tags[0], _unless_own(plain, tags[0], 0.8)))
    start = own[:READ]
    if len(start) >= REPEATED_FROM and len(set(start)) < DIFFERENT * len(start):
        reasons.append(("repetition", (0, len(plain)), 0.8))
    return reasons


def _by_rules(plain: str, has_link: bool) -> list[Reason]:
    """Verdicts of single rules; an advertisement shows several of its marks at once, a customer one at most."""
    reasons: list[Reason] = []
    marks: dict[str, list[Span]] = {"strong": [], "weak": []}
    for rule in dict.fromkeys(rule for _, rules in _rules().iter(plain) for rule in rules):
        if rule.opening and (match := rule.opening.match(plain)):
            reasons.append((rule.name, match.span(), rule.probability))
        elif match := rule.pattern.search(plain):
            if rule.counts == "verdict":
                reasons.append((rule.name, match.span(), _unless_own(plain, match.span(), rule.probability)))
            else:
                marks[rule.counts].append(match.span())
    seen = marks["strong"] + marks["weak"]
    if seen:
        weight = 2 * len(marks["strong"]) + len(marks["weak"]) + has_link - (2 if OWN.search(plain) else 0)
        if weight >= 2:
            reasons.append(("advert", seen[0], 0.95 if weight > 3 else 0.85 if weight > 2 else 0.7))
    return reasons


def _unless_own(plain: str, span: Span, probability: float) -> float:
    """Believe a sign less where the writer speaks, beside it, of what is theirs: who quotes, asks or complains."""
    is_own = MINE.search(plain[: span[0]]) or MINE.search(plain[span[1] :])
    return min(SUPPORTS, probability) if is_own else probability
