"""`vigie …`: the command line. It calls the rooms directly, under the same locks as the flows.

Exit codes: 0 clean or repaired, 3 with rejects, 1 failed.
"""

from __future__ import annotations

import sys
import traceback
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from flows.errors import SourceError, VigieError
from flows.settings import Settings, settings

if TYPE_CHECKING:
    from flows.sources.base import Page, Source
    from flows.sources.registry import AnyConfig
    from flows.warehouse.load import Counts

app = typer.Typer(
    help="Vigie: what customers say, who they are, and how well they are answered.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """What an exit code says."""

    CLEAN = 0
    FAILED = 1
    REJECTS = 3


def main() -> None:
    """Run a command; a failure is one readable line, its traceback behind `--debug`."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except KeyboardInterrupt:
        console.print("stopped")
        sys.exit(130)
    except Exception as error:
        if debug:
            traceback.print_exc()
        known = isinstance(error, VigieError)
        said = str(error) if known else f"{type(error).__name__}: {error} (run again with --debug to see where)"
        console.print(f"[bold red]vigie:[/] {_plain(said)}", soft_wrap=True)
        sys.exit(Exit.FAILED)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(), console=console, transient=True,
    )  # fmt: skip


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A file, a folder, or a quoted pattern such as 'drop/*.csv'.")],
    mapping: Annotated[str, typer.Option(help="Name of a shipped mapping, or path of a YAML file.")],
    source: Annotated[str, typer.Option(help="Name of the source in Vigie; also the site that issues its ids.")],
    site: Annotated[str | None, typer.Option(help="The site, where several sources share ids.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and map everything, write nothing.")] = False,
) -> None:
    """Import an archive. Again is fine: nothing doubles, an interrupted import goes on where it stopped."""
    from flows.sources.registry import read_config

    given = {"name": source, "path": str(path), "mapping": mapping, "site": site, "again": True}
    _run(read_config(given | {"page_size": settings().page_size}), dry_run)


@app.command()
def collect(
    source: Annotated[str, typer.Argument(help="A source of prefect.yaml, or one that ran before.")],
) -> None:
    """Collect what a configured source has new."""
    from flows.deploying import source_parameters
    from flows.sources.registry import read_config
    from flows.warehouse.database import connect

    values = source_parameters(source)
    if values is None:
        with connect() as connection:
            row = connection.execute("select config from ops.sources where source = %s", (source,)).fetchone()
        if row is None:
            raise SourceError(f"no source '{source}' in prefect.yaml, and none of that name ran before")
        values = row[0] | ({"again": False} if "again" in row[0] else {})
    _run(read_config(values), dry_run=False)


def _run(config: AnyConfig, dry_run: bool) -> None:
    """Run a source with a progress bar and end with the exit code that its rejects ask for."""
    from flows.sources.registry import open_source
    from flows.warehouse.collecting import run_source
    from flows.warehouse.database import connect
    from flows.warehouse.hosts import WarehouseHosts
    from flows.warehouse.load import Counts

    counts = Counts()
    with WarehouseHosts() as hosts, _progress() as progress:
        source = open_source(config, hosts)
        bar = progress.add_task(f"{config.name}", total=source.total(), said="")

        def on_page(page: Page, _: Counts | None = None) -> None:
            counts.read += page.read
            counts.rejected += len(page.rejects)
            said = f"{counts.read:,} read, {counts.rejected:,} rejected"
            progress.update(bar, completed=page.progress, said=said)
            for reject in page.rejects[: max(0, 5 - (counts.rejected - len(page.rejects)))]:
                progress.console.print(
                    f"  rejected {_plain(f'{reject.locator}: {reject.reason}: {reject.detail}')}"
                )

        if dry_run:
            counts.repaired = _dry_run(source, on_page)
        else:
            with connect() as connection:
                counts = run_source(connection, config, source, on_page=on_page).counts
    _tell_run(config.name, counts, dry_run)
    raise typer.Exit(Exit.REJECTS if counts.rejected else Exit.CLEAN)


def _dry_run(source: Source, on_page: Any) -> int:
    """Go through a source without a warehouse; returns how many records were repaired."""
    repaired = 0
    for page in source.pages(None, {}):
        repaired += sum(record.repaired for record in page.records)
        on_page(page)
    return repaired


def _tell_run(name: str, counts: Counts, dry_run: bool) -> None:
    if dry_run:
        parts = [f"{counts.read:,} read", f"{counts.repaired:,} repaired", f"{counts.rejected:,} rejected"]
        console.print(f"{name}: {', '.join(parts)}; a dry run, nothing was written")
        return
    console.print(
        f"{name}: {counts.read:,} read: {counts.new:,} new, {counts.changed:,} changed, "
        f"{counts.unchanged:,} unchanged, {counts.rejected:,} rejected ({counts.repaired:,} repaired)"
    )


@app.command()
def refresh(
    full: Annotated[
        bool, typer.Option("--full", help="Build everything again, not only what was touched.")
    ] = False,
    as_of: Annotated[datetime | None, typer.Option(help="The moment taken as now (UTC).")] = None,
) -> None:
    """Build the marts from what was collected since the last time."""
    from datetime import UTC

    from flows.warehouse.refreshing import refresh as run_refresh

    moment = as_of.replace(tzinfo=UTC) if as_of else None
    with _progress() as progress:
        bar = progress.add_task("refresh", total=None, said="")
        done = 0

        def on_node(name: str, status: str, _seconds: float) -> None:
            nonlocal done
            done += 1
            progress.update(bar, said=f"{done} models, {name} {status}")

        reports = run_refresh(
            as_of=moment, full=full, on_node=on_node,
            waiting=lambda: progress.console.print("another refresh is running: waiting for it"),
        )  # fmt: skip
    if not reports:
        console.print("nothing new was collected and no promise fell due")
    for report in reports:
        what = "everything" if report.is_full else ", ".join(f"{n:,} {k}s" for k, n in report.touched.items())
        console.print(f"refreshed {what} from {report.batches:,} pages in {report.stages['all']:.1f} s")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")] = False,
) -> None:
    """Show the sources, their rows and rejects, and the last refresh."""
    from flows.warehouse.database import connect, warehouse_url
    from flows.warehouse.status import status as read_status

    with connect() as connection:
        state = read_status(connection)
    if as_json:
        state = {"database_url": warehouse_url()} | state
        sys.stdout.buffer.write(orjson.dumps(state, option=orjson.OPT_INDENT_2, default=str) + b"\n")
        return
    table = Table(
        "source", "last run", "status", "read", "new", "changed", "repaired", "rejected", "newest message"
    )
    for row in state["sources"]:
        table.add_row(
            row["source"], _when(row["last_run_at"]), row["last_status"],
            *(f"{row[name]:,}" for name in ("read", "new", "changed", "repaired", "rejected")),
            _when(row["newest_message_at"]),
        )  # fmt: skip
    out = Console(highlight=False)
    out.print(table if state["sources"] else "no source yet: `vigie import --help`")
    for row in state["sources"]:
        for reason, n in row["reject_reasons"].items():
            out.print(f"  {row['source']}: {n:,} rejected: {_plain(reason)}")
    last = state["last_refresh"]
    waiting = sum(row["pages_waiting"] for row in state["sources"])
    out.print(f"last refresh: {last['status'] + ', ' + _when(last['finished_at']) if last else 'never'}", end="")
    out.print(f"; {waiting:,} pages wait for the next" if waiting else "")
    out.print(f"schema {state['schema_version']}")


def _when(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "–"


@app.command("dbt-env")
def dbt_env() -> None:
    """Print the environment dbt needs to reach the warehouse, for `eval "$(vigie dbt-env)"`."""
    import shlex

    from flows.warehouse.database import connect, role_url, warehouse_url
    from flows.warehouse.roles import ANALYST
    from flows.warehouse.transform import environment

    connect().close()
    for name, value in environment(settings(), role_url(ANALYST) or warehouse_url()).items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def doctor() -> None:
    """Check the machine, the warehouse, its roles, sources and marts, and say what to do."""
    from flows.doctor import examine

    ill = 0
    for finding in examine(settings()):
        mark = "[green]✓[/]" if finding.is_well else "[red]✗[/]"
        console.print(f"{mark} {finding.name}: {_plain(finding.seen)}", soft_wrap=True)
        if not finding.is_well:
            ill += 1
            console.print(f"    {_plain(finding.advice)}", soft_wrap=True)
    raise typer.Exit(Exit.FAILED if ill else Exit.CLEAN)


@app.command()
def docs() -> None:
    """Serve the dbt project's documentation on loopback until Ctrl-C."""
    from flows.warehouse.documentation import serve

    serve(settings(), lambda url: console.print(f"documentation: {url}   (Ctrl-C stops it)"))


@app.command()
def deploy() -> None:
    """Bring Prefect's server to what prefect.yaml says; what the file no longer has is removed."""
    from flows import deploying

    for name in deploying.deploy(settings()):
        console.print(f"removed {name}: prefect.yaml no longer has it")
    console.print(f"deployed {', '.join(d['name'] for d in deploying.declared())}")


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="Also generate and collect the demo's company.")] = False,
) -> None:
    """Run everything on this machine until Ctrl-C: Postgres, Prefect, a worker, the app."""
    from flows import deploying, stack

    config = settings()
    spinner = console.status("starting Postgres …")

    def say(what: str) -> None:
        spinner.update(f"starting {what} …")

    with spinner, stack.running(config, say, demo=demo) as process:
        spinner.update("deploying prefect.yaml …")
        deploying.deploy(config)
        if demo:
            _demo(config, spinner)
        spinner.stop()
        console.print(f"\n  The app      {config.app_url}\n  Prefect      {config.prefect_url}\n")
        console.print("  Ctrl-C stops everything.\n")
        process.wait()
        raise VigieError(f"a process of the stack ended; see {config.home_path / 'logs' / 'stack.log'}")


def _demo(config: Settings, spinner: Any) -> None:
    """Collect the demo's sources through Prefect and wait until the marts have them."""
    from flows import deploying
    from flows.demo import wait_until_refreshed

    runs = [str(deploying.run(config, f"collect/{name}")) for name in ("demo", "petit-journal")]
    spinner.update("collecting the demo's company and building the marts …")
    wait_until_refreshed(config, runs)


@app.command()
def down() -> None:
    """Stop what `vigie up` started, and Postgres."""
    from flows import stack

    console.print("stopped" if stack.down(settings()) else "nothing was running")


if __name__ == "__main__":
    main()
