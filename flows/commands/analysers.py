"""`vigie understand diff`, `accept`: what a new version of an analyser would say otherwise, and its acceptance."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from flows.commands.terminal import app, console, plain
from flows.errors import SettingError
from flows.settings import settings

if TYPE_CHECKING:
    from flows.warehouse.understanding.versions import Difference

understand = typer.Typer(help="Compare a new version of an analyser, and accept it.", no_args_is_help=True)
app.add_typer(understand, name="understand")
LEARNED = (
    "A version of what corrections taught, or `shipped`; without, the one that waits, else the one that counts."
)
OFF = "VIGIE_UNDERSTAND is off: no analyser reads (docs/settings.md)"


@understand.command()
def diff(
    most: Annotated[int, typer.Option(min=1, help="Messages that are read again to compare, the newest.")] = 2000,
    learned: Annotated[str | None, typer.Option(help=LEARNED)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")] = False,
) -> None:
    """Show what the installed analysers would say otherwise of messages that another version read."""
    from flows.warehouse.database import connect_read_only
    from flows.warehouse.status import require_readable
    from flows.warehouse.understanding import versions

    if not settings().analysers:
        raise SettingError(OFF)
    with connect_read_only() as connection:
        require_readable(connection)
        differences = versions.compare(connection, settings(), most, learned)
    if as_json:
        told = orjson.dumps([_as_json(one) for one in differences], option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(told + b"\n")
        return
    out = Console(highlight=False)
    for one in differences:
        out.print(
            f"{one.speed}: {plain(one.analyser)} {plain(one.version)} is installed; another version read"
            f" {one.stored:,} messages, of which {one.compared:,} were read again"
        )
        if one.changes:
            out.print(_table(one))
    if any(one.stored for one in differences):
        out.print("`vigie understand accept` has the next refresh read them all again")


@understand.command()
def accept(learned: Annotated[str | None, typer.Option(help=LEARNED)] = None) -> None:
    """Accept the installed analysers: the next refresh reads again what other versions read."""
    from flows.warehouse.database import connect
    from flows.warehouse.understanding import versions

    if not settings().analysers:
        raise SettingError(OFF)
    with connect() as connection:
        for speed, others in versions.accept(connection, settings(), learned).items():
            console.print(f"{speed}: accepted; the next refresh reads {others:,} messages again")


def _as_json(one: Difference) -> dict[str, Any]:
    changes = {
        task: [
            {"before": before, "after": after, "messages": n, "examples": change.examples[before, after]}
            for (before, after), n in change.values.most_common()
        ]
        for task, change in one.changes.items()
    }
    return asdict(one) | {"changes": changes}


def _table(one: Difference) -> Table:
    table = Table("task", "before", "now", Column("messages", justify="right"), "for example")
    for task, change in one.changes.items():
        for (before, after), n in change.values.most_common():
            table.add_row(
                task, plain(before), plain(after), f"{n:,}", plain(", ".join(change.examples[before, after]))
            )
    return table
