"""A status becomes a message: its id, who wrote it, when, in answer to what, and which of it only counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from flows.records import Json, Record, Unusable, make
from flows.records.ids import web
from flows.records.texts import to_text
from flows.records.times import SLACK, check_written, read_time

STREAM = "mastodon__statuses"
LABEL = "mastodon@1"
PUBLIC = {"public", "unlisted"}
# snac puts the second of the last change before what identifies a status: an edit or a boost changes the id.
SNAC_ID = re.compile(r"\d{10}([0-9a-f]{32})")
WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
COUNTERS = {"reactions": "favourites_count", "replies": "replies_count", "shares": "reblogs_count"}
# What only counts, depends on who asks, or is worked out by the server afterwards: no new version for it.
VOLATILE = {
    "favourites_count", "replies_count", "reblogs_count", "quotes_count", "favourited", "reblogged", "muted",
    "bookmarked", "pinned", "filtered", "card", "mentions", "emojis", "emoji_reactions", "reblog", "text",
    "quote_approval", "pleroma", "akkoma", "tagged_collections",
}  # fmt: skip
ACCOUNT = ("id", "username", "acct", "display_name", "url", "uri", "bot", "group", "created_at", "note")
MEDIA = ("id", "type", "description", "remote_url")
QUOTE = ("id", "uri", "url")
LONGEST_ID = 500
MOST_ORDER = 2**63 - 1


@dataclass(frozen=True)
class Place:
    """The server that a status was read from: its site, and the domain of its own accounts."""

    site: str
    domain: str


def stable_id(native: object) -> str | None:
    """Return the part of an id that stays; None where it is no id."""
    if isinstance(native, bool) or not isinstance(native, str | int):
        return None
    text = str(native)
    snac = SNAC_ID.fullmatch(text)
    if snac:
        return snac[1]
    return text if text.strip() and len(text.encode("utf-8", "replace")) <= LONGEST_ID else None


def unwrapped(status: Any) -> Any:
    """Return the status behind a boost that carries its id (snac); other boosts are returned as they are."""
    inner = status.get("reblog") if isinstance(status, dict) else None
    if isinstance(inner, dict) and stable_id(inner.get("id")) == stable_id(status.get("id")):
        return inner
    return status


def is_boost(status: Any) -> bool:
    """The status repeats another: nobody wrote it."""
    return isinstance(status, dict) and isinstance(status.get("reblog"), dict)


def written_at(status: Any) -> datetime | None:
    """When a status was written, where it says so."""
    created = status.get("created_at") if isinstance(status, dict) else None
    found = read_time(created) if isinstance(created, str) else None
    return found[0] if found else None


def to_record(status: Any, place: Place, now: datetime, parent: str | None = None) -> Record:
    """Make the record of a status; raises Unusable with the reason.

    `parent` is the one that is remembered: servers forget it when it is deleted.
    """
    if not isinstance(status, dict):
        raise Unusable("wrong shape", "it is no object")
    record_id = stable_id(status.get("id"))
    if record_id is None:
        raise Unusable("no id", "it has no id")
    posted_at = written_at(status)
    if posted_at is None:
        raise Unusable("no date", f"it does not say when it was written: {status.get('created_at')!r}")
    check_written(posted_at, now)
    answers = stable_id(status.get("in_reply_to_id")) or parent
    mapped = {"posted_at": posted_at.isoformat(), "channel": "mastodon"} | _author(status.get("account"), place)
    mapped |= _said(status) | ({"parent": answers} if answers and answers != record_id else {})
    edited = read_time(status["edited_at"]) if isinstance(status.get("edited_at"), str) else None
    if edited and posted_at < edited[0] <= now + SLACK:
        mapped["edited_at"] = edited[0].isoformat()
    kept = _kept(status) | {"id": record_id}
    return make(
        STREAM, place.site, record_id, mapped, {"mapping": LABEL, "status": kept},
        counters=_counters(status), native_order=_order(status["id"]),
    )  # fmt: skip


def _author(account: Any, place: Place) -> Json:
    """The account's absolute name: the same on every server that shows it."""
    acct = account.get("acct") if isinstance(account, dict) else None
    if not isinstance(acct, str) or not acct.strip("@ "):
        raise Unusable("no author", "it does not say who wrote it")
    name = acct.strip().lstrip("@")
    absolute = name if "@" in name else f"{name}@{place.domain}"
    key = absolute.lower()
    said: Json = {
        "account": key,
        "handle": absolute,
        "display_name": _text(account.get("display_name")) or _text(account.get("username")) or absolute,
        "identifiers": [
            {"type": "handle", "value": f"{key.rpartition('@')[2]}/{key}", "how_known": "verified"},
            *_sites(account.get("fields")),
        ],
    }
    return said | ({"author_role_declared": "bot"} if account.get("bot") is True else {})


def _sites(fields: object) -> list[Json]:
    """Web addresses that a profile gives as its own; the server verified those that link back (rel=me)."""
    found = []
    for field in fields if isinstance(fields, list) else []:
        value = field.get("value") if isinstance(field, dict) else None
        address = WEB_ADDRESS.search(value) if isinstance(value, str) else None
        if address and web(address[0]):
            how_known = "verified" if field.get("verified_at") else "declared"
            found.append({"type": "site", "value": unescape(address[0]), "how_known": how_known})
    return found


def _said(status: Json) -> Json:
    content = status.get("content")
    if content is not None and not isinstance(content, str):
        raise Unusable("wrong shape", "its content is no text")
    language = _text(status.get("language"))
    poll = status.get("poll")
    options = poll.get("options") if isinstance(poll, dict) else None
    titles = (
        [_text(one.get("title")) for one in options if isinstance(one, dict)] if isinstance(options, list) else []
    )
    choices = [f"- {title}" for title in titles if title]
    said: Json = {
        "body": "\n".join([to_text(content or ""), *choices]).strip(),
        "is_public": str(status.get("visibility", "public")) in PUBLIC,
    }
    optional = {
        "title": _text(status.get("spoiler_text")),
        "url": web(status.get("url")) or web(status.get("uri")),
        "language_declared": re.split(r"[-_]", language)[0].lower() if language else None,
    }
    return said | {name: value for name, value in optional.items() if value}


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _counters(status: Json) -> Json:
    found = {name: status.get(key) for name, key in COUNTERS.items()}
    return {n: v for n, v in found.items() if isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**31}


def _order(native: object) -> int:
    """Servers number statuses in time, most of them; where the id is no number, time alone orders."""
    text = str(native)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MOST_ORDER else 0


def _kept(status: Json) -> Json:
    """The status as it was sent, less what changes without it being edited."""
    kept = {name: value for name, value in status.items() if name not in VOLATILE}
    kept["account"] = _only(status["account"], ACCOUNT)
    fields = status["account"].get("fields")
    if isinstance(fields, list) and fields:
        kept["account"]["fields"] = [_only(field, ("name", "value")) for field in fields]
    if "in_reply_to_id" in kept:
        kept["in_reply_to_id"] = stable_id(kept["in_reply_to_id"])
    if isinstance(kept.get("media_attachments"), list):
        kept["media_attachments"] = [_only(one, MEDIA) for one in kept["media_attachments"]]
    if isinstance(kept.get("poll"), dict):
        kept["poll"] = _poll(kept["poll"])
    if isinstance(kept.get("quote"), dict):
        quote = kept["quote"]
        kept["quote"] = _only(quote.get("quoted_status") or quote, QUOTE)
    return kept


def _poll(poll: Json) -> Json:
    options = poll.get("options")
    kept: Json = _only(poll, ("id", "expires_at", "multiple"))
    titles = [_only(option, ("title",)) for option in options] if isinstance(options, list) else options
    return kept | {"options": titles}


def _only(found: Any, names: tuple[str, ...]) -> Any:
    return {name: found[name] for name in names if name in found} if isinstance(found, dict) else found
