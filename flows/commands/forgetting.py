"""`vigie forget`: erase a person, after showing what that would erase."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Column, Table

from flows.commands.terminal import app, console, plain

if TYPE_CHECKING:
    from flows.warehouse.forgetting.erasing import Erasure


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="An address, number, account `<site>:<account>` or customer's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it you see what would go.")] = False,
    reason: Annotated[str, typer.Option(help="Why: kept without the name.")] = "",
    by: Annotated[str | None, typer.Option(help="Who erases; unset: who is signed in here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The certificate, as JSON on standard output.")] = False,
) -> None:
    """Erase a person: all that they wrote and all that is known of them, so that no crawl brings it back."""
    from flows.warehouse.database import connect
    from flows.warehouse.forgetting import erasing

    if yes:
        erasure = erasing.forget(name, by=by or getpass.getuser(), reason=reason, tell=console.print)
    else:
        with connect() as connection:
            erasure = erasing.foresee(connection, name)
    if as_json:
        typer.echo(orjson.dumps(erasing.certificate(erasure), option=orjson.OPT_INDENT_2).decode())
        return
    _print(erasure, yes)


def _print(erasure: Erasure, is_done: bool) -> None:
    accounts = ", ".join(erasure.accounts)
    console.print(plain(f"{'erased' if is_done else 'would erase'}: {accounts}"))
    table = Table(
        "table", Column("rows erased", justify="right"), Column("rows without their name", justify="right")
    )
    for name in sorted({*erasure.rows, *erasure.blanked}):
        table.add_row(name, f"{erasure.rows[name]:,}", f"{erasure.blanked[name]:,}")
    console.print(table)
    for place, number in erasure.left.items():
        console.print(plain(f"still named in {place}: {number:,} rows"))
    if not is_done:
        console.print("nothing was changed; --yes erases it, for good")
