"""A thread reads in the order by which its waits go: nothing stands before what it replies to."""

from __future__ import annotations

import pytest

from app.answer import queries as answer_queries
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

    told = [message.message_id for message in answer_queries.messages(CONVERSATION, THREAD, 50)]
    assert told == ["archive:asked", "archive:answer", "archive:thanks"]
    # The list shows the question, and the last messages are the last in that order.
    conversation = answer_queries.conversation(CONVERSATION)
    assert conversation and conversation.body == QUESTION
    assert [message.message_id for message in answer_queries.messages(CONVERSATION, THREAD, 1)] == [
        "archive:thanks"
    ]


def test_a_thread_reaches_back_to_the_message_that_waits_however_much_came_after_it(house: House) -> None:
    zed = {"account": "zed", "role": "customer", "body": "Me too"}
    others = [zed | {"id": f"o{n}", "posted_at": f"2026-11-02T11:{n}:00Z"} for n in range(10, 40)]
    before = zed | {"id": "b", "posted_at": "2026-11-02T09:00:00Z"}
    asked = ROWS[0] | {"posted_at": "2026-11-02T10:00:00Z"}
    house.load_rows([row | {"thread": "t"} for row in (before, asked, *others)])
    house.refresh()

    (wait,) = answer_queries.waits(CONVERSATION)
    at = answer_queries.waiting_message(CONVERSATION, wait.opened_at)
    assert at == wait.opening_message_id == "archive:asked"
    told = [message.message_id for message in answer_queries.messages(CONVERSATION, THREAD, 5, at)]
    assert told == ["archive:asked", *(f"archive:{row['id']}" for row in others)]
    assert len(answer_queries.messages(CONVERSATION, THREAD, 5)) == 5
