"""Who may be told of what, once more in plain Python over the files' own rows: as docs/proactive.md says it.

Nothing here reads SQL or the product's code. Customers are called by their number; each wrote from one account.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
Row = Mapping[str, Any]
ZONES = [0, 1, -8, 13]


@dataclass
class Files:
    """What a company's files say, row by row in the order of reading."""

    customers: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    affected: list[Row] = field(default_factory=list)
    permissions: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)


def _written(random_: random.Random, moment: datetime) -> str:
    """A moment in one of several zones: all of them are the same one."""
    return moment.astimezone(timezone(timedelta(hours=random_.choice(ZONES)))).isoformat()


def drawn(seed: int) -> Files:
    """A company's files at random: few customers, so that much comes together."""
    random_ = random.Random(seed)
    numbers = [f"C{n}" for n in range(12)]
    people = [*numbers, "C404", "C405"]

    def ago(days: float) -> str:
        return _written(random_, NOW - timedelta(hours=round(random_.uniform(-0.05, 1) * days * 24)))

    files = Files()
    for number in numbers:
        owned = random_.sample(
            ["Carte", "carte feuille", "Appli", "CARD-E", "Nothing we sell"], random_.randint(0, 2)
        )
        town = random_.choice(["Lyon", "Nantes", ""])
        files.customers.append({"customer_number": number, "products": ";".join(owned), "town": town})
    for n in range(4):
        begin = NOW - timedelta(hours=random_.choice([-30, 2, 26, 100, 300, 2300]))
        end = begin + timedelta(hours=random_.choice([1, 50]))
        files.events.append({
            "event": f"E{n}", "what": random_.choice(["outage", "strike"]), "started_at": _written(random_, begin),
            "ended_at": random_.choice(["", _written(random_, end)]),
            "product": random_.choice(["", "Carte", "Feuille card", "appli"]),
            "place": random_.choice(["", "", "lyon"]),
            "customers": ";".join(random_.choices(people, k=random_.randint(0, 4))),
        })  # fmt: skip
        files.affected += [
            {"event": f"E{n}", "customer_number": number}
            for number in random_.sample(people, random_.randint(0, 3))
        ]
    for _ in range(24):
        files.permissions.append({
            "customer_number": random_.choice(people), "channel": random_.choice(["mail", "mail", "sms", "any"]),
            "purpose": random_.choice(["service", "service", "any", "marketing"]),
            "allowed": random_.choice(["true", "true", "yes", "false"]), "since": ago(30),
        })  # fmt: skip
    files.permissions = list({
        tuple(row[name] for name in ("customer_number", "channel", "purpose", "since")): row
        for row in files.permissions
    }.values())  # fmt: skip
    for n in range(45):
        kind = random_.choice(["service", "gesture", *["marketing"] * 6])
        files.contacts.append({
            "id": f"k{n}", "customer_number": random_.choice(people), "channel": "mail", "kind": kind,
            "contacted_at": ago(40), "event": random_.choice(["", "", "E0", "ops:E1", "E9"]),
        })  # fmt: skip
    for n in range(14):
        number = random_.choice(numbers)
        files.messages.append({
            "id": f"m{n}", "account": f"a-{number}", "customer_number": number, "thread": f"t-{number}",
            "posted_at": ago(15), "body": random_.choice(["{intent=complaint}", "{intent=praise}", "hello"]),
        })  # fmt: skip
    return files


def _at(row: Row, name: str) -> datetime | None:
    return datetime.fromisoformat(row[name]) if row.get(name) else None


OWNS = {"carte": {"carte"}, "carte feuille": {"carte", "carte feuille"}, "card-e": {"carte", "carte écorce"},
        "appli": {"appli"}, "nothing we sell": {"nothing we sell"}}  # fmt: skip
MEANS = {"Carte": "carte", "Feuille card": "carte feuille", "appli": "appli"}


def affected(files: Files, event: Row) -> set[str]:
    """Who is: listed, owner of the product, or of the town."""
    known = {row["customer_number"] for row in files.customers}
    listed = {number.strip() for number in event["customers"].split(";")}
    listed |= {row["customer_number"] for row in files.affected if row["event"] == event["event"]}
    wanted = MEANS.get(event["product"])
    owners = {
        row["customer_number"] for row in files.customers
        if any(wanted in OWNS[name.lower()] for name in row["products"].split(";") if name)
    }  # fmt: skip
    there = {
        row["customer_number"] for row in files.customers
        if event["place"] and row["town"].lower() == event["place"].lower()
    }  # fmt: skip
    return (listed & known) | owners | there


def missing(files: Files, event: Row) -> int:
    """How many names of the list are nobody's."""
    known = {row["customer_number"] for row in files.customers} | {""}
    listed = {number.strip() for number in event["customers"].split(";")}
    listed |= {row["customer_number"] for row in files.affected if row["event"] == event["event"]}
    return len(listed - known)


def _allows(files: Files, number: str) -> set[str]:
    """Channels of service: the last word counts, of two at one moment the no, and one no is enough."""
    last: dict[tuple[str, str], tuple[datetime, bool]] = {}
    for row in files.permissions:
        since, allowed = datetime.fromisoformat(row["since"]), row["allowed"] in {"true", "yes"}
        if row["customer_number"] != number or since > NOW or row["purpose"] == "marketing":
            continue
        key = row["channel"], row["purpose"]
        if key not in last or (since, not allowed) > (last[key][0], not last[key][1]):
            last[key] = since, allowed
    refused = {channel for (channel, _), (_, allowed) in last.items() if not allowed}
    given = {channel for (channel, _), (_, allowed) in last.items() if allowed}
    return set() if "any" in refused else given - refused - {"any"}


def _contacts(files: Files, number: str) -> Iterable[tuple[datetime, Row]]:
    for row in files.contacts:
        at = datetime.fromisoformat(row["contacted_at"])
        if row["customer_number"] == number and at <= NOW:
            yield at, row


def _is_about(row: Row, event: Row) -> bool:
    return row["event"] in {event["event"], f"ops:{event['event']}"}


def judged(files: Files) -> dict[str, dict[str, str | None]]:
    """By event that counts, by customer affected: why they are left out, or None."""
    found: dict[str, dict[str, str | None]] = {}
    for event in files.events:
        begin, end = _at(event, "started_at"), _at(event, "ended_at")
        assert begin
        if begin > NOW or (end + timedelta(days=7) if end else begin + timedelta(days=90)) <= NOW:
            continue
        found[event["event"]] = {n: _why_not(files, event, begin, n) for n in affected(files, event)}
    return found


def _why_not(files: Files, event: Row, begin: datetime, number: str) -> str | None:
    said = [datetime.fromisoformat(m["posted_at"]) for m in files.messages if m["customer_number"] == number]
    if any(begin <= at <= NOW for at in said):
        return "spoke"
    contacts = list(_contacts(files, number))
    if any(_is_about(row, event) or (not row["event"] and row["kind"] != "marketing" and at >= begin)
           for at, row in contacts):  # fmt: skip
        return "contacted"
    if not _allows(files, number):
        return "not permitted"
    ages = [NOW - at for at, _ in contacts]
    week, month = (sum(age < timedelta(days=days) for age in ages) for days in (7, 30))
    return "over the cap" if week >= 2 or month >= 4 else None


def left_out(files: Files) -> Counter[tuple[str, str]]:
    """How many are left out, by event and reason."""
    found = Counter((event, why) for event, people in judged(files).items() for why in people.values() if why)
    for event in files.events:
        if lost := missing(files, event):
            found[event["event"], "not found"] = lost
    return found


def outcomes(files: Files) -> dict[str, tuple[int, int, int, int, int]]:
    """By event that began: affected, contacted, contacted first, complaints of these, complaints of all."""
    found = {}
    for event in files.events:
        begin, end = _at(event, "started_at"), _at(event, "ended_at")
        assert begin
        if begin > NOW:
            continue
        until = min(NOW, (end or begin + timedelta(days=90)) + timedelta(days=7))
        people = affected(files, event)
        contacted = first = early = total = 0
        for number in people:
            complaints = sorted(
                at for m in files.messages
                if m["customer_number"] == number and m["body"] == "{intent=complaint}"
                and begin <= (at := datetime.fromisoformat(m["posted_at"])) <= until
            )  # fmt: skip
            told = min(
                (at for at, row in _contacts(files, number) if _is_about(row, event) and at <= until), default=None
            )
            is_first = told is not None and (not complaints or told < complaints[0])
            contacted += told is not None
            first += is_first
            early += len(complaints) if is_first else 0
            total += len(complaints)
        found[event["event"]] = len(people), contacted, first, early, total
    return found
