"""Conversations as the app reads them: a searched page of them, and one with its messages and waits."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from psycopg.sql import SQL, Composable

from app.answer.meaning import ALIKE, LEAST, MOST, model, topics_of, vector
from app.messages.labels import LABELS, SAID, SAYS, Sought
from app.messages.rows import Message, Wait
from app.shared.memory import cached
from app.shared.period import View
from app.shared.persons import Name, Secret, Text
from app.shared.pool import company_zone, select, view_params
from app.shared.standing import CHANGED, TITLE
from app.shared.words import folded, named, parts
from flows.understand.private import PRIVATE


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one customer and the company exchange in one thread; `total` is how many the list has in all."""

    conversation_id: str
    thread_id: str
    customer_id: str | None
    source: str
    channel: str
    who: Name
    handle: Name
    opened_at: datetime
    last_customer_message_at: datetime
    waiting_since: datetime | None
    is_aside: bool
    waits: int
    answered_waits: int
    customer_messages: int
    brand_messages: int
    title: Text | None
    body: Text | None
    text_withheld: bool
    waits_text: Text | None
    url: Secret | None
    intent: str | None
    intent_probability: float | None
    sentiment: str | None
    sentiment_probability: float | None
    total: int


State = Literal["all", "asked", "waiting", "answered", "due", "missed"]

COLUMNS = SQL("""
    c.conversation_id, c.thread_id, c.customer_id, c.source, c.channel,
    coalesce(a.display_name, a.handle) as who, a.handle, c.opened_at, c.last_customer_message_at,
    c.waits_since as waiting_since, c.is_aside, c.waits, c.answered_waits, c.customer_messages, c.brand_messages,
    o.title, o.body, o.url,
    coalesce(o.text_withheld, false) as text_withheld, {waiting}
""")
JOINS = SQL("""
    inner join marts.dim_accounts as a on c.customer_account_id = a.account_id
    left join lateral (
        select m.title, m.body, m.url, m.text_withheld,
            m.intent, m.intent_probability, m.sentiment, m.sentiment_probability
        from marts.fct_messages as m
        where m.conversation_id = c.conversation_id and m.direction = 'customer'
        order by m.place
        limit 1
    ) as o on true
    left join lateral (
        select coalesce({title}, m.body) as waits_text,
            m.intent, m.intent_probability, m.sentiment, m.sentiment_probability
        from marts.fct_messages as m
        where m.conversation_id = c.conversation_id and m.direction = 'customer' and m.is_answerable
            and m.posted_at >= c.waits_since
        order by m.place
        limit 1
    ) as w on true
""").format(title=TITLE)
# What the message says that the list shows: the one that waits in the waiting list, else the first.
SHOWN: dict[bool, SQL] = {
    is_waiting: SQL(
        "w.waits_text, {m}.intent, {m}.intent_probability, {m}.sentiment, {m}.sentiment_probability".replace(
            "{m}", "w" if is_waiting else "o"
        )
    )
    for is_waiting in (True, False)
}
# Conversations with what people decided since the last refresh.
CONVERSATIONS = SQL("""
    {changed},
    conversations as (
        select
            c.*,
            x.conversation_id is not null and c.waiting_since is not null and x.waits_since is null as is_aside,
            case when x.conversation_id is null then c.waiting_since else x.waits_since end as waits_since
        from marts.fct_conversations as c
        left join changed as x on c.conversation_id = x.conversation_id
    )
""").format(changed=CHANGED)
ASKED: dict[State, SQL] = {
    "asked": SQL("true"),
    "due": SQL("w.promise_kept is not null"),
    "missed": SQL("w.promise_kept = false"),
}
# All: somebody wrote in the period. Waiting: the open wait was opened in the period, as the tile counts.
STATES: dict[State, Composable] = {
    "all": SQL("c.opened_at < %(until)s and c.last_customer_message_at >= %(since)s"),
    "waiting": SQL("c.waits_since >= %(since)s and c.waits_since < %(until)s"),
    "answered": SQL(
        "c.opened_at < %(until)s and c.last_customer_message_at >= %(since)s"
        " and c.waits > 0 and c.waits_since is null"
    ),
    **{
        state: SQL(
            "exists (select from marts.fct_waits as w where w.conversation_id = c.conversation_id"
            " and w.day between %(first)s and %(last)s and {which})"
        ).format(which=which)
        for state, which in ASKED.items()
    },
}
LATEST = SQL('c.opened_at desc, c.conversation_id collate "C"')
LIKEST = SQL('c.likeness desc, c.conversation_id collate "C"')
LIKEST_WITHIN = SQL('l.likeness desc, c.conversation_id collate "C"')
LONGEST = SQL('c.waits_since, c.conversation_id collate "C"')
ANYTHING = SQL("true")
WHEN: dict[bool, SQL] = {
    True: SQL("m.posted_at >= c.waits_since"),
    False: SQL("m.posted_at >= %(since)s and m.posted_at < %(until)s"),
}
FOUND = SQL("""
    (
        %(persons)s and (
            {names}
            or c.customer_id in (
                select i.customer_id from marts.customer_identifiers as i
                where i.value_hash = identity.keyed_hash(lower(trim(%(words)s)))
            )
        )
        or (%(persons)s or not %(is_private)s) and c.conversation_id in (
            select b.conversation_id
            from marts.fct_messages as m
            inner join marts.conversation_messages as b on m.message_id = b.message_id
            where
                to_tsvector('simple', {text}) @@ websearch_to_tsquery('simple', {words})
        )
    )
""").format(
    names=SQL(named("a.handle", "a.display_name")),
    text=SQL(folded("coalesce(m.title, '') || ' ' || coalesce(m.body, '')")),
    words=SQL(folded("%(words)s")),
)
NOTHING_ALIKE = SQL("alike as (select null::text as conversation_id, null::real as likeness where false)")
IS_ALIKE = SQL("l.likeness is not null")
PAGE = SQL("""
    with {conversations}, {alike},
    page as (
        select c.*, l.likeness, (count(*) over ())::integer as total
        from conversations as c
        inner join marts.dim_accounts as a on c.customer_account_id = a.account_id
        left join alike as l on c.conversation_id = l.conversation_id
        where
            {state}
            and (%(channels)s::text[] is null or c.channel = any(%(channels)s))
            and (
                %(panels)s::text[] is null
                or c.source in (select d.source from marts.dim_sources as d where d.panel && %(panels)s)
            )
            and {found}
            and {says}
        order by {order_within}
        limit %(limit)s offset %(offset)s
    )
    select {columns}, c.total from page as c {joins}
    order by {order}
""")
ONE = SQL(
    "with {conversations} select {columns}, 1 as total from conversations as c {joins}"
    " where c.conversation_id = %(id)s"
)


@cached
def conversations(view: View, state: State, sought: Sought, limit: int | None, offset: int) -> list[Conversation]:
    """A page of the conversations of a period; words are looked for in texts, titles and names.

    A message of the period (in the waiting list: one of those that wait) says what is looked for.
    """
    zone = company_zone()
    until = datetime.combine(view.last + timedelta(1), time(), zone)
    order = LIKEST if sought.is_meant else LONGEST if state == "waiting" else LATEST
    return select(
        Conversation,
        PAGE.format(
            alike=ALIKE if sought.is_meant else NOTHING_ALIKE,
            state=STATES[state],
            found=IS_ALIKE if sought.is_meant else FOUND if sought.words.strip() else ANYTHING,
            order=order,
            order_within=LIKEST_WITHIN if sought.is_meant else order,
            says=SAYS.format(when=WHEN[state == "waiting"]) if sought.is_said else ANYTHING,
            columns=COLUMNS.format(waiting=SHOWN[state == "waiting"]),
            joins=JOINS,
            conversations=CONVERSATIONS,
        ),
        view_params(view)
        | {
            "intent": sought.intent,
            "sentiment": sought.sentiment,
            "topic": sought.topic,
            "since": datetime.combine(view.first, time(), zone),
            "until": until,
            "words": sought.words,
            "parts": parts(sought.words),
            "is_private": bool(PRIVATE.search(sought.words)),
            "vector": vector(sought.words) if sought.is_meant else None,
            "model": model() if sought.is_meant else None,
            "topics": topics_of(sought.words) if sought.is_meant else None,
            # What waits may have been written again after the period.
            "alike_until": datetime.max.replace(tzinfo=UTC) if state == "waiting" else until,
            "least": LEAST,
            "most": MOST,
            "limit": limit,
            "offset": offset,
        },
    )


@cached
def conversation(conversation_id: str) -> Conversation | None:
    """One conversation, None where there is none of that id."""
    found = select(
        Conversation,
        ONE.format(columns=COLUMNS.format(waiting=SHOWN[False]), joins=JOINS, conversations=CONVERSATIONS),
        {"id": conversation_id},
    )
    return found[0] if found else None


MESSAGES = SQL("""
    select
        m.message_id, m.direction, coalesce(a.display_name, a.handle) as who, m.posted_at, m.time_precision,
        m.edited_at, m.title, m.body, m.body_missing, m.url, m.rating, m.rating_scale, m.text_withheld,
        b.message_id is not null as is_own, {labels} as labels, m.corrected, m.evidence, said.tasks as said
    from marts.fct_messages as m
    inner join marts.dim_accounts as a on m.account_id = a.account_id
    left join marts.conversation_messages as b
        on m.message_id = b.message_id and b.conversation_id = %(id)s
    {said}
    where m.thread_id = %(thread)s
    order by m.place desc
    limit greatest(
        %(limit)s,
        (
            select count(*) from marts.fct_messages as x
            inner join marts.fct_messages as y on y.message_id = %(at)s and x.place >= y.place
            where x.thread_id = %(thread)s
        )
    )
""")


@dataclass(frozen=True, slots=True)
class _Read(Message):
    """A message with what people said of it since the last refresh."""

    said: dict[str, str | None] | None


def _message(row: _Read) -> Message:
    """The message as the marts will have it: a person's word stands in the analyser's place."""
    given = {field.name: getattr(row, field.name) for field in fields(Message)}
    said = row.said or {}
    labels = {task: (value, sure) for task, (value, sure) in row.labels.items()}
    labels |= {task: (value, 1.0) for task, value in said.items() if value is not None}
    corrected = {task for task in row.corrected if task not in said} | {t for t, v in said.items() if v is not None}
    return Message(**given | {"labels": labels, "corrected": sorted(corrected), "evidence": row.evidence or {}})


@cached
def messages(conversation_id: str, thread_id: str, limit: int, at: str | None = None) -> list[Message]:
    """The last messages of a thread in the order by which waits go, other customers' included.

    They reach back as far as the message `at`, however many came after it.
    """
    found = select(
        _Read,
        MESSAGES.format(labels=LABELS, said=SAID),
        {"id": conversation_id, "thread": thread_id, "limit": limit, "at": at},
    )
    return [_message(row) for row in reversed(found)]


@dataclass(frozen=True, slots=True)
class _Asked:
    message_id: str


@cached
def waiting_message(conversation_id: str, since: datetime) -> str | None:
    """The message that waits in a conversation since then, as `marts.to_answer` names it."""
    found = select(
        _Asked,
        """
        select m.message_id from marts.fct_messages as m
        where m.conversation_id = %(id)s and m.direction = 'customer' and m.is_answerable
            and m.posted_at >= %(since)s
        order by m.posted_at, m.native_order, m.message_id collate "C"
        limit 1
        """,
        {"id": conversation_id, "since": since},
    )
    return found[0].message_id if found else None


@cached
def waits(conversation_id: str) -> list[Wait]:
    """The waits of a conversation in time order, without noise that an analyser left out."""
    return select(
        Wait,
        """
        select
            w.wait_id, w.opening_message_id, w.opened_at, w.closing_message_id, w.closing_kind, w.decision_id,
            w.closed_at, w.response_minutes, w.promise_minutes, w.promise_due_at, w.promise_kept
        from marts.fct_waits as w
        where w.conversation_id = %(id)s and (w.closing_kind is distinct from 'noise' or w.decision_id is not null)
        order by w.wait_number
        """,
        {"id": conversation_id},
    )
