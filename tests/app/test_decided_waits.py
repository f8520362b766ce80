"""The app and the marts say the same of a wait that a person decided, also after what arrives later changes it."""

from __future__ import annotations

import streamlit as st

from app.answer import queries as answer_queries
from app.messages import decisions
from app.messages.rows import Wait
from tests.helpers.house import House

CONVERSATION = "archive:t/archive:ann"


def ask(house: House, record_id: str, minute: int) -> None:
    moment = f"2026-11-02T10:{minute:02d}:00+00:00"
    house.load_rows([{"id": record_id, "account": "ann", "thread": "t", "posted_at": moment, "role": "customer"}])
    house.refresh()
    st.cache_data.clear()


def state() -> tuple[Wait, bool, bool]:
    """The last wait, whether the app says that it waits, and whether it lists it as set aside."""
    wait = answer_queries.waits(CONVERSATION)[-1]
    return (
        wait,
        decisions.is_waiting(wait, decisions.given(CONVERSATION)),
        CONVERSATION in decisions.set_aside([CONVERSATION]),
    )


def test_an_older_message_that_arrives_does_not_undo_what_was_decided(house: House) -> None:
    # Given a wait that somebody set aside: the app says so at once
    ask(house, "later", 30)
    wait, waiting, _ = state()
    assert waiting
    assert decisions.decide(wait, "noise", "advertising", "Nora Essai", None)
    assert state()[1:] == (False, True)

    # When a message before it arrives, which opens the wait from now on, and the marts are refreshed
    ask(house, "older", 10)

    # Then they say that it is closed, and the app does too
    wait, waiting, aside = state()
    assert (wait.opening_message_id, wait.closing_kind, waiting, aside) == ("archive:older", "noise", False, False)

    # When that is undone, then the app says at once that somebody waits, and the marts with the next refresh
    undone = decisions.decided(wait, decisions.given(CONVERSATION))
    assert undone and undone.message_id == "archive:later"
    assert decisions.decide(wait, "undo", "a customer after all", "Hugo Essai", None, undone=undone)
    assert state()[1]
    house.refresh()
    st.cache_data.clear()
    wait, waiting, _ = state()
    assert (wait.closed_at, waiting) == (None, True)


def test_a_decision_that_is_not_refreshed_yet_holds_for_the_wait_its_message_is_in(house: House) -> None:
    ask(house, "first", 10)
    assert decisions.decide(state()[0], "outside", "rang her", "Nora Essai", None)

    # When the customer writes on before the refresh, then one wait is closed and another open, in the app as there
    ask(house, "second", 20)
    first, *others = answer_queries.waits(CONVERSATION)
    given = decisions.given(CONVERSATION)
    assert (first.closing_kind, decisions.is_waiting(first, given), others) == ("outside", False, [])
