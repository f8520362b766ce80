"""A mail becomes a message: who wrote it, in which role, when, what it answers, and under which id."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import getaddresses
from typing import Any

from flows.records import Json, Record, Unusable, make
from flows.records.encodings import repair
from flows.records.ids import hashed, key
from flows.records.making import without_damage
from flows.records.times import SLACK, Written, read_time
from flows.records.zones import countries
from flows.sources.mailbox.automatic import Automatic, automatic, is_list
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.headers import ids, message_id
from flows.sources.mailbox.parsing import Mail, parse
from flows.sources.mailbox.quotes import own_words, separate
from flows.sources.mailbox.senders import Sender, sender
from flows.sources.mailbox.unsent import check_sent

STREAM = "mailbox__messages"
LABEL = "mailbox@1"
# Headers that say something of the message; those of its way here differ from copy to copy.
KEPT = (
    "from", "sender", "reply-to", "to", "cc", "date", "subject", "message-id", "in-reply-to", "references",
    "auto-submitted", "precedence", "list-id", "list-post", "content-language", "x-autoreply", "x-autorespond",
    "x-original-from", "x-mailer", "user-agent",
)  # fmt: skip
# How subjects of answers and of what is passed on begin, in the languages of `languages.yml`.
ANSWERS = re.compile(
    r"\s*(re|aw|sv|antw|réf?|tr|fwd?|wg|rv|vs|odp|pd|vá|ynt|ilt|res|enc|rif|bls|doorst|atb|απ|πρθ|отв|ответ|пересл|回复|回覆"
    r"|答复|答覆|转发|轉寄|返信|転送|회신|전달|رد|השב|תגובה)\s*(\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
AMONG_US = (
    "from one of your own addresses to your own only, so no customer waits in it: name the address under forms if "
    "a form writes there, and move what customers sent to a colleague into the mailbox instead of forwarding it"
)
COMMENT = re.compile(r"\([^()]*\)")
DMARC = re.compile(r";\s*dmarc\s*=\s*(\w+)([^;]*)", re.IGNORECASE)
FROM_DOMAIN = re.compile(r"header\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Bytes of a mail and what the place it lay in knows: when it was received, and its size where it was cut."""

    content: bytes
    received: str | None = None
    size: int | None = None


def to_record(
    found: Found, config: MailboxConfig, site: str, now: datetime, tell: Callable[[str], None] = lambda _: None
) -> Record:
    """Make the record of a mail; raises Unusable with the reason, PassedOver for a draft.

    `tell` hears what a person should know.
    """
    mail = parse(found.content)
    check_sent(mail)
    who = _author(mail, config)
    when, is_received = _time(mail, who, found.received, now)
    kind = automatic(mail, who.address)
    own_id = message_id(mail.raw("message-id") or "")
    parent = _parent(mail, own_id)
    is_reply = parent is not None or bool(ANSWERS.match(mail.get("subject") or ""))
    pieces = separate(mail.text, is_reply=is_reply)
    body = own_words(pieces, is_reply=is_reply)
    missing = mail.missing or ("attachments" if not body and _has_files(mail) else None)
    if when.doubt:
        tell(when.doubt)
    if missing:
        tell(f"text cannot be read: {missing}")
    if parent is None and _is_among_us(mail, who, config):
        tell(AMONG_US)
    mapped: Json = {
        "account": key(who.written),
        "handle": who.address or who.name or who.written,
        "display_name": who.name or who.written,
        "author_role_declared": _role(mail, who, kind, config),
        "channel": config.list_channel if is_list(mail) else config.channel,
        "posted_at": when.moment.isoformat(),
        "time_precision": when.precision,
        "is_public": False,
        "title": mail.get("subject"),
        "body": None if missing else body,
        "body_missing": missing,
        "language_declared": _language(mail.get("content-language")),
    } | _thread(mail, parent, own_id)
    if mapped["author_role_declared"] is None and who.address:
        how_known = _how_known(mail, who.address, config)
        mapped["identifiers"] = [{"type": "email", "value": who.address, "how_known": how_known}]
    said = {
        "headers": [[name, mail.get(name)] for name in KEPT if mail.raw(name) is not None],
        "text": [list(piece) for piece in pieces],
        "html": mail.html,
        "attachments": mail.attachments or None,
        "automatic": kind,
        "dated_by": "received" if is_received else None,
        "time_doubt": when.doubt,
        "bytes_cut_from": found.size,
        "text_is_cut": mail.is_cut or None,
    }
    (read, kept), repaired = _repaired([{"mapping": LABEL, "mail": _filled(said)}, _filled(mapped)])
    record_id = key(own_id) if own_id else _hashed(mail)
    return make(STREAM, site, _text(record_id), kept, read, repaired=repaired)


def is_among(address: str | None, listed: list[str]) -> bool:
    """The address is listed, or its domain or one above is: example.org stands for help.example.org, too."""
    if not address:
        return False
    domain = address.rpartition("@")[2]
    for one in listed:
        local, _, place = one.rpartition("@")
        if local not in {"", "*"}:
            if address == one:
                return True
        elif domain == place or domain.endswith(f".{place}"):
            return True
    return False


def _author(mail: Mail, config: MailboxConfig) -> Sender:
    """Who wrote it: From; who is asked to be answered where a form or a list writes in somebody's place."""
    who = sender(mail.raw("from") or "") or sender(mail.raw("sender") or "")
    if who is None:
        raise Unusable("no sender", "it has no From and no Sender")
    post = (mail.get("list-post") or "").lower()
    is_form = is_among(who.address, config.forms)
    if is_form or (who.address and f"mailto:{who.address}" in post):
        for name in ("x-original-from", "reply-to"):
            other = sender(mail.raw(name) or "")
            if other and other.address and other.address != who.address and f":{other.address}" not in post:
                return Sender(other.name or (who.name if not is_form else ""), other.address, other.written)
        if not is_form and who.name:  # the list's address stands for all of them: the name tells them apart
            return Sender(who.name, None, f"{who.written}/{who.name}".lower())
    elif not who.address and not is_list(mail) and (other := sender(mail.raw("reply-to") or "")) and other.address:
        return Sender(who.name or other.name, other.address, other.written)
    return who


def _role(mail: Mail, who: Sender, kind: Automatic | None, config: MailboxConfig) -> str | None:
    """What the author is to the company; None: a customer, unless the seeds know better.

    An absent customer's automatic reply is nobody's message (other), but makes no bot of the customer.
    """
    if is_among(who.address, config.own) and not is_among(who.address, config.forms):
        if config.receiver and _verdict(mail, who.address or "", config.receiver) == "fail":
            return "other"  # somebody else writes in the company's name
        is_marked = kind is not None and (config.trust_own_marks or kind == "bounce")
        return "bot" if is_marked or is_among(who.address, config.automatic) else "brand"
    if kind == "bounce" or is_among(who.address, config.automatic):
        return "bot"
    is_form = is_among((sender(mail.raw("from") or "") or who).address, config.forms)
    return "other" if kind and not is_form else None


def _is_among_us(mail: Mail, who: Sender, config: MailboxConfig) -> bool:
    """Written by one of the company's own addresses, to no other than its own."""
    if not is_among(who.address, config.own) or is_among(who.address, config.forms):
        return False
    readers = [one for name in ("to", "cc") for _, one in getaddresses([mail.raw(name) or ""]) if "@" in one]
    return bool(readers) and all(is_among(one.lower(), config.own) for one in readers)


def _how_known(mail: Mail, address: str, config: MailboxConfig) -> str:
    """Anybody can write any From. It is verified where the company's own server checked it (RFC 8601)."""
    if is_among((sender(mail.raw("from") or "") or Sender("", None, "")).address, config.forms):
        return "declared"
    is_checked = config.receiver and _verdict(mail, address, config.receiver) == "pass"
    return "verified" if is_checked else "unverified"


def _verdict(mail: Mail, address: str, receiver: str) -> str | None:
    """What our server found of the sender's domain (DMARC): its topmost word only, others may be forged."""
    for value in mail.all("authentication-results"):
        plain = COMMENT.sub(" ", value)
        if plain.split(";")[0].split()[:1] == [receiver] or plain.split(";")[0].strip().lower() == receiver.lower():
            found = DMARC.search(plain)
            domain = FROM_DOMAIN.search(found.group(2)) if found else None
            if found and (not domain or domain.group(1).lower() == address.rpartition("@")[2]):
                return found.group(1).lower()
            return None
    return None


def _time(mail: Mail, who: Sender, received: str | None, now: datetime) -> tuple[Written, bool]:
    """When it was written: its Date, unless that is later than the topmost Received, or than now.

    Then, or without a Date, it is when it was received; of that the place a mail lies in knows too, less surely.
    """
    said = mail.all("received")[:1]
    arrived = read_time(said[0].rpartition(";")[2]) if said and ";" in said[0] else None
    where = countries(languages=[mail.get("content-language")], hosts=[(who.address or "").rpartition("@")[2]])
    written = read_time(mail.get("date"), where=where, near=arrived.moment if arrived else None)
    latest = min(arrived.moment, now) if arrived else now
    if written and written.moment <= latest + SLACK:
        return written, False
    for one in (arrived, read_time(received)):
        if one and one.moment <= now + SLACK:
            return one, True
    if written:
        raise Unusable("date in the future", f"it says it was written at {written.moment.isoformat()}")
    date = (mail.get("date") or "")[:100]
    raise Unusable("no date", f"its Date is {date!r}, and nothing says when it was received")


def _parent(mail: Mail, own_id: str | None) -> str | None:
    """The last reference, else the first id in In-Reply-To (as Zawinski's threading has it)."""
    references = [one for one in ids(mail.raw("references") or "") if one != own_id]
    answered = [one for one in ids(mail.raw("in-reply-to") or "") if one != own_id]
    return references[-1] if references else answered[0] if answered else None


def _thread(mail: Mail, parent: str | None, own_id: str | None) -> Json:
    """Parent, and the thread where references name the first mail of it: mails between may be missing here."""
    references = [one for one in ids(mail.raw("references") or "") if one != own_id]
    thread = {"thread": key(references[0])} if len(references) > 1 else {}
    return thread | ({"parent": key(parent)} if parent else {})


def _has_files(mail: Mail) -> bool:
    """Something is attached that is no picture of a signature."""
    return any(not one.get("inline") for one in mail.attachments)


def _language(value: str | None) -> str | None:
    found = re.match(r"[a-zA-Z]{2,3}\b", value or "")
    return found.group().lower() if found else None


def _hashed(mail: Mail) -> str:
    return hashed("\n".join([mail.get(name) or "" for name in ("from", "date", "subject")] + [mail.text]))


def _filled(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _repaired(value: Any) -> tuple[Any, bool]:
    """A value with its texts as they were meant, and whether any had to be repaired: wrong charset, NUL, halves."""
    if isinstance(value, str):
        clean = _text(value)
        return clean, clean != value
    if isinstance(value, dict):
        pairs = {name: _repaired(item) for name, item in value.items()}
        return {name: item for name, (item, _) in pairs.items()}, any(repaired for _, repaired in pairs.values())
    if isinstance(value, list):
        items = [_repaired(item) for item in value]
        return [item for item, _ in items], any(repaired for _, repaired in items)
    return value, False


def _text(value: str) -> str:
    return repair(without_damage(value))
