"""From what the world tells to the records that a collector would have read."""

from __future__ import annotations

from flows.records import Json, Record
from flows.sources.sample.clock import iso
from flows.sources.sample.items import Customer, Message, Rating

MESSAGES, RATINGS, CUSTOMERS = "sample__messages", "sample__ratings", "sample__customers"
WEB = "https://social.example"
PRIVATE = ("mail", "survey")
SHARED = ("twitter", "mastodon")


def record_of(item: Message | Rating | Customer, site: str, order: int) -> Record:
    """The record of a message, a survey or a customer; `site` is the prefix of all sites, `order` of the day."""
    if isinstance(item, Message):
        return _message(item, site, order)
    return _rating(item, site, order) if isinstance(item, Rating) else _customer(item, site)


def _message(item: Message, site: str, order: int) -> Record:
    account, channel = item.account, item.channel
    fields: Json = {
        "account": account.native,
        "handle": account.handle,
        "display_name": account.name,
        "author_role_declared": account.role,
        "brand_id": account.brand,
        "channel": channel,
        "thread": item.thread,
        "parent": item.parent,
        "posted_at": iso(_first_posted(item)),
        "edited_at": iso(item.edited) if item.edited else None,
        "title": item.title,
        "body": item.body,
        "url": _address(item),
        "is_public": channel not in PRIVATE,
        "rating": item.rating,
        "rating_scale": 5 if item.rating else None,
        "language_declared": item.meaning.language if item.declares_language else None,
        "identifiers": account.identifiers or None,
    }
    payload = {"mapped": {name: value for name, value in fields.items() if value is not None}}
    counters = None
    if channel not in PRIVATE:
        reach = int((item.reach + 0.002) ** -0.7) - 1
        counters = {"reactions": reach, "replies": item.replies}
        if channel in SHARED:
            counters["shares"] = reach // 4
    return Record.of(MESSAGES, f"{site}-{channel}", item.native, payload, counters=counters, native_order=order)


def _first_posted(item: Message) -> int:
    return item.posted if item.edited and item.posted else item.when


def _address(item: Message) -> str | None:
    if item.channel in PRIVATE:
        return None
    if item.thread:
        return f"{WEB}/{item.channel}/{item.thread}#{item.native}"
    return f"{WEB}/{item.channel}/{item.account.handle}/{item.native}"


def _rating(item: Rating, site: str, order: int) -> Record:
    fields: Json = {
        "account": item.account.native,
        "channel": "survey",
        "kind": item.kind,
        "value": item.value,
        "scale_min": item.low,
        "scale_max": item.high,
        "asked_at": iso(item.asked),
        "rated_at": iso(item.when) if item.value is not None else None,
        "verbatim": item.verbatim,
        "identifiers": item.account.identifiers or None,
    }
    payload = {"mapped": {name: value for name, value in fields.items() if value is not None}}
    return Record.of(RATINGS, f"{site}-survey", item.native, payload, native_order=order)


def _customer(item: Customer, site: str) -> Record:
    known = dict(item.payload)
    known["emails"] = [{"value": value, "how_known": "verified"} for value in known["emails"]]
    known["phones"] = [{"value": value, "how_known": "declared"} for value in known["phones"]]
    known["handles"] = [
        {"site": f"{site}-{given['platform']}", "handle": given["handle"]} for given in known["handles"]
    ]
    return Record.of(CUSTOMERS, f"{site}-crm", item.native, {"mapped": known})
