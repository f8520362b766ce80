"""`vigie import`, `vigie collect`: from the sources into the warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from flows.commands.terminal import Exit, app, console, plain, progress_bar
from flows.errors import SettingError, SourceError
from flows.settings import settings

if TYPE_CHECKING:
    from flows.records import Page, Record
    from flows.sources.base import Period
    from flows.sources.registry import AnyConfig
    from flows.sources.roots import Roots
    from flows.warehouse.load import Counts


# What was said for one import of a file holds for none to come.
OF_ONE_IMPORT = {"again", "complete", "believe_absences", "absent_hours"}
SHOWN = 10  # rows that a dry run shows as they were mapped


@app.command("import")
def import_(  # noqa: PLR0917 - typer's options, each by its name
    path: Annotated[Path, typer.Argument(help="A file, a folder, or a quoted pattern such as 'drop/*.csv'.")],
    mapping: Annotated[str, typer.Option(help="Name of a shipped mapping, or path of a YAML file.")],
    source: Annotated[str, typer.Option(help="Name of the source in Vigie; also the site that issues its ids.")],
    site: Annotated[str | None, typer.Option(help="The site, where several sources share ids.")] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="How the file is written where it is neither UTF-8 nor Windows-1252: cp850, …"),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="This is all there is of the source: what it no longer holds is deleted."),
    ] = False,
    believe_absences: Annotated[
        bool, typer.Option("--believe-absences", help="With --complete: however much is missing.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what the import would do, show ten rows as they are mapped, write nothing."
        ),
    ] = False,
) -> None:
    """Import an archive. Again is fine: nothing doubles, an interrupted import goes on where it stopped.

    Any file that you may read yourself is read; configured sources read under VIGIE_FILE_ROOTS only.
    """
    from flows.sources.registry import read_config
    from flows.sources.roots import ANYWHERE

    given = {
        "name": source,
        "path": str(path),
        "mapping": mapping,
        "site": site,
        "again": True,
        "encoding": encoding,
        "complete": complete,
        "believe_absences": believe_absences,
        "absent_hours": 0,  # a person vouches for it: one look is enough
        "page_size": settings().page_size,
    }
    if believe_absences and not complete:
        raise SettingError("--believe-absences goes with --complete: what else would be missing?")
    _run(read_config(given), dry_run, roots=ANYWHERE)


@app.command()
def collect(
    source: Annotated[str, typer.Argument(help="A source of prefect.yaml, or one that ran before.")],
    since: Annotated[
        datetime | None, typer.Option(help="Read a period of the past instead, from here (UTC).")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Where that period ends; unset: today.")] = None,
) -> None:
    """Collect what a configured source has new, or what was written in a period of the past."""
    from flows.deploying import source_parameters
    from flows.sources.base import back_fill
    from flows.sources.registry import read_config
    from flows.warehouse.database import connect

    values = source_parameters(source)
    if values is None:
        with connect() as connection:
            row = connection.execute("select config from ops.sources where source = %s", (source,)).fetchone()
        if row is None:
            raise SourceError(f"no source '{source}' in prefect.yaml, and none of that name ran before")
        values = row[0]
        if values["type"] == "files":
            values = {name: value for name, value in values.items() if name not in OF_ONE_IMPORT}
    _run(read_config(values), dry_run=False, period=back_fill(since, until))


def _run(config: AnyConfig, dry_run: bool, period: Period | None = None, roots: Roots | None = None) -> None:
    """Run a source with a progress bar and end with the exit code that its rejects ask for."""
    from flows.sources.registry import open_source
    from flows.warehouse.collecting import preview_source, run_source
    from flows.warehouse.database import connect, connect_read_only
    from flows.warehouse.hosts import WarehouseHosts
    from flows.warehouse.load import Counts
    from flows.warehouse.status import is_there

    counts = Counts()
    with WarehouseHosts() as hosts, progress_bar() as progress:
        source = open_source(config, hosts, roots)
        bar = progress.add_task(f"{config.name}", total=source.total(), said="")

        def on_page(page: Page, _: Counts | None = None) -> None:
            if dry_run:
                for record in page.records[: max(0, SHOWN - (counts.read - counts.rejected))]:
                    progress.console.print(f"  row {plain(_as_mapped(record))}")
            counts.read += page.read
            counts.rejected += len(page.rejects)
            said = f"{counts.read:,} read, {counts.rejected:,} rejected"
            progress.update(bar, completed=page.progress, said=said)
            for note in [*page.notes, *([page.gap] if page.gap else [])]:
                progress.console.print(f"  note {plain(note)}")
            for reject in page.rejects[: max(0, 5 - (counts.rejected - len(page.rejects)))]:
                progress.console.print(f"  rejected {plain(f'{reject.locator}: {reject.reason}: {reject.detail}')}")

        if dry_run:
            with connect_read_only() as connection:
                counts = preview_source(connection if is_there(connection) else None, config, source, on_page)
        else:
            with connect() as connection:
                counts = run_source(connection, config, source, on_page=on_page, period=period).counts
    _tell_run(config.name, counts, dry_run)
    raise typer.Exit(Exit.REJECTS if counts.rejected else Exit.CLEAN)


def _as_mapped(record: Record) -> str:
    """A row as its mapping reads it: its id, and each field with its value."""
    mapped = orjson.loads(record.content)["mapped"]
    said = ", ".join(f"{name}: {orjson.dumps(value).decode()}" for name, value in sorted(mapped.items()))
    return f"{record.record_id}: {said}"


def _tell_run(name: str, counts: Counts, dry_run: bool) -> None:
    gone = f", {counts.removed:,} gone" if counts.removed else ""
    console.print(
        f"{name}: {counts.read:,} read: {counts.new:,} new, {counts.changed:,} changed, "
        f"{counts.unchanged:,} unchanged, {counts.rejected:,} rejected ({counts.repaired:,} repaired){gone}"
        + ("; a dry run, nothing was written" if dry_run else "")
    )
