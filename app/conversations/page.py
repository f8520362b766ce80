"""Find a conversation and read it whole, with its waits marked where they opened and closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Literal, get_args

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.conversations import meaning, queries
from app.conversations.queries import Conversation
from app.messages import correcting, decisions, handling, labels, thread, understood
from app.shared import address, components, export, filters, listing, measures, memory, pool
from app.shared import format as fmt
from app.shared.language import N_, _, plural
from app.shared.measures import Extent
from app.shared.period import View

MESSAGES = 200
STATES: tuple[queries.State, ...] = get_args(queries.State)
STATE_NAMES: dict[queries.State, str] = {
    "all": N_("All"),
    "waiting": N_("Waiting"),
    "answered": N_("Answered"),
}
STATE, OPENED, BY = "state", "conversation", "by"
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


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    view = filters.current(extent)
    components.head(_("Conversations"), filters.about(view))
    state, words, by_meaning = _search()
    sought = labels.Sought(words, by_meaning, **_said())
    opened = address.given(OPENED)
    left, right = listing.halves(is_reading=bool(opened))
    with left:
        _list(view, state, sought)
    if opened:
        with right:
            _read(opened, extent)


def _search() -> tuple[queries.State, str, bool]:
    state = address.choice(STATE, STATES, "all")
    words = listing.words()
    st.session_state[STATE] = state
    left, right, way = st.columns([4, 8, 3], gap="small", vertical_alignment="bottom")
    left.segmented_control(
        _("State"),
        STATES,
        key=STATE,
        required=True,
        on_change=listing.update_url,
        args=(STATE, "all"),
        format_func=lambda state: _(STATE_NAMES[state]),
        width="stretch",
        help=_(
            "All: somebody wrote in the period. Waiting: a wait opened in the period is still open. Answered: "
            "somebody wrote in the period, and every wait was answered."
        ),
    )
    listing.search(right, _("Search"), _('Words, "an exact phrase", -without, or a handle'))
    return state, words, _by_meaning(way, words)


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
        width="stretch",
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


def _list(view: View, state: queries.State, sought: labels.Sought) -> None:
    position, found = listing.found(lambda limit, offset: queries.conversations(view, state, sought, limit, offset))
    if not found:
        components.empty(
            _("No conversation"), _("Nothing fits this period, these channels, this state and this search.")
        )
        return
    total = found[0].total
    first = (position - 1) * listing.PAGE + 1
    order = _("longest waiting first") if state == "waiting" else _("latest first")
    if sought.is_meant:
        order = _("the likest first")
    places = f"{fmt.count(first)} – {fmt.count(first + len(found) - 1)}"
    ids = [conversation.conversation_id for conversation in found]
    wide = 150 if address.given(OPENED) else 280
    told = _(
        "{places} of {total}, {order}; choose a row to read it", places=places, total=fmt.count(total), order=order
    )
    with listing.head(told):
        _file(view, state, sought)
    listing.table(
        _frame(found, state),
        ids,
        parameter=OPENED,
        key=f"list {view} {state} {sought} {position}",
        moment="opened",
        columns={
            "state": st.column_config.TextColumn(_("State"), width=100),
            "who": st.column_config.TextColumn(_("Customer"), width=115),
            "text": st.column_config.TextColumn(
                _("What waits") if state == "waiting" else _("First message"), width=wide
            ),
            "intent": st.column_config.TextColumn(_("What it is"), width=95),
            "sentiment": st.column_config.TextColumn(_("Feeling"), width=80),
            "channel": st.column_config.TextColumn(_("Channel"), width=85),
            "opened": st.column_config.Column(_("Waits since") if state == "waiting" else _("Opened"), width=135),
        },
        only_wide=["intent", "sentiment", "channel", "opened"],
    )
    listing.pages(total, position)


def _frame(found: list[Conversation], state: queries.State) -> pd.DataFrame:
    now = datetime.now(UTC)
    return pd.DataFrame(
        {
            "state": [_state(conversation, now) for conversation in found],
            "who": [conversation.who for conversation in found],
            "channel": [conversation.channel for conversation in found],
            "text": [_text(conversation, state) for conversation in found],
            "intent": [_intent(conversation) for conversation in found],
            "sentiment": [_sentiment(conversation) for conversation in found],
            "opened": pd.to_datetime([_since(conversation, state) for conversation in found], utc=True),
        }
    )


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


def _read(opened: str, extent: Extent) -> None:
    conversation = queries.conversation(opened)
    if conversation is None:
        components.empty(_("No such conversation"), _("It may have been removed since this address was copied."))
        return
    with listing.reading("thread", _who(conversation, extent), OPENED):
        if conversation.customer_id:
            st.page_link(
                "customers/page.py",
                label=_("See the customer, on all channels"),
                icon=":material/person:",
                query_params=filters.link(customer=conversation.customer_id, conversation=opened),
            )
        everything = st.session_state.get("whole") == opened
        messages = queries.messages(opened, conversation.thread_id, 100_000 if everything else MESSAGES)
        if len(messages) == MESSAGES and not everything and st.button(_("Show earlier messages")):
            st.session_state["whole"] = opened
            st.rerun()
        waits = queries.waits(opened)
        decided = decisions.given(opened)
        st.html(thread.markup(messages, waits, decided, pool.company_zone(), datetime.now(UTC)))
        with st.container(horizontal=True):
            handling.draw(waits, decided)
            correcting.draw(messages)


def _who(conversation: Conversation, extent: Extent) -> str:
    handle = f"<small>@{escape(conversation.handle)}</small>" if conversation.handle != conversation.who else ""
    waits = plural(
        "{n} wait, answered {answered}",
        "{n} waits, answered {answered}",
        conversation.waits,
        answered=fmt.count(conversation.answered_waits),
    )
    wrote = _(
        "customer wrote {customer}, we {brand}",
        customer=fmt.count(conversation.customer_messages),
        brand=fmt.count(conversation.brand_messages),
    )
    facts = (
        components.pill(conversation.channel, extent.channels),
        escape(_("source {source}", source=conversation.source)),
        escape(waits),
        escape(wrote),
        escape(_("times in {zone}", zone=pool.company_zone().key)),
        components.link(conversation.url, _("open the original ↗")),
    )
    return (
        f'<div class="v-person">{escape(conversation.who)}{handle}</div>'
        f'<div class="v-facts">{"".join(f"<span>{fact}</span>" for fact in facts if fact)}</div>'
    )


draw()
