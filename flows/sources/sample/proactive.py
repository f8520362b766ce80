"""What the generated company knows of its customers besides who they are: permissions, contacts, the outage.

Each draw has a generator of its own, seeded by the world, what is drawn and whom it is for: the messages are those
of a world without it, and nothing depends on how far a period goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from flows.records import Json, Record
from flows.sources.sample import clock
from flows.sources.sample.world import World

EVENTS, CONTACTS, PERMISSIONS = "sample__service_events", "sample__contacts", "sample__permissions"
OUTAGE = "OUT-1"
LISTED, TOLD, CAMPAIGN = 0.2, 0.5, 0.08
EVERY, FIRST = 14, 5  # days between campaigns, and the first one's


def told(world: World, index: int, site: str) -> Iterator[Record]:
    """What the company's own systems tell of a day: permissions, campaigns, the outage and its letters."""
    place = f"{site}-crm"
    for number in world.people.joining(index):
        yield from _permissions(world, number, index, place)
    if index % EVERY == FIRST:
        yield from _campaign(world, index, place)
    if world.crisis:
        yield from _outage(world, index, place)


def _permissions(world: World, number: int, index: int, place: str) -> Iterator[Record]:
    since = clock.at(world.first + timedelta(days=index), 0)
    for purpose, share in (("service", 0.75), ("marketing", 0.4)):
        if (allowed := _draw(world, purpose, number)) < 0.9:
            fields = {"channel": "mail", "purpose": purpose, "allowed": allowed < share, "since": clock.iso(since)}
            yield _record(PERMISSIONS, place, f"{_customer(number)}/{purpose}", fields | _names(number))


def _campaign(world: World, index: int, place: str) -> Iterator[Record]:
    day = world.first + timedelta(days=index)
    for number in _customers(world, index):
        if _draw(world, "marketing", number) < 0.4 and _draw(world, f"campaign{index}", number) < CAMPAIGN:
            at = clock.at(day, 10 * clock.HOUR + number % clock.HOUR)
            yield _contact(place, number, at, "marketing", {"campaign": f"Lettre {day:%Y-%m}"})


def _outage(world: World, index: int, place: str) -> Iterator[Record]:
    """It is told when it begins, without an end, and again when it is over; some are written to meanwhile."""
    begin, end = world.crisis or (0, 0)
    first, last = ((clock.local_day(moment) - world.first).days for moment in (begin, end))
    if index not in {first, last}:
        return
    affected = [n for n in _customers(world, first) if _draw(world, OUTAGE, n) < LISTED]
    fields = {"event": OUTAGE, "what": "outage", "title": "Connexion à l’appli impossible", "product": "Appli",
              "started_at": clock.iso(begin), "identifiers": [_number(n) for n in affected]}  # fmt: skip
    if index == last:
        fields["ended_at"] = clock.iso(end)
    yield _record(EVENTS, place, OUTAGE, fields)
    if index == first:
        for number in affected:
            if _draw(world, "service", number) < 0.75 and _draw(world, "told", number) < TOLD:
                at = begin + 3 * clock.HOUR + number % clock.HOUR
                yield _contact(place, number, at, "service", {"event": OUTAGE, "campaign": "Panne de l’appli"})


def _customers(world: World, index: int) -> Iterator[int]:
    """Who is in the customer file on a day."""
    people = world.people
    return (n for n in range(people.size) if people.is_customer(n) and people.joins(n) <= index)


def _contact(place: str, number: int, at: int, kind: str, more: Json) -> Record:
    fields = {"channel": "mail", "kind": kind, "contacted_at": clock.iso(at), "consent": True} | more
    return _record(CONTACTS, place, f"{kind}/{at}/{number}", fields | _names(number))


def _record(stream: str, site: str, native: str, fields: Json) -> Record:
    return Record.of(stream, site, native, {"mapped": fields})


def _draw(world: World, what: str, number: int) -> float:
    return Random(f"{world.seed}/{what}/{number}").random()  # noqa: S311


def _customer(number: int) -> str:
    return f"CT{number:07d}"


def _number(number: int) -> Json:
    return {"type": "customer_number", "value": _customer(number), "how_known": "declared"}


def _names(number: int) -> Json:
    return {"identifiers": [_number(number)]}
