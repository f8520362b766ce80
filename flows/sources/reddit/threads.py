"""Watched threads: asked in hundreds whether they changed, and read whole where they did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flows.records import Json, Reject
from flows.sources.http import StatusError
from flows.sources.rechecks import Pace
from flows.sources.rechecks.absence import DAY
from flows.sources.reddit.api import GONE, PAGE, Api
from flows.sources.reddit.intake import Intake, IntakeResult
from flows.sources.reddit.sweep import look_up
from flows.sources.reddit.things import STREAMS, moment
from flows.sources.reddit.trees import Tree
from flows.sources.reddit.watched import Thread

NOT_FOUND = 404


def refresh(api: Api, intake: Intake) -> Iterator[IntakeResult]:
    """Yield threads that were not read yet, and those young ones that have more or fewer comments than before."""
    now = intake.clock.now()
    since = now - timedelta(days=intake.config.refresh_days)
    pace = Pace(((intake.config.refresh_days * DAY, intake.config.refresh_minutes * 60),), share=0)
    for name, thread in list(intake.watched.things()):
        is_left = thread.comments is not None and not pace.is_young(thread, now.timestamp())
        if is_left and intake.absences.may_ask(name):
            intake.watched.drop(name)
    every = dict(intake.watched.things())
    found = intake.watched.due(pace, now.timestamp(), intake.absences)
    due = [name for name in found if every[name].comments is not None]
    for name in sorted(set(found) - set(due)):
        yield from _read(api, intake, name, since)
    for start in range(0, len(due), PAGE):
        names = due[start : start + PAGE]
        taken = look_up(api, intake, names)
        changed = [
            name
            for name in names
            if (known := intake.watched.get(name))
            and name in taken.said
            and taken.said[name].get("num_comments") != known.comments
        ]
        yield taken
        for name in changed:
            yield from _read(api, intake, name, since)


def _read(api: Api, intake: Intake, name: str, since: datetime) -> Iterator[IntakeResult]:
    """Yield one thread; how it stands is kept with its last answer."""
    tree = Tree(api, intake, name)
    try:
        for taken in tree.parts():
            if tree.is_done:
                _keep(intake, name, tree.about, since)
            yield taken
    except StatusError as error:
        if error.status not in GONE:
            raise
        if error.status == NOT_FOUND:
            intake.absences.miss(name)
        else:
            intake.watched.drop(name)
        reject = Reject(STREAMS["t3"], name, error.reason, str(error), str(error).encode())
        yield IntakeResult(rejects=[reject])


def _keep(intake: Intake, name: str, about: Json, since: datetime) -> None:
    """Keep how a thread was found, or leave it, when it is old."""
    born = moment(about.get("created_utc"))
    if born and born < since:
        intake.watched.drop(name)
        return
    count = about.get("num_comments")
    read_at = intake.clock.now().isoformat(timespec="seconds")
    thread = Thread(born.isoformat() if born else read_at, count if isinstance(count, int) else 0, read_at)
    intake.watched.put(name, thread, name[-1])
