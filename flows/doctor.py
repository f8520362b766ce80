"""What a data engineer would check first, checked: each finding says what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from psycopg import sql
from psycopg.types.json import Jsonb

from flows import processes, reconciling, stack, unrecorded
from flows.errors import VigieError
from flows.reconciling import GRACE
from flows.serving.checks import answers, open_doors
from flows.settings import Settings
from flows.stack import prefect_environment
from flows.warehouse.database import Connection, app_role, connect_read_only
from flows.warehouse.interrupted import cut_off
from flows.warehouse.migrate import refuse_newer
from flows.warehouse.ownership import SCHEMAS, Ground, read_ground, refuse_foreign
from flows.warehouse.refresh import others, swapping
from flows.warehouse.refresh.run import ALONE, LEFT_BEHIND
from flows.warehouse.relations import DBT_SCHEMAS
from flows.warehouse.roles import ANALYST, APP, PIPELINE, missing_roles, roles_without_rights, speaks_for_analysts
from flows.warehouse.status import why_unreadable

LEAST_DISK_GB = 2
LATE_MINUTES = 30
RECONCILES = "`vigie up` tells them within a minute, or at its start: `vigie down`, then `vigie up`"
FREES = "Prefect frees them within five minutes, `vigie up` at its start: `vigie down`, then `vigie up`"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it is well, what was seen, what to do."""

    name: str
    is_well: bool
    seen: str
    advice: str = ""


def examine(config: Settings) -> Iterator[Finding]:
    """Check the machine, the warehouse, its roles, the sources, the marts, Prefect and the ports, in this order."""
    yield _python()
    yield _disk(config)
    try:
        connection = connect_read_only(config)
    except VigieError as error:
        advice = "start it, end somebody's connections where it has none left, or correct VIGIE_DATABASE_URL"
        yield Finding("Postgres", False, str(error), advice)
        return
    with connection:
        yield from _warehouse(connection, config)
    prefect = _prefect(config)
    yield prefect
    yield _watched(config)
    yield _ports(config)
    if prefect.is_well and prefect.seen.startswith("answers"):
        os.environ.update(prefect_environment(config))
        try:
            yield from flow_runs(config)
        except Exception as error:  # whatever keeps Prefect from answering
            yield Finding("flow runs", False, f"Prefect does not tell: {error}", "see logs/stack.log")


def _warehouse(connection: Connection, config: Settings) -> Iterator[Finding]:
    yield _postgres(connection)
    yield _encoding(connection)
    ground = read_ground(connection)
    yield (whose := _database(connection, ground))
    if not whose.is_well:
        return
    yield _roles(connection)
    yield _schema(ground)
    if why_unreadable(ground):
        return
    yield _app_reads_marts_only(connection, app_role(config))
    checks: list[Callable[[Connection], Finding]] = [
        _rebuild, _known_company, _others_views, _left_behind, _runs, _refreshes, _pages, _cut_off,
    ]  # fmt: skip
    for check in checks:
        yield check(connection)


def _python() -> Finding:
    version = sys.version.split()[0]
    return Finding("Python", sys.version_info >= (3, 11), version, "Vigie needs Python 3.11 or newer")


def _disk(config: Settings) -> Finding:
    free = shutil.disk_usage(config.home_path).free / 1e9
    return Finding("disk", free > LEAST_DISK_GB, f"{free:.1f} GB free at {config.home_path}", "make room there")


def _postgres(connection: Connection) -> Finding:
    version = connection.info.server_version  # one that is too old was refused
    return Finding("Postgres", True, f"{version // 10000}.{version % 10000}")


def _encoding(connection: Connection) -> Finding:
    row = connection.execute("show server_encoding").fetchone()
    seen = str(row[0]) if row else "unknown"
    return Finding("encoding", seen == "UTF8", seen, "make the database with encoding UTF8")


def _database(connection: Connection, ground: Ground) -> Finding:
    """Whose the database is, and what everybody on the server may do there, which is theirs to decide."""
    try:
        refuse_foreign(connection, ground)
        refuse_newer(ground)
    except VigieError as error:
        return Finding("database", False, f"{connection.info.dbname} is not ours", str(error))
    if ground.version is None:
        return Finding("database", True, f"{connection.info.dbname}, without a warehouse yet")
    is_alone = ground.installation and ground.installation.owns_database
    seen = f"{connection.info.dbname}, {'ours alone' if is_alone else 'perhaps shared with others'}"
    row = connection.execute("select has_database_privilege('public', current_database(), 'connect')").fetchone()
    if row and row[0]:
        seen += "; every role of the server may connect to it (PUBLIC has CONNECT), which Vigie leaves as it is"
    return Finding("database", True, seen)


def _schema(ground: Ground) -> Finding:
    why = why_unreadable(ground)
    if ground.version is None:
        return Finding("schema", True, why)
    return Finding("schema", not why, ground.version, why)


def _roles(connection: Connection) -> Finding:
    if missing := missing_roles(connection):
        seen, advice = f"missing: {', '.join(missing)}", "create them as docs/roles.md says, then `vigie refresh`"
        return Finding("roles", False, seen, advice)
    if without := roles_without_rights(connection):
        return Finding("roles", False, f"they have no rights here yet: {', '.join(without)}", "`vigie refresh`")
    me = sql.Identifier(connection.info.user).as_string(connection)
    seen = "pipeline, analyst, app"
    if not (well := speaks_for_analysts(connection)):
        seen += f"; {me} may not speak for {ANALYST}, whose views are left behind when the marts are built anew"
    return Finding("roles", well, seen, f"as an administrator: grant {ANALYST} to {me}")


def _app_reads_marts_only(connection: Connection, role: str) -> Finding:
    """Ask Postgres itself what the role that the app signs in as reaches besides marts and decisions."""
    if not connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
        return Finding("app's rights", False, f"there is no role {role}", "see roles, and VIGIE_APP_DATABASE_URL")
    rows = connection.execute(
        "select n.nspname || '.' || c.relname"
        " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where c.relkind in ('r', 'v', 'm', 'p')"
        " and n.nspname not in ('pg_catalog', 'information_schema')"
        " and (n.nspname = any(%(schemas)s) or pg_get_userbyid(c.relowner) = any(%(roles)s))"
        " and has_schema_privilege(%(app)s, n.oid, 'usage') and ("
        "  has_table_privilege(%(app)s, c.oid, 'update, delete, truncate')"
        "  or (n.nspname <> 'decisions' and has_table_privilege(%(app)s, c.oid, 'insert'))"
        "  or (n.nspname <> 'decisions' and n.nspname !~ %(marts)s"
        "   and has_table_privilege(%(app)s, c.oid, 'select')))"
        " order by 1 limit 5",
        {
            "app": role,
            "marts": swapping.MARTS,
            "schemas": list(SCHEMAS),
            "roles": [PIPELINE, ANALYST, APP, connection.info.user],
        },
    ).fetchall()
    seen = f"it reaches {', '.join(str(row[0]) for row in rows)}" if rows else "marts and decisions, nothing else"
    if role == APP:
        return Finding("app's rights", not rows, seen, f"revoke them from {APP}")
    advice = f"let it sign in as {APP}: VIGIE_APP_DATABASE_URL, docs/roles.md"
    return Finding("app's rights", not rows, f"it signs in as {role}: {seen}", advice)


def _rebuild(connection: Connection) -> Finding:
    found = others.obstacles(connection)
    seen = "; ".join(found) or "nothing keeps everything from being built anew"
    return Finding("rebuild", not found, seen, "until then `vigie refresh` fails when a model or a seed changed")


def _known_company(connection: Connection) -> Finding:
    """Sites on which customers wait and nobody of the company is known."""
    name = "company's accounts"
    tells = "select 1 from pg_attribute where attrelid = to_regclass('marts.source_health') and attname = %s"
    if not connection.execute(tells, ("knows_nobody",)).fetchone():
        return Finding(name, True, "no marts yet that would tell")
    asked = "select distinct site from marts.source_health where knows_nobody order by 1"
    rows = connection.execute(asked).fetchall()
    if not rows:
        return Finding(name, True, "somebody is known on every site where customers wait")
    sites = ", ".join(str(site) for (site,) in rows)
    seen = f"nobody of the company is known on {sites}: every answer counts as a customer's"
    return Finding(name, False, seen, "list them in dbt_project/seeds/brand_accounts.csv, then `vigie refresh`")


def _others_views(connection: Connection) -> Finding:
    """Who will be left behind: views for whose owners the pipeline may not speak, and what is no view."""
    found = others.readers(connection, list(DBT_SCHEMAS))
    if fixed := [what for what, view in found if view is None]:
        seen = f"{', '.join(fixed)}: no view, and stays with the old tables when everything is built anew"
        advice = "make it a view, or make it again after such a refresh, which names it"
        return Finding("others' views", False, seen, advice)
    views = [view for _, view in found]
    rows = connection.execute(
        "select oid::regclass::text || ' of ' || pg_get_userbyid(relowner) from pg_class"
        " where oid = any(%s) and not pg_has_role(relowner, 'member') order by 1",
        (views,),
    ).fetchall()
    seen = ", ".join(str(row[0]) for row in rows) if rows else "all can follow when everything is built anew"
    me = sql.Identifier(connection.info.user).as_string(connection)
    advice = f"as an administrator, grant their owners to {me}; give a superuser's views to another role"
    return Finding("others' views", not rows, seen, advice)


def _left_behind(connection: Connection) -> Finding:
    found = swapping.left_behind(connection)
    return Finding("left behind", not found, ", ".join(found) or "nobody", LEFT_BEHIND)


def _runs(connection: Connection) -> Finding:
    rows = connection.execute(
        "select distinct on (source) source, status, coalesce(error, ''), rejected, coalesce(config, '{}') @> %s"
        " from ops.runs left join ops.sources using (source) order by source, started_at desc",
        (Jsonb({"again": True}),),
    ).fetchall()
    ill = {"failed", "interrupted"}
    bad = [f"{source} {status} {error[:200]}".strip() for source, status, error, *_ in rows if status in ill]
    rejects = [f"{source} with {n:,} rejected" for source, status, _, n, _ in rows if status == "rejects"]
    seen = bad or [f"{len(rows)}, none failed", *([f"the last run of {', '.join(rejects)}"] if rejects else [])]
    again = [
        f"`vigie import` {source} again" if was_imported else f"`vigie collect {source}`"
        for source, status, *_, was_imported in rows
        if status in ill
    ]
    return Finding("sources", not bad, "; ".join(seen), ", ".join(again))


def _refreshes(connection: Connection) -> Finding:
    row = connection.execute(
        "select status, coalesce(error, '') from ops.refreshes order by refresh_id desc limit 1"
    ).fetchone()
    status, error = row or ("never", "")
    if error.endswith(ALONE):
        return Finding("refresh", True, error)
    well = status in {"done", "running", "never"}
    return Finding("refresh", well, f"{status} {error[:600]}".strip(), "`vigie refresh`")


def _pages(connection: Connection) -> Finding:
    row = connection.execute(
        "select count(*), coalesce(extract(epoch from now() - min(committed_at)) / 60, 0)::int"
        " from raw.batches where refresh_id is null and touches"
    ).fetchone()
    pages, minutes = row or (0, 0)
    seen = f"{pages} wait, the oldest for {minutes} min" if pages else "none waits"
    return Finding("pages", minutes < LATE_MINUTES, seen, "`vigie refresh`; is a worker running?")


def _ports(config: Settings) -> Finding:
    doors = open_doors(config)
    advice = "start them with `vigie up`, or as the Procfile does: docs/security.md"
    return Finding("ports", not doors, "; ".join(doors) or "strangers get nothing", advice)


def _cut_off(connection: Connection) -> Finding:
    found = [work.name for work in cut_off(connection)]
    seen = f"{', '.join(found)}: said to run, and nobody does it" if found else "none"
    return Finding("cut off", not found, seen, RECONCILES)


def flow_runs(config: Settings, grace: timedelta = GRACE) -> Iterator[Finding]:
    """Runs that Prefect has believed alive for `grace` and that have no process; slots that no run has."""
    from prefect.client.orchestration import get_client  # 3 s

    with get_client(sync_client=True) as client:
        dead = [f"{run.name} ({run.state_name})" for run in reconciling.dead_runs(client, config, grace)]
        seen = f"no process: {', '.join(dead)}" if dead else "none is stuck"
        yield Finding("flow runs", not dead, seen, RECONCILES)
        # A run that begins or ends while we count looks like one: what is seen twice is true.
        where = reconciling.pools(config)
        taken = set(reconciling.taken_slots(client, where)) & set(reconciling.taken_slots(client, where))
        told = sorted(reconciling.describe(client, slot) for slot in taken)
        yield Finding("slots", not told, "; ".join(told) or "none is stuck", FREES)
        with connect_read_only(config) as connection:
            failed = (
                [] if why_unreadable(read_ground(connection)) else unrecorded.failures(client, connection, where)
            )
        seen = "; ".join(failed) or "none failed unseen"
        yield Finding("deployments", not failed, seen, "mend what it says, `vigie deploy`, then run it in Prefect")


def _watched(config: Settings) -> Finding:
    """Whether `vigie up` looks after what it started: it restarts Postgres, and tells Prefect what died."""
    orphans = [] if stack.is_watched(config) else processes.started_by(config.home_path)
    seen = f"{len(orphans)} processes of one that was killed run on" if orphans else "nothing runs without it"
    return Finding("vigie up", not orphans, seen, "`vigie up` ends them and starts anew, `vigie down` ends them")


def _prefect(config: Settings) -> Finding:
    if answers(f"{config.prefect_api_url}/health"):
        return Finding("Prefect", True, f"answers at {config.prefect_url}")
    return Finding("Prefect", True, f"does not run at {config.prefect_url}; `vigie up` starts it")
