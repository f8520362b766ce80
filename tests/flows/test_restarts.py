"""Stopped or killed at any moment and started again: the next run of every source, and of the marts, runs.

Real processes: `vigie up` with Prefect's server, its worker, Postgres; their work is held by a lock in Postgres.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from flows import processes
from flows.warehouse import server as embedded
from tests.helpers.stacks import Machine, QuietServer, machine, quiet_server, stop_engines
from tests.servers.waiting import wait_until

# Minutes of work a restart; what `make test` runs of it is in test_reconciling.py and test_processes.py.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
Runs = dict[str, str]  # flow runs by what they are: collect, back-fill, refresh
ALL = ("collect", "back-fill", "refresh")
NAMES = {"collect": "press", "back-fill": "toots", "refresh": "refresh"}  # in the warehouse
# Every run opens its row, then waits: collects for their cursor, dbt for what its first views read.
HOLDS_WORK = "lock table raw.cursors, raw.files__messages in access exclusive mode"
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
STATES = ("pending", "running", "cancelling")
ENDS = ("stopped", "killed", "worker killed")


@pytest.fixture(scope="module")
def site() -> Iterator[QuietServer]:
    with quiet_server() as site:
        yield site


@pytest.fixture(scope="module")
def one() -> Iterator[Machine]:
    """One machine for all: what a restart brought up is what the next one cuts off."""
    with machine() as one:
        yield one


def parameters(site: QuietServer) -> dict[str, tuple[str, dict[str, Any]]]:
    """Deployments, and what they are asked for, by what they are: two sources, since a slot is one source's."""
    open_to_loopback = {"allowed_private": ["127.0.0.1"], "crawl_delay": 0}
    feed = {"type": "feeds", "name": "press", "site": "press", "urls": [f"{site.address}/feed.xml"]}
    toots = {"type": "mastodon", "name": "toots", "instance": site.address, "hashtags": ["example"]}
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    return {
        "collect": ("collect/petit-journal", {"source": feed | open_to_loopback}),
        "back-fill": ("collect/demo", {"source": toots | open_to_loopback, **period}),
        "refresh": ("refresh/marts", {"full": True}),
    }


@contextmanager
def held_warehouse(one: Machine) -> Iterator[psycopg.Connection]:
    """Keep all work from going on for the block, or until Postgres stops."""
    with psycopg.connect(embedded.start(one.home)) as connection:
        connection.execute(HOLDS_WORK)
        try:
            yield connection
        finally:
            connection.close()


def trigger(one: Machine, site: QuietServer, wanted: Sequence[str]) -> Runs:
    asked = parameters(site)
    return {what: one.trigger(*asked[what]) for what in wanted}


def bring(one: Machine, site: QuietServer, state: str, wanted: Sequence[str]) -> Runs:
    """Bring a run of each that is wanted to a state, and hold them there."""
    stopped: set[psutil.Process] = set()
    runs = trigger(one, site, wanted)
    if state == "pending":

        def held() -> bool:
            stop_engines(one.home, stopped)
            return len({p.environ()[processes.FLOW_RUN] for p in stopped}) == len(runs)

        wait_until(held, "their processes")
    else:
        wait_until(lambda: {one.state(run) for run in runs.values()} == {"RUNNING"}, "their runs")
        wait_until(lambda: [work(one).get(NAMES[what]) for what in runs] == ["running"] * len(runs), "work")
    if state == "cancelling":
        one.worker().suspend()  # who would do it at once
        for run in runs.values():
            one.api(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    assert {one.state(run) for run in runs.values()} == {state.upper()}
    return runs


def work(one: Machine) -> dict[str, str]:
    """What the warehouse says of the last run of each source and of the last refresh."""
    query = (
        "(select distinct on (source) source, status from ops.runs order by source, started_at desc)"
        " union all (select 'refresh', status from ops.refreshes order by refresh_id desc limit 1)"
    )
    with psycopg.connect(embedded.start(one.home)) as connection:
        return dict(connection.execute(query).fetchall())


def end(one: Machine, how: str) -> None:
    """End the stack; processes that are held go on first, as those of a busy machine would."""
    if how == "stopped":
        assert one.stack
        one.stack.process.send_signal(signal.SIGTERM)
        for process in processes.started_by(one.home):
            process.resume()
        one.stack.process.wait(180)
    elif how == "killed":
        one.kill()
    else:
        one.kill_worker()


def slots(one: Machine) -> int:
    return sum(limit["active_slots"] for limit in one.api("/v2/concurrency_limits/filter"))


def restart(one: Machine, site: QuietServer, state: str, how: str, wanted: Sequence[str] = ALL) -> dict[str, float]:
    """Cut off runs and start again; returns in how many seconds after that the next of each ran."""
    # Given a run of each that is cut off in the middle
    with held_warehouse(one):
        runs = bring(one, site, state, wanted)
        end(one, how)

    # When the stack starts again
    began = one.up()
    ready = time.monotonic() - began
    following = trigger(one, site, wanted)

    # Then the next run of each begins and ends well
    seconds: dict[str, float] = {"ready": ready}

    def begun() -> bool:
        for what, run in following.items():
            if what not in seconds and one.state(run) in FINAL | {"RUNNING"}:
                seconds[what] = time.monotonic() - began
        return seconds.keys() >= following.keys()

    wait_until(begun, "the next runs")
    for what, run in following.items():
        wait_until(lambda run=run: one.state(run) in FINAL, what)
        assert one.state(run) == "COMPLETED", (what, one.message(run))
    # Then what was cut off is told, everywhere, and holds nothing
    for what, run in runs.items():
        expected = {"CANCELLED"} if state == "cancelling" else {"CRASHED", "FAILED"}
        assert one.state(run) in expected, (what, one.message(run))
    assert [work(one)[NAMES[what]] for what in wanted] == ["done"] * len(wanted)
    wait_until(lambda: slots(one) == 0, "free slots")
    assert processes.live_runs().ids.isdisjoint(runs.values())
    return seconds


def test_after_a_kill_the_next_collect_runs(one: Machine, site: QuietServer) -> None:
    one.up()
    with pytest.raises(AssertionError, match=r"runs already.*`vigie down` stops it"):
        Machine(one.home).up()  # and leaves the first one alone

    restart(one, site, "running", "killed", ["collect"])


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("state", STATES)
def test_the_next_run_runs(one: Machine, site: QuietServer, state: str, how: str) -> None:
    if not one.is_up:
        one.up()

    seconds = restart(one, site, state, how)

    print(f"\n{state}, {how}:", {what: round(after, 1) for what, after in seconds.items()})


def test_postgres_dies_under_the_runs_and_the_next_ones_run(one: Machine, site: QuietServer) -> None:
    if not one.is_up:
        one.up()
    with held_warehouse(one):
        runs = bring(one, site, "running", ALL)
        one.kill_postgres()

    embedded.start(one.home)  # as the next command does, or `vigie up` within half a minute

    def ended(run: str) -> bool:
        try:
            return one.state(run) in FINAL
        except (httpx.HTTPError, OSError):  # Prefect's server has to find Postgres again, too
            return False

    for what, run in runs.items():
        wait_until(lambda run=run: ended(run), what, 420)
    for what, run in trigger(one, site, ALL).items():
        wait_until(lambda run=run: ended(run), what, 420)
        assert one.state(run) == "COMPLETED", (what, one.message(run))
