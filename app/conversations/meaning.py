"""What is looked for by what it means: the words' vector, and whether anything can be found by it."""

from __future__ import annotations

import csv

from psycopg import errors
from psycopg.sql import SQL

from app.shared.memory import cached
from app.shared.pool import pool, translate_db_errors
from flows.errors import VigieError
from flows.settings import DBT_PROJECT, settings

# Texts that are less alike have nothing in common but their tone; of the others the likest (docs/understanding.md).
LEAST, MOST = 0.2, 500
# The likest message of each conversation says how like it is.
ALIKE = SQL("""
    alike as (
        select m.conversation_id, max(k.likeness) as likeness
        from understanding.alike(
            %(vector)s::real[], %(model)s, %(topics)s, %(since)s, %(alike_until)s, %(most)s
        ) as k
        inner join marts.fct_messages as m on k.message_id = m.message_id
        where k.likeness >= %(least)s and not m.text_withheld and m.conversation_id is not null
        group by m.conversation_id
    )
""")
ANY = "select 1 from understanding.alike(%s::real[], %s, '{}', '-infinity', 'infinity', 1)"


@cached
def vector(words: str) -> list[float] | None:
    """What words mean, as numbers; None where no encoder is installed here."""
    from flows.understand.meaning import load  # numpy and onnxruntime: only who searches by meaning waits for them

    try:
        found: list[float] = load(settings().home_path / "models").vectors([words])[0].tolist()
    except (VigieError, ImportError):
        return None
    return found


@cached
def topics_of(words: str) -> list[str]:
    """Topics of the company's list that these words name: their words in other languages speak of the same."""
    from flows.understand.folding import fold
    from flows.understand.profile import Profile
    from flows.understand.topics import Topics

    with (DBT_PROJECT / "seeds" / "topics.csv").open(encoding="utf-8", newline="") as file:
        topics = Topics(Profile.from_rows(topics=csv.DictReader(file)).topics)
    return sorted({mention.value for mention in topics.find(fold(words))})


def model() -> str:
    """Name of the model that `vector` is of."""
    from flows.understand.meaning import model as name

    return name()


def is_searchable(words: str) -> bool | None:
    """Whether texts are found by what these words mean: False while none was read for it, None if none can be."""
    sought = vector(words)
    return None if sought is None else _has_any(len(sought))


@cached
def _has_any(width: int) -> bool | None:
    with translate_db_errors(), pool().connection() as connection:
        try:
            return connection.execute(ANY, ([0.0] * width, model())).fetchone() is not None
        except errors.FeatureNotSupported:
            return None
