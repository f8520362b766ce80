"""`vigie learn`: what people corrected moves the analysers' answers, once it is accepted."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from flows.commands.terminal import app
from flows.settings import settings


@app.command()
def learn(
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")] = False,
) -> None:
    """Learn from people's corrections, and show what that does to corrections held out."""
    from flows.understand.training.learning import FEWEST
    from flows.warehouse.database import connect_read_only
    from flows.warehouse.status import require_readable
    from flows.warehouse.understanding import corrections

    with connect_read_only() as connection:
        require_readable(connection)
        lessons = corrections.read_lessons(connection)
    report = corrections.teach(lessons, settings())
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2) + b"\n")
        return
    out = Console(highlight=False)
    columns = ("corrections", "right before", "after")
    table = Table("speed", "task", *(Column(name, justify="right") for name in columns), "learnt")
    for speed, tasks in report.outcomes.items():
        for task, one in tasks.items():
            shares = (f"{right / one.n:.3f}" for right in (one.before, one.after))
            table.add_row(speed, task, f"{one.n:,}", *shares, "yes" if one.is_better else "no")
    if table.row_count:
        out.print(table)
        out.print("right: of corrections held out, each judged by what the others taught")
    else:
        out.print(f"no task has {FEWEST} corrections of two values yet: nothing to learn from")
    if report.version:
        out.print(
            f"kept as {report.version}; it does not count yet: `vigie understand diff` shows what it would say"
            " otherwise, `vigie understand accept` has it count"
        )
    elif table.row_count:
        out.print("nothing that was learnt foresees corrections better: the analysers stay as they are")
