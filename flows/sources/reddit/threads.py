"""Watched threads: asked in hundreds whether they changed, and read whole where they did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flows.records import Json, Reject
from flows.sources.http import StatusError
from flows.sources.reddit.api import GONE, PAGE, Api
from flows.sources.reddit.intake import Intake, Taken
from flows.sources.reddit.sweep import look_up
from flows.sources.reddit.things import STREAMS, moment
from flows.sources.reddit.trees import Tree
from flows.sources.reddit.watched import Thread

NOT_FOUND = 404


def refresh(api: Api, intake: Intake) -> Iterator[Taken]:
    """Yield threads that were not read yet, and those young ones that have more or fewer comments than before."""
    now = intake.clock.now()
    since = now - timedelta(days=intake.config.refresh_days)
    due: list[str] = []
    fresh: list[str] = []
    for name, thread in sorted(intake.watched.all().items()):
        if not intake.absences.may_ask(name):
            continue
        if thread.comments is None:
            fresh.append(name)
        elif thread.born and datetime.fromisoformat(thread.born) < since:
            intake.watched.drop(name)
        elif _rested(thread, now, intake.config.refresh_minutes):
            due.append(name)
    for name in fresh:
        yield from _read(api, intake, name, since)
    for start in range(0, len(due), PAGE):
        names = due[start : start + PAGE]
        taken = look_up(api, intake, names)
        known = intake.watched.all()
        changed = [
            name
            for name in names
            if name in taken.said and taken.said[name].get("num_comments") != known[name].comments
        ]
        yield taken
        for name in changed:
            yield from _read(api, intake, name, since)


def _rested(thread: Thread, now: datetime, minutes: int) -> bool:
    return not thread.read_at or datetime.fromisoformat(thread.read_at) <= now - timedelta(minutes=minutes)


def _read(api: Api, intake: Intake, name: str, since: datetime) -> Iterator[Taken]:
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
        yield Taken(rejects=[reject])


def _keep(intake: Intake, name: str, about: Json, since: datetime) -> None:
    """Keep how a thread was found, or leave it, when it is old."""
    born = moment(about.get("created_utc"))
    if born and born < since:
        intake.watched.drop(name)
        return
    count = about.get("num_comments")
    read_at = intake.clock.now().isoformat(timespec="seconds")
    thread = Thread(born.isoformat() if born else read_at, count if isinstance(count, int) else 0, read_at)
    intake.watched.put(name, thread)
