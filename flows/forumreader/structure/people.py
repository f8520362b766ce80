"""Finds who wrote a post of an unknown engine: what looks like a name, at the same place in all posts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flows.forumreader.structure.names import ROLES, clean_name, is_name
from flows.forumreader.structure.outline import Item, Outline
from flows.forumreader.structure.regions import Region

Place: TypeAlias = tuple[str, ...]

PROFILE = re.compile(
    r"(/|\b)(users?|members?|profiles?|profils?|membres?|utilisateurs?|people|persons?|authors?|auteurs?|u|player|account"
    r"|comptes?|memberlist|viewprofile|userinfo|contributors?|forumeurs?)(\.[a-z]{2,4}x?)?(/|[?=;]|-\d|\d*$)"
    r"|[?&;](uid|userid|user_id|user|username|member|memberid|pseudo|author|auteur)=|(action|mode)=(view)?profile|/@[\w.-]+$|/~\w+",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?<![a-z])(author|auteur|user-?_?names?|user|usr|member|membre|poster|posted-?_?by|pseudo|nick(name)?|login|handle|fn"
    r"|display-?_?name|real-?_?name|name|byline|by|creator|writer|owner|vcard|people|persona?|contributor|forumeur)(?![a-z])"
    r"|user(name|link|info|data|box)|(post|msg|message|comment)-?_?(author|user|auteur|er)(?![a-z])|author_?name",
    re.IGNORECASE,
)
NOT_NAMED = re.compile(
    r"avatar|subject|topic|thread|offline|rank|grade|title|titre|count|stat|badge|group|role|location|since|joined|signature|online|date|time|reput|points"
    r"|karma|level|niveau|quote|citation|likes?\b|reaction|button|btn|action|control|menu|tools?(?![a-z])|body|content|extra|details",
    re.IGNORECASE,
)
BY = re.compile(
    r"(?:\b(?:by|par|von|por|from)|\bde\b(?! la| le))\s+(?P<name>[^\n,|·•»]{1,40}?)\s*(?:[,|·•»()\-–—]"
    r"|\b(?:on|le|the|à|at|am)\b|$)",
    re.IGNORECASE,
)


@dataclass(slots=True, eq=False)
class Candidate:
    """What may be an author: the element (None in a line of text), where it stands, what it says, how likely."""

    item: Item | None
    place: Place
    name: str
    weight: float
    link: str | None = None


def authors_of(outline: Outline, regions: Sequence[Region]) -> list[Candidate | None]:
    """The author of each region: the place that most regions fill with the likeliest name; else each one's best."""
    found = [{one.place: one for one in reversed(list(_candidates(outline, region)))} for region in regions]
    places: dict[Place, list[Candidate]] = defaultdict(list)
    for candidates in found:
        for place, one in candidates.items():
            places[place].append(one)
    ranked = sorted(places, key=lambda place: -_worth(places[place], len(regions)))
    ranked = [place for place in ranked if _worth(places[place], len(regions)) > 0]
    return [
        _author(candidates, ranked, {place: len(places[place]) / len(regions) for place in ranked})
        for candidates in found
    ]


def _author(
    candidates: dict[Place, Candidate], ranked: Sequence[Place], share: dict[Place, float]
) -> Candidate | None:
    """The candidate at the place where most posts have their author; else the likeliest one that this post has."""
    if ranked and ranked[0] in candidates:
        return candidates[ranked[0]]
    here = [candidates[place] for place in ranked if place in candidates]
    return max(here, key=lambda one: one.weight * (0.5 + 0.5 * share[one.place]), default=None)


def _worth(candidates: list[Candidate], regions: int) -> float:
    names = {one.name.lower() for one in candidates}
    weight = sum(one.weight for one in candidates) / len(candidates)
    if len(candidates) >= 3 and len(names) == 1 and weight < 2.5:
        return 0.0
    variety = min(1.0, 0.5 + len(names) / len(candidates))
    return float(weight * variety * (len(candidates) / regions) ** 1.5)


def _candidates(outline: Outline, region: Region) -> Iterator[Candidate]:
    for item in region.items(outline):
        if item.tag == "img" or not 0 < item.ends - item.begins <= 400 or item.ink == 0:
            continue
        weight = _weight(item)
        if weight <= 0 or (item.holds(region.mark.item) and item is not region.mark.item):
            continue
        lines = [line for line in outline.text[item.begins : item.ends].split("\n") if line.strip()]
        name = clean_name(_linked_name(outline, item) or (lines[0] if lines else ""))
        if not is_name(name) or region.mark.said in name or not re.search(r"\w", name):
            continue
        if item is region.mark.item:
            continue
        if weight < 2.5 and name.lower() in ROLES:
            continue
        above = item.parent.name if item.parent else ""
        weight -= 0.4 * min(4, len(lines) - 1) + (1.5 if len(name) > 25 else 0)
        yield Candidate(item, (item.name, above), name, max(0.1, weight), _link(item))
    yield from _in_the_line(outline, region)


def _linked_name(outline: Outline, item: Item) -> str:
    """What the link to a profile says in a short box around it: the name without what else stands there."""
    if item.tag == "a" or item.ink > 120:
        return ""
    inside = outline.items[item.place + 1 : item.end]
    links = (
        each for each in inside if each.tag == "a" and each.ink and PROFILE.search(each.attributes.get("href", ""))
    )
    return next((said for each in links if is_name(clean_name(said := outline.said(each)))), "")


def _weight(item: Item) -> float:
    """How likely an element holds a name, by what it is, links to and is called."""
    said = item.attributes
    weight = 0.0
    if said.get("itemprop", "") in ("author", "creator", "accountablePerson"):
        weight += 4
    if said.get("itemprop", "") == "name" and item.parent is not None and _of_person(item):
        weight += 5
    if "author" in said.get("rel", "").split():
        weight += 4
    if item.tag == "a":
        weight += _weight_of_link(said.get("href", ""))
    if NOT_NAMED.search(said.get("class", "")):
        weight -= 2
    elif NAMED.search(item.marks):
        weight += 3
    elif item.parent is not None and item.parent.ink - item.ink < 30 and NAMED.search(item.parent.marks):
        weight += 1.5
    if weight > 0 or (weight == 0 and item.tag in ("b", "strong", "cite", "dt")):
        weight += item.tag in ("b", "strong", "cite", "dt", "h3", "h4", "h5", "h6")
    if item.tag != "a" and any(
        _weight_of_link(child.attributes.get("href", "")) <= 0 for child in item.children if child.tag == "a"
    ):
        weight -= 2
    if "data-user" in " ".join(said) or "data-author" in said or "data-username" in said:
        weight += 2
    return weight


def _of_person(item: Item) -> bool:
    above, levels = item.parent, 3
    while above is not None and levels:
        if above.attributes.get("itemprop", "") in ("author", "creator") or "Person" in above.attributes.get(
            "itemtype", ""
        ):
            return True
        above, levels = above.parent, levels - 1
    return False


def _weight_of_link(target: str) -> float:
    if re.search(
        r"mailto:|privmsg|private|message/compose|sendpm|pm\.php|search|find|#|reply|quote|report", target
    ):
        return -1.0 if not PROFILE.search(target) else 0.5
    return 4.0 if PROFILE.search(target) else 0.0


def _link(item: Item) -> str | None:
    if item.tag == "a":
        return item.attributes.get("href")
    inner = next((child for child in item.children if child.tag == "a"), None)
    above = item.parent if item.parent is not None and item.parent.tag == "a" else None
    return (inner or above or item).attributes.get("href") or None


def _in_the_line(outline: Outline, region: Region) -> Iterator[Candidate]:
    """A name in the line of the date: "by Ada on 12 March", "Ada, 12 March", "12 March, Ada"."""
    mark = region.mark
    at = outline.text.find(mark.said, mark.item.begins, mark.item.ends)
    begins, ends = (at, at + len(mark.said)) if at >= 0 else (mark.item.begins, mark.item.ends)
    begin = outline.text.rfind("\n", 0, begins) + 1
    end = outline.text.find("\n", ends)
    line = outline.text[begin : end if end >= 0 else len(outline.text)]
    if len(line) > 160:
        return
    shown = outline.said(mark.item)
    date = shown if mark.said not in line and 0 < len(shown) < 60 else mark.said
    before, found, after = line.partition(date)
    if not found:
        return
    if (by := BY.search(before + " ")) and is_name(clean_name(by["name"])):
        yield Candidate(None, ("by",), clean_name(by["name"]), 2.5)
    elif (by := BY.match(after.lstrip(" ,-–|·•"))) and is_name(clean_name(by["name"])):
        yield Candidate(None, ("after",), clean_name(by["name"]), 2.0)
    elif is_name(
        name := re.sub(
            r"\s*[,(]?\s*(?:\b(?:le|on|à|at|the|posté|posted)\b(?: \w{2,4}\.?)?)?\s*$",
            "",
            clean_name(before),
            flags=re.IGNORECASE,
        )
    ):
        yield Candidate(None, ("before",), clean_name(name), 1.0)
