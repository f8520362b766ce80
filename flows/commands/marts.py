"""`vigie refresh`, `status`, `dbt-env`, `docs`: the marts, and who reads them."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from flows.commands.terminal import app, console, plain, progress_bar
from flows.settings import settings

if TYPE_CHECKING:
    from flows.warehouse.understanding.stage import Progress

MOST = 1000  # columns, to measure what a table would like


@app.command()
def refresh(
    full: Annotated[
        bool, typer.Option("--full", help="Build everything again, not only what was touched.")
    ] = False,
    as_of: Annotated[datetime | None, typer.Option(help="The moment taken as now (UTC).")] = None,
    stage: Annotated[
        str | None,
        typer.Option(help="Build one stage alone: words, understand, identify or figures. The next builds all."),
    ] = None,
) -> None:
    """Build the marts from what was collected since the last time."""
    from datetime import UTC

    from flows.warehouse.refresh import run

    moment = as_of.replace(tzinfo=UTC) if as_of else None
    with progress_bar() as progress:
        bar = progress.add_task("refresh", total=None, said="")
        done = 0

        def on_node(name: str, status: str, _seconds: float) -> None:
            nonlocal done
            done += 1
            progress.update(bar, said=f"{done} models, {name} {status}")

        def on_texts(one: Progress) -> None:
            progress.update(bar, said=f"{one.speed} read {one.read:,} of {one.texts:,} texts")

        reports = run.refresh(
            as_of=moment, full=full, only=stage, on_node=on_node, on_texts=on_texts,
            waiting=lambda: progress.console.print("another refresh is running: waiting for it"),
        )  # fmt: skip
    if not reports:
        console.print("nothing new was collected and no promise fell due")
    for report in reports:
        what = "everything" if report.is_full else ", ".join(f"{n:,} {k}s" for k, n in report.touched.items())
        console.print(f"refreshed {what} from {report.batches:,} pages in {report.stages['all']:.1f} s")
        for one in report.understood:
            console.print(plain(one.told))
        if report.identified:
            console.print(plain(report.identified.told))
    for reader in reports[-1].left_behind if reports else ():
        console.print(f"left behind: {plain(reader)}: {run.LEFT_BEHIND}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")] = False,
) -> None:
    """Show the sources, their rows and rejects, and the last refresh."""
    from flows.warehouse.database import connect_read_only, warehouse_url
    from flows.warehouse.status import NONE_YET
    from flows.warehouse.status import status as read_status

    with connect_read_only() as connection:
        state = read_status(connection)
    if as_json:
        state = {"database_url": warehouse_url()} | state
        sys.stdout.buffer.write(orjson.dumps(state, option=orjson.OPT_INDENT_2, default=str) + b"\n")
        return
    if state["schema_version"] is None:
        console.print(NONE_YET)
        return
    out = Console(highlight=False)
    out.print(_sources(state["sources"], out.width) if state["sources"] else "no source yet: `vigie import --help`")
    for row in state["sources"]:
        for alarm in row["alarms"]:
            what = {
                "gap": row["last_gap"],
                "failed": row["last_error"],
                "silent": f"since {_when(row['silent_since'])}",
            }
            out.print(f"  {row['source']}: {alarm}: {plain(what.get(alarm) or 'see the rejects')}")
        for reason, n in row["reject_reasons"].items():
            out.print(f"  {row['source']}: {n:,} rejected: {plain(reason)}")
    last = state["last_refresh"]
    waiting = sum(row["pages_waiting"] for row in state["sources"])
    out.print(f"last refresh: {last['status'] + ', ' + _when(last['finished_at']) if last else 'never'}", end="")
    out.print(f"; {waiting:,} pages wait for the next" if waiting else "")
    out.print(f"schema {state['schema_version']}")


def _sources(sources: list[dict[str, Any]], width: int) -> Table | str:
    """A row a source; where the terminal has no room for that, two lines a source, and nothing is cut."""
    counts = ("read", "new", "changed", "repaired", "rejected")
    table = Table(
        "source", "last run", "status", *(Column(name, justify="right") for name in counts), "newest message"
    )
    lines = []
    for row in sources:
        name, status, figures = row["source"], row["last_status"] or "–", [f"{row[count]:,}" for count in counts]
        ran, newest = _when(row["last_run_at"]), _when(row["newest_message_at"])
        table.add_row(name, ran, status, *figures, newest)
        told = ", ".join(f"{figure} {count}" for figure, count in zip(figures, counts, strict=True))
        lines += [f"{name}: {status}, {ran}; newest message {newest}", f"    {told}"]
    needs = console.measure(table, options=console.options.update(max_width=MOST)).maximum
    return table if needs <= width else "\n".join(lines)


def _when(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "–"


@app.command("dbt-env")
def dbt_env() -> None:
    """Print the environment dbt needs to reach the warehouse, for `eval "$(vigie dbt-env)"`."""
    import shlex

    from flows.warehouse.database import analyst_url, connect_read_only
    from flows.warehouse.refresh.dbt import environment
    from flows.warehouse.status import require_readable

    with connect_read_only() as connection:
        require_readable(connection)
    for name, value in environment(settings(), analyst_url()).items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def docs() -> None:
    """Serve the dbt project's documentation on loopback until Ctrl-C."""
    from flows.warehouse.documentation import serve

    spinner = console.status("dbt writes the documentation, which takes a minute …")

    def ready(url: str) -> None:
        spinner.stop()
        console.print(f"documentation: {url}   (Ctrl-C stops it)", soft_wrap=True)

    if not console.is_terminal:
        console.print("dbt writes the documentation, which takes a minute …")
    with spinner:
        serve(settings(), ready)
