"""A thread reads in the order by which its waits go: nothing stands before what it replies to."""

from __future__ import annotations

import pytest

from app.conversations import queries as conversations_queries
from tests.helpers.house import House

THREAD, CONVERSATION = "archive:t", "archive:t/archive:ann"
QUESTION = "Where is my card?"
ROWS = [
    {"id": "asked", "account": "ann", "role": "customer", "body": QUESTION},
    {"id": "answer", "account": "desk", "role": "brand", "parent": "asked", "body": "Posted."},
    {"id": "thanks", "account": "ann", "role": "customer", "parent": "answer", "body": "Thanks"},
]
# When each was written: newest first in one minute, as exports have it; and an answer by another clock.
TIMES = [
    pytest.param(("10:00", "10:00", "10:00"), id="newest first in one minute"),
    pytest.param(("10:00", "09:58", "09:59"), id="the desk's clock is late"),
]


@pytest.mark.parametrize("times", TIMES)
def test_a_thread_reads_from_the_question_to_the_thanks(house: House, times: tuple[str, str, str]) -> None:
    rows = [
        row | {"thread": "t", "posted_at": f"2026-11-02T{time}:00Z"} for row, time in zip(ROWS, times, strict=True)
    ]
    house.load_rows(reversed(rows))
    house.refresh()

    told = [message.message_id for message in conversations_queries.messages(CONVERSATION, THREAD, 50)]
    assert told == ["archive:asked", "archive:answer", "archive:thanks"]
    # The list shows the question, and the last messages are the last in that order.
    conversation = conversations_queries.conversation(CONVERSATION)
    assert conversation and conversation.body == QUESTION
    assert [message.message_id for message in conversations_queries.messages(CONVERSATION, THREAD, 1)] == [
        "archive:thanks"
    ]
