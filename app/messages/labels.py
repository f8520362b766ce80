"""What messages were understood to say: the labels that lists are filtered by, and people's corrections of them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from psycopg.sql import SQL

from app.shared.memory import cached
from app.shared.pool import select, writing


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the company's list, by its name in both languages."""

    topic: str
    label_en: str
    label_fr: str


# Labels of a message with what people said of them since the last refresh, as the marts will say.
LABELLED: tuple[str, ...] = (
    "intent", "second_intent", "sentiment", "answerable", "journey", "settled", "noise", "noise_reason",
    "reply_kind",
)  # fmt: skip
# The app shows no more of a label than its value and how sure it is.
LABELS = SQL("jsonb_build_object({pairs})").format(
    pairs=SQL(", ").join(SQL(f"'{task}', jsonb_build_array(m.{task}, m.{task}_probability)") for task in LABELLED)
)
SAID = SQL("""
    left join lateral (
        select jsonb_object_agg(l.task, l.value) as tasks
        from (
            select distinct on (d.task) d.task, d.value from decisions.labels as d
            where d.message_id = m.message_id
            order by d.task, d.label_id desc
        ) as l
    ) as said on true
""")
# A message of the conversation in the list's period, or the one that waits, says all that is asked for.
SAYS = SQL("""
    exists (
        select from marts.fct_messages as m
        where
            m.conversation_id = c.conversation_id and m.direction = 'customer' and {when}
            and (%(intent)s::text is null or %(intent)s in (m.intent, m.second_intent))
            and (%(sentiment)s::text is null or m.sentiment = %(sentiment)s)
            and (
                %(topic)s::text is null
                or exists (
                    select from marts.message_mentions as n
                    where n.message_id = m.message_id and n.kind = 'topic' and n.value = %(topic)s
                )
            )
    )
""")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in conversations: words, and what a message must say; None is anything.

    `by_meaning`: messages that mean what the words do, instead of those that hold them.
    """

    words: str = ""
    by_meaning: bool = False
    intent: str | None = None
    sentiment: str | None = None
    topic: str | None = None

    @property
    def is_meant(self) -> bool:
        """Whether messages are looked for by what the words mean."""
        return self.by_meaning and bool(self.words.strip())

    @property
    def is_said(self) -> bool:
        """Whether a message must say something, beyond its words."""
        return bool(self.intent or self.sentiment or self.topic)


@cached
def topics() -> list[Topic]:
    """The topics that messages are sorted by, in the order of their names."""
    return select(Topic, "select topic, label_en, label_fr from marts.dim_topics order by topic")


def correct(message_id: str, task: str, value: str | None, who: str) -> None:
    """Keep what a person says of a message; None takes back what was said before."""
    with writing() as connection:
        connection.execute(
            "insert into decisions.labels (message_id, task, value, decided_by) values (%s, %s, %s, %s)",
            (message_id, task, value, who),
        )
    st.cache_data.clear()
