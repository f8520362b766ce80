"""A thread as people read it: bubbles in time order, and between them what its waits became."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from app import format as fmt
from app import look
from app.rows import Message, Wait

AGAIN = re.compile(r"^(\s*(re|aw|tr|fwd?|fw)\s*:)+", re.IGNORECASE)


def thread(messages: Sequence[Message], waits: Sequence[Wait], zone: ZoneInfo, now: datetime) -> str:
    """Markup of a thread; every word of a user's is escaped. Times are in `zone`, ages end `now`."""
    opening = {wait.opening_message_id: wait for wait in waits}
    closing = {wait.closing_message_id: wait for wait in waits if wait.closing_message_id}
    parts: list[str] = []
    titled = ""
    for message in messages:
        if message.message_id in opening:
            parts.append(_opened(opening[message.message_id], zone))
        # Forums and mail repeat the thread's title on every message: it is shown where it changes.
        subject = AGAIN.sub("", message.title or "").strip().lower()
        parts.append(_bubble(message, zone, with_title=subject != titled))
        titled = subject or titled
        if message.message_id in closing:
            parts.append(_closed(closing[message.message_id]))
    parts += [_waiting(wait, zone, now) for wait in waits if wait.closed_at is None]
    return f'<div class="v-thread" data-testid="thread">{"".join(parts)}</div>'


def _bubble(message: Message, zone: ZoneInfo, *, with_title: bool) -> str:
    kind = message.direction if message.direction in {"customer", "brand", "bot"} else "other"
    aside = "" if message.is_own or kind == "bot" else " aside"
    role = {
        ("customer", True): "",
        ("brand", True): "us",
        ("brand", False): "us, to another customer",
        ("customer", False): "another customer",
    }.get((kind, message.is_own), "automatic, not an answer" if kind == "bot" else "somebody else")
    facts = [
        f"<b>{escape(message.who)}</b>",
        escape(role),
        f"<time>{escape(fmt.moment(message.posted_at, zone, message.time_precision))}</time>",
        "edited" if message.edited_at else "",
        look.link(message.url, "original ↗"),
    ]
    title = f'<div class="v-title">{escape(message.title)}</div>' if message.title and with_title else ""
    return (
        f'<article class="v-bubble {kind}{aside}" data-testid="message"><header>'
        + " ".join(f"<span>{fact}</span>" for fact in facts if fact)
        + f"</header>{_stars(message)}{title}"
        + f'<div class="v-body">{escape(message.body or "")}</div></article>'
    )


def _stars(message: Message) -> str:
    if message.rating is None:
        return ""
    scale = f" of {message.rating_scale:g}" if message.rating_scale else ""
    drawn = ""
    if message.rating_scale and message.rating_scale <= 10 and 0 <= message.rating <= message.rating_scale:
        full = round(message.rating)
        drawn = f'<span class="v-stars">{"★" * full}{"☆" * (round(message.rating_scale) - full)}</span> '
    return f"<div>{drawn}{message.rating:g}{scale}</div>"


def _promise(wait: Wait) -> str:
    if wait.promise_minutes is None:
        return "no promise on this channel"
    return f"promise {fmt.minutes(wait.promise_minutes)}"


def _mark(mood: str, text: str) -> str:
    return f'<div class="v-mark v-{mood}" data-testid="wait"><span>{escape(text)}</span></div>'


def _opened(wait: Wait, zone: ZoneInfo) -> str:
    due = ""
    if wait.promise_due_at:
        is_same_day = fmt.moment(wait.promise_due_at, zone, "day") == fmt.moment(wait.opened_at, zone, "day")
        local = wait.promise_due_at.astimezone(zone)
        due = f", due {local:%H:%M}" if is_same_day else f", due {fmt.moment(local, zone)}"
    return _mark("even", f"wait opened {fmt.moment(wait.opened_at, zone)} · {_promise(wait)}{due}")


def _closed(wait: Wait) -> str:
    took = "" if wait.response_minutes is None else f" after {fmt.minutes(wait.response_minutes)}"
    # A promise that is not due yet is neither kept nor missed in the marts.
    kept = {True: " kept", False: " missed", None: ""}[wait.promise_kept]
    mood = {True: "good", False: "bad", None: "even"}[wait.promise_kept]
    return _mark(mood, f"answered{took} · {_promise(wait)}{kept}")


def _waiting(wait: Wait, zone: ZoneInfo, now: datetime) -> str:
    late = wait.promise_due_at is not None and wait.promise_due_at <= now
    missed = f" missed by {fmt.since(wait.promise_due_at, now)}" if late and wait.promise_due_at else ""
    return _mark(
        "bad" if late else "even",
        f"still waiting since {fmt.moment(wait.opened_at, zone)}, {fmt.since(wait.opened_at, now)}"
        f" · {_promise(wait)}{missed}",
    )
