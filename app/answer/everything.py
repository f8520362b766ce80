"""Every conversation of a period, found by words, by meaning, by what it says and by what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Literal, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.answer import meaning, queries, rows
from app.answer.queries import Conversation
from app.answer.rows import Row, tag
from app.messages import labels, understood
from app.shared import address, components, export, listing, memory, pool
from app.shared import format as fmt
from app.shared.language import N_, _
from app.shared.measures import Extent
from app.shared.period import View

STATES: tuple[queries.State, ...] = get_args(queries.State)
STATE_NAMES: dict[queries.State, str] = {
    "all": N_("All"),
    "asked": N_("Asked"),
    "waiting": N_("Waiting"),
    "answered": N_("Answered"),
    "due": N_("Promise due"),
    "missed": N_("Promise missed"),
}
STATE, BY = "state", "by"
Way = Literal["words", "meaning"]
WAYS: tuple[Way, ...] = get_args(Way)
WAY_NAMES: dict[Way, str] = {"words": N_("Words"), "meaning": N_("Meaning")}
NOT_YET = N_(
    "No message was read for its meaning yet: words are searched. Set VIGIE_UNDERSTAND=standard or "
    "VIGIE_MEANING=all, then run vigie refresh."
)
CANNOT = N_(
    "Search by meaning needs the extension vector in the warehouse, and the encoder where the app runs: "
    "words are searched."
)


def draw(view: View, extent: Extent) -> list[str]:
    """Draw the search and what it finds; returns the conversations of the page in order."""
    state, words, by_meaning = _search()
    return _list(view, state, labels.Sought(words, by_meaning, **_said()), extent)


def _search() -> tuple[queries.State, str, bool]:
    state = address.choice(STATE, STATES, "all")
    words = listing.words()
    st.session_state[STATE] = state
    place = st.container(horizontal=True, vertical_alignment="bottom", key="search")
    st.pills(
        _("State"),
        STATES,
        key=STATE,
        required=True,
        on_change=listing.update_url,
        args=(STATE, "all"),
        format_func=lambda state: _(STATE_NAMES[state]),
        wrap=True,
        help=_(
            "All: somebody wrote in the period. Asked: a request was made in it. Waiting: one made in it is still "
            "open. Answered: somebody wrote in it, and all was answered. Promise due, missed: of a request "
            "made in it."
        ),
    )
    listing.search(place, _("Search"), _('Words, "an exact phrase", -without, or a handle'))
    return state, words, _by_meaning(place, words)


def _by_meaning(place: DeltaGenerator, words: str) -> bool:
    """Whether to look for what the words mean, as the URL asks; where that cannot be, say why."""
    asked = address.choice(BY, WAYS, "words")
    st.session_state[BY] = asked
    place.segmented_control(
        _("Search by"),
        WAYS,
        key=BY,
        required=True,
        on_change=listing.update_url,
        args=(BY, "words"),
        format_func=lambda way: _(WAY_NAMES[way]),
        width="content",
        help=_(
            "Meaning: messages that speak of the same, in other words or another language; the likest come first. "
            "Words: messages and names that have them."
        ),
    )
    if asked == "words" or not words.strip():
        return False
    can = meaning.is_searchable(words)
    if not can:
        why = NOT_YET if can is False else CANNOT
        st.html(f'<div class="v-note" role="status" data-testid="no-meaning">{escape(_(why))}</div>')
    return bool(can)


def _said() -> dict[str, str | None]:
    """What messages must say, as the URL asks; each of it can be chosen."""
    topics = {topic.topic: understood.topic(topic) for topic in labels.topics()}
    asked: dict[str, tuple[str, Mapping[str, str]]] = {
        "intent": (_("What it is"), {name: _(word) for name, word in understood.INTENTS.items()}),
        "sentiment": (_("Feeling"), {name: _(word) for name, word in understood.SENTIMENTS.items()}),
        "topic": (_("Topic"), dict(sorted(topics.items(), key=lambda one: one[1]))),
    }
    given: dict[str, str | None] = {}
    for place, (name, (title, values)) in zip(st.columns(3, gap="small"), asked.items(), strict=True):
        given[name] = st.session_state[name] = address.choice(name, list(values), "") or None
        place.selectbox(
            title,
            list(values),
            key=name,
            placeholder=_("anything"),
            format_func=values.__getitem__,
            on_change=listing.update_url,
            args=(name, ""),
        )
    return given


def _list(view: View, state: queries.State, sought: labels.Sought, extent: Extent) -> list[str]:
    position, found = listing.found(lambda limit, offset: queries.conversations(view, state, sought, limit, offset))
    if not found:
        components.empty(
            _("No conversation"), _("Nothing fits this period, these channels, this state and this search.")
        )
        return []
    total = found[0].total
    first = (position - 1) * listing.PAGE + 1
    order = _("longest waiting first") if state == "waiting" else _("latest first")
    if sought.is_meant:
        order = _("the likest first")
    places = f"{fmt.count(first)} – {fmt.count(first + len(found) - 1)}"
    told = _("{places} of {total}, {order}", places=places, total=fmt.count(total), order=order)
    with listing.head(told):
        _file(view, state, sought)
    now = datetime.now(UTC)
    rows.draw([_row(each, state, now, extent) for each in found], "found")
    listing.pages(total, position)
    return [each.conversation_id for each in found]


def _row(one: Conversation, state: queries.State, now: datetime, extent: Extent) -> Row:
    since = fmt.short(_since(one, state), pool.company_zone())
    tags = [
        tag(word, kind) for word, kind in ((_intent(one), "intent"), (_sentiment(one), one.sentiment or "")) if word
    ]
    aside = (
        f'<b data-testid="row-state">{escape(_state(one, now))}</b><small>{escape(since)}</small>'
        f"{components.pill(one.channel, extent.channels)}"
    )
    return Row(one.conversation_id, one.who, _text(one, state), aside, tags)


def _intent(conversation: Conversation) -> str:
    return understood.label(conversation.intent, conversation.intent_probability, understood.INTENTS)


def _sentiment(conversation: Conversation) -> str:
    return understood.label(conversation.sentiment, conversation.sentiment_probability, understood.SENTIMENTS)


def _since(conversation: Conversation, state: queries.State) -> datetime:
    """The moment that a list goes by: since when somebody waits in the waiting list, else when it began."""
    return (conversation.waiting_since if state == "waiting" else None) or conversation.opened_at


def _text(conversation: Conversation, state: queries.State) -> str:
    """The message that waits in the waiting list, else the first."""
    if state == "waiting" and not conversation.text_withheld:
        return fmt.flat(conversation.waits_text) or _("no text to show")
    return fmt.subject(conversation)


def _file(view: View, state: queries.State, sought: labels.Sought) -> None:
    heads = [_("Opened"), _("Last message"), _("State"), _("Customer"), _("Channel"), _("Source")]
    heads += [_("First message"), _("Waits since"), _("What waits"), _("What it is"), _("Feeling")]
    heads += [_("Waits"), _("Answered"), "conversation_id"]

    def rows() -> list[list[export.Cell]]:
        now = datetime.now(UTC)
        return [
            [
                each.opened_at, each.last_customer_message_at, _state(each, now), each.who, each.channel,
                each.source, fmt.subject(each), each.waiting_since,
                _text(each, "waiting") if each.waiting_since else None, _intent(each), _sentiment(each),
                each.waits, each.answered_waits, each.conversation_id,
            ]
            for each in memory.every(queries.conversations)(view, state, sought, None, 0)
        ]  # fmt: skip

    export.button("conversations", heads, rows, pool.company_zone())


def _state(conversation: Conversation, now: datetime) -> str:
    if conversation.is_aside:
        return _("○ set aside")
    if conversation.waiting_since:
        return _("● waits {time}", time=fmt.since(conversation.waiting_since, now))
    if conversation.answered_waits < conversation.waits:
        return _("○ closed without our answer")
    return _("✓ answered") if conversation.waits else fmt.NONE
