"""A thread as people read it: bubbles in the order by which waits go, and between them what its waits became."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from app.messages import handling, understood
from app.messages.decisions import waiting_since
from app.messages.rows import Decision, Message, Wait
from app.shared import components
from app.shared import format as fmt
from app.shared.language import N_, _, number

ROLES = {
    ("customer", True): "",
    ("brand", True): N_("us"),
    ("brand", False): N_("us, to another customer"),
    ("customer", False): N_("another customer"),
}
# How a wait ended that nobody answered and no person decided.
ENDED = {
    "desk": N_("resolved by the desk {when}, unanswered"),
    "bot_silence": N_("a bot had the last word, and nobody spoke until {when}: ended unanswered"),
}
BOT, SOMEBODY = N_("automatic, not an answer"), N_("somebody else")
AGAIN = re.compile(r"^(\s*(re|aw|tr|fwd?|fw)\s*:)+", re.IGNORECASE)


def markup(
    messages: Sequence[Message],
    waits: Sequence[Wait],
    decisions: Sequence[Decision],
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """Markup of a thread; every word of a user's is escaped. Times are in `zone`, ages end `now`."""
    opening = {wait.opening_message_id: wait for wait in waits}
    closing = {wait.closing_message_id: wait for wait in waits if wait.closing_message_id}
    parts: list[str] = []
    titled = ""
    ahead = list(decisions)
    for message in messages:
        while ahead and ahead[0].decided_at < message.posted_at:
            parts.append(handling.mark(ahead.pop(0)))
        if message.message_id in opening:
            parts.append(_opened(opening[message.message_id], zone))
        # Forums and mail repeat the thread's title on every message: it is shown where it changes.
        subject = AGAIN.sub("", message.title or "").strip().lower()
        parts.append(_bubble(message, zone, with_title=subject != titled))
        titled = subject or titled
        if message.message_id in closing:
            parts.append(_closed(closing[message.message_id]))
    parts += map(handling.mark, ahead)
    for wait in waits:
        since = waiting_since(wait, decisions)
        if since:
            parts.append(_waiting(wait, since, zone, now))
        elif wait.closing_kind in ENDED and wait.closed_at:
            parts.append(_mark("bad", _(ENDED[wait.closing_kind], when=fmt.moment(wait.closed_at, zone))))
    return f'<div class="v-thread" data-testid="thread">{"".join(parts)}</div>'


def _bubble(message: Message, zone: ZoneInfo, *, with_title: bool) -> str:
    kind = message.direction if message.direction in {"customer", "brand", "bot"} else "other"
    aside = "" if message.is_own or kind == "bot" else " aside"
    role = _(ROLES.get((kind, message.is_own), BOT if kind == "bot" else SOMEBODY))
    facts = [
        f"<b>{escape(message.who)}</b>",
        escape(role),
        f"<time>{escape(fmt.moment(message.posted_at, zone, message.time_precision))}</time>",
        escape(_("edited")) if message.edited_at else "",
        components.link(message.url, _("original ↗")),
    ]
    title = f'<div class="v-title">{escape(message.title)}</div>' if message.title and with_title else ""
    rated = "" if message.rating is None else stars(message.rating, message.rating_scale)
    return (
        f'<article class="v-bubble {kind}{aside}" data-testid="message"><header>'
        + " ".join(f"<span>{fact}</span>" for fact in facts if fact)
        + f"</header>{rated}{title}"
        + f"{_body(message)}{understood.chips(message)}</article>"
    )


def _body(message: Message) -> str:
    if message.text_withheld or message.body_missing:
        return words(message.body, is_withheld=message.text_withheld, missing=message.body_missing)
    return f'<div class="v-body">{understood.marked(message)}</div>'


def words(body: str | None, *, is_withheld: bool, missing: str | None = None) -> str:
    """Markup of what somebody wrote, or that it is not shown, or cannot be read and why."""
    if is_withheld:
        return f'<div class="v-body v-withheld">{escape(_(fmt.WITHHELD))}</div>'
    if missing:
        why = _(fmt.MISSING.get(missing, missing))
        return f'<div class="v-body v-withheld">{escape(_("text cannot be read: {why}", why=why))}</div>'
    return f'<div class="v-body">{escape(body or "")}</div>'


def stars(value: float, scale: float | None) -> str:
    """Markup of a rating on its own scale: stars where they can be counted, and its numbers."""
    of = "" if not scale else _(" of {scale}", scale=_plain(scale))
    drawn = ""
    if scale and scale <= 10 and 0 <= value <= scale:
        full = round(value)
        drawn = f'<span class="v-stars" aria-hidden="true">{"★" * full}{"☆" * (round(scale) - full)}</span> '
    return f"<div>{drawn}{_plain(value)}{escape(of)}</div>"


def _plain(value: float) -> str:
    return number(value, 0 if value == round(value) else 1)


def _promise(wait: Wait) -> str:
    if wait.promise_minutes is None:
        return _("no promise on this channel")
    return _("promise {time}", time=fmt.minutes(wait.promise_minutes))


def _mark(mood: str, text: str) -> str:
    return f'<div class="v-mark v-{mood}" data-testid="wait"><span>{escape(text)}</span></div>'


def _opened(wait: Wait, zone: ZoneInfo) -> str:
    due = ""
    if wait.promise_due_at:
        is_same_day = fmt.moment(wait.promise_due_at, zone, "day") == fmt.moment(wait.opened_at, zone, "day")
        local = wait.promise_due_at.astimezone(zone)
        when = f"{local:%H:%M}" if is_same_day else fmt.moment(local, zone)
        due = _(", due {when}", when=when)
    opened = _("wait opened {when}", when=fmt.moment(wait.opened_at, zone))
    return _mark("even", f"{opened} · {_promise(wait)}{due}")


def _closed(wait: Wait) -> str:
    if wait.response_minutes is None:
        answered = _("answered")
    else:
        answered = _("answered after {time}", time=fmt.minutes(wait.response_minutes))
    # A promise that is not due yet is neither kept nor missed in the marts.
    kept = {True: _("{promise} kept"), False: _("{promise} missed"), None: "{promise}"}[wait.promise_kept]
    mood = {True: "good", False: "bad", None: "even"}[wait.promise_kept]
    return _mark(mood, f"{answered} · {kept.format(promise=_promise(wait))}")


def _waiting(wait: Wait, since: datetime, zone: ZoneInfo, now: datetime) -> str:
    promise = _promise(wait)
    # What waits again since an answer given elsewhere has its own promise, which the next refresh reckons.
    if since != wait.opened_at:
        waits = _("still waiting since {when}", when=fmt.moment(since, zone))
        return _mark("even", f"{waits}, {fmt.since(since, now)}")
    late = wait.promise_due_at is not None and wait.promise_due_at <= now
    if late and wait.promise_due_at:
        promise = _("{promise} missed by {time}", promise=promise, time=fmt.since(wait.promise_due_at, now))
    waits = _("still waiting since {when}", when=fmt.moment(wait.opened_at, zone))
    return _mark("bad" if late else "even", f"{waits}, {fmt.since(wait.opened_at, now)} · {promise}")
