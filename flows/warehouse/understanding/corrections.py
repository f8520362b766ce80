"""What people corrected, as lessons for the analysers: no text leaves the database but into this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.settings import Settings
from flows.understand.analyzer import COMPANY_TASKS, Text
from flows.understand.models import learned
from flows.understand.models.tasks import TASKS, VALUES
from flows.understand.registry import learned_folder
from flows.understand.speeds import SPEEDS
from flows.understand.training.learning import Lesson, Outcome, learn
from flows.warehouse.database import Connection

BESIDE = 1000  # messages that nobody corrected, which are to stay as they are
TAUGHT = ("fast", "standard")  # the cascade is both
# The last word on each task of each message that still stands; of equal texts the last word counts for all.
CORRECTED = """
    select
        concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, '')) as body, d.direction = 'brand', s.task, s.value
    from (
        select distinct on (message_id, task) label_id, message_id, task, value from decisions.labels
        order by message_id, task, label_id desc
    ) as s
    inner join intermediate.int_messages_directed as d on s.message_id = d.message_id
    inner join intermediate.int_messages_latest as m on s.message_id = m.message_id
    where s.value is not null and d.text_hash is not null and d.direction in ('customer', 'brand')
    order by s.label_id
"""
OTHERS = """
    select concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, '')), d.direction = 'brand'
    from intermediate.int_messages_directed as d
    inner join intermediate.int_messages_latest as m on d.message_id = m.message_id
    where d.text_hash is not null and d.direction in ('customer', 'brand')
    order by sha256(convert_to(d.message_id, 'UTF8'))
    limit %s
"""


@dataclass(frozen=True, slots=True)
class Lessons:
    """Messages and, by task, their corrected values: -1 where nobody said anything."""

    texts: list[Text]
    labels: dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Report:
    """What was learnt: its version, none where nothing helped, and outcomes by speed and task."""

    version: str | None
    outcomes: dict[str, dict[str, Outcome]]

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {
            "version": self.version,
            "speeds": {
                speed: {task: asdict(one) | {"is_learnt": one.is_better} for task, one in tasks.items()}
                for speed, tasks in self.outcomes.items()
            },
        }


def read_lessons(connection: Connection) -> Lessons:
    """Corrections that stand, and a sample of the messages beside them, by chance but the same each time."""
    said: dict[tuple[str, bool], dict[str, str]] = {}
    for body, is_company, task, value in connection.execute(CORRECTED):
        if task in VALUES and value in VALUES[task] and (task in COMPANY_TASKS) == is_company:
            said.setdefault((body, is_company), {})[task] = value
    for body, is_company in connection.execute(OTHERS, (BESIDE,)).fetchall():
        said.setdefault((body, is_company), {})
    labels = {
        task: np.array(
            [VALUES[task].index(one[task]) if task in one else -1 for one in said.values()], dtype=np.int64
        )
        for task in TASKS
    }
    return Lessons([Text(body, is_company) for body, is_company in said], labels)


def teach(lessons: Lessons, config: Settings) -> Report:
    """Learn for each speed that the setting uses; keep what helps as a version that waits to be accepted."""
    used = {"fast", *config.analysers}
    speeds = [speed for speed in TAUGHT if speed in used or ("cascade" in used)]
    moves, outcomes = {}, {}
    for speed in speeds:
        move, outcomes[speed] = learn(_lesson(SPEEDS[speed](), lessons))
        if any(one.is_better for one in outcomes[speed].values()):
            moves[speed] = move
    if not moves:
        return Report(None, outcomes)
    return Report(learned.save(moves, learned_folder(), Report(None, outcomes).as_dict()["speeds"]), outcomes)


def _lesson(analyzer: Any, lessons: Lessons) -> Lesson:
    heard, shipped = analyzer.hear(lessons.texts)
    return Lesson(analyzer.base, heard, shipped, lessons.labels, _asked(lessons.texts))


def _asked(texts: Sequence[Text]) -> dict[str, NDArray[np.bool_]]:
    is_company = np.array([text.is_company for text in texts], dtype=bool)
    return {task: is_company == (task in COMPANY_TASKS) for task in TASKS}
