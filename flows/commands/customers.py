"""`vigie customer …`: who is who, why, and what a person says of it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from flows.commands.terminal import Exit, app, console, plain
from flows.errors import VigieError

if TYPE_CHECKING:
    from flows.warehouse.identity.decisions import Kept, Said, Verdict

customer = typer.Typer(
    help="Customers: find and explain them, put accounts together and apart.", no_args_is_help=True
)
app.add_typer(customer, name="customer")

Name = Annotated[str, typer.Argument(help="An account `<site>:<account>`, a row of the CRM, or a customer's id.")]
Reason = Annotated[str, typer.Option(help="Why: kept with the decision.")]
By = Annotated[str | None, typer.Option(help="Who decides; unset: who is signed in here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")]
PairFile = Annotated[Path | None, typer.Option("--file", help="A CSV file of pairs: one, other, and reason.")]
OptionalName = Annotated[str | None, typer.Argument(help="An account, a row of the CRM, or a customer's id.")]


@customer.command()
def find(
    words: Annotated[
        str, typer.Argument(help="Part of a name or handle, or a whole address, number, account or id.")
    ],
    most: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List customers whom these words name."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import looking

    with connect() as connection:
        found = looking.find(connection, words, most)
    if as_json:
        _print_json(found)
        return
    table = Table("customer", "name", Column("accounts", justify="right"), "channels", "number", "last seen")
    for row in found:
        seen = f"{row['last_seen_at']:%Y-%m-%d}" if row["last_seen_at"] else "–"
        channels = ", ".join(row["channels"])
        table.add_row(
            row["customer_id"], plain(row["name"]), str(row["accounts"]), channels, row["crm_number"], seen
        )
    Console(highlight=False).print(table if found else "nobody is called so")


@customer.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show a customer: accounts and how each is known to be theirs, identifiers, what happened and was decided."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import looking

    with connect() as connection:
        found = looking.show(connection, name)
    if as_json:
        _print_json(found)
        return
    out, who = Console(highlight=False, soft_wrap=True), found["customer"]
    former = f" (also {', '.join(found['former_ids'])})" if found["former_ids"] else ""
    out.print(f"[bold]{plain(who['name'])}[/] {who['customer_id']}{former}")
    number = f"number {plain(who['crm_number'])}, " if who["crm_number"] else ""
    out.print(f"{number}{who['messages']:,} messages, {who['waits']:,} waits, {who['open_waits']:,} open")
    for row in found["accounts"]:
        shown = f" ({row['display_name'] or row['handle']})" if row["display_name"] or row["handle"] else ""
        proof = f" ({row['evidence']})" if row["evidence"] else ""
        moves = "; moves at the next refresh" if row["is_pending"] else ""
        out.print(plain(f"  {row['account_id']}{shown}: {row['how']}{proof}{moves}"))
    for row in found["identifiers"]:
        out.print(
            f"  {row['type']} {plain(row['masked'])}, {row['how_known']}, by"
            f" {plain(row['account_id'] or 'the CRM')}"
        )
    for other in found["household"]:
        out.print(f"  shares a household with {other}")
    for row in found["events"]:
        beside = " ".join(filter(None, (row["other_customer_id"], row["node_id"])))
        out.print(plain(f"  {row['happened_at']:%Y-%m-%d %H:%M} {row['kind']} {beside}: {row['cause']}"))
    for row in found["decisions"]:
        said = f"{row['decision_id']}: {row['verdict']} {row['one']} {row['other'] or row['value'] or ''}"
        out.print(plain(f"  decision {said}, by {row['decided_by']}: {row['reason']}"))


@customer.command()
def explain(one: Name, other: Name, as_json: AsJson = False) -> None:
    """Print what speaks for and against that two accounts are one person, bit by bit."""
    from flows.identify.steps import probability, steps
    from flows.warehouse.database import connect
    from flows.warehouse.identity import looking

    with connect() as connection:
        found = looking.explain(connection, one, other)
    if as_json:
        _print_json({"one": found.one, "other": found.other, "is_one_customer": found.is_one_customer,
                     "edge": found.edge, "verdict": found.verdict})  # fmt: skip
        return
    out = Console(highlight=False)
    out.print(
        plain(f"{found.one} and {found.other}: {'one customer' if found.is_one_customer else 'two customers'}")
    )
    if found.verdict:
        said, number = found.verdict, found.verdict["decision_id"]
        day = f"{said['decided_at']:%Y-%m-%d}"
        out.print(
            plain(
                f"{said['decided_by']} said {said['verdict']} on {day} ({said['reason']});"
                f" `undo {number}` takes it back"
            )
        )
    if found.edge is None:
        out.print("nothing that they hold speaks for it")
        return
    bits = float(found.edge["bits"])
    table = Table("evidence", Column("bits", justify="right"), Column("so far", justify="right"), "likely")
    for step in steps(found.edge["evidence"]):
        table.add_row(step.feature, f"{step.bits:+.1f}", f"{step.sum:+.1f}", f"{probability(step.sum):.2%}")
    out.print(table)
    rule = f", by the rule {found.edge['rule']}" if found.edge["rule"] else ""
    out.print(
        f"{found.edge['status']} at {probability(bits):.2%}{rule}; rules version {found.edge['rule_version']}"
    )


@customer.command()
def merge(
    one: OptionalName = None, other: OptionalName = None, file: PairFile = None,
    reason: Reason = "", by: By = None,
) -> None:  # fmt: skip
    """Say that two accounts are one person: a pair, or a file of pairs."""
    _decide("same", one, other, file, _said(reason, by))


@customer.command()
def never(
    one: OptionalName = None, other: OptionalName = None, file: PairFile = None,
    reason: Reason = "", by: By = None,
) -> None:  # fmt: skip
    """Say that two accounts are never one person, whatever speaks for it: a pair, or a file of pairs."""
    _decide("not_same", one, other, file, _said(reason, by))


@customer.command()
def split(account: Name, reason: Reason = "", by: By = None) -> None:
    """Take an account out of its customer: it is never the same as any other of theirs."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import decisions

    with connect() as connection:
        node = decisions.find_node(connection, account)
        others = decisions.beside(connection, node)
        if not others:
            raise VigieError(f"{account} stands alone: there is nobody to take it from")
        kept = decisions.decide(connection, "not_same", [(node, other) for other in others], _said(reason, by))
    _report(kept)


@customer.command()
def undo(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of decisions, as `show` and `explain` print them.")],
    reason: Reason = "", by: By = None,
) -> None:  # fmt: skip
    """Take decisions back: everything is again as it would be without them."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import decisions

    with connect() as connection:
        kept = decisions.undo(connection, numbers, _said(reason, by))
    _report(kept)


@customer.command()
def block(
    kind: Annotated[str, typer.Argument(help="email, phone, customer_number, order_number, handle, link or site.")],
    value: Annotated[str, typer.Argument(help="The value that stands for nobody, such as a shared box.")],
    reason: Reason = "", by: By = None,
) -> None:  # fmt: skip
    """Say that a value joins nobody."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import decisions

    with connect() as connection:
        number = decisions.block(connection, kind, value, _said(reason, by))
    console.print(f"decision {number}: the next refresh takes it up")


@customer.command()
def pin(
    name: Name,
    field: Annotated[str, typer.Argument(help="name, segment or language.")],
    value: Annotated[str, typer.Argument(help="What it is.")],
    reason: Reason = "", by: By = None,
) -> None:  # fmt: skip
    """Say what a customer's field is, whatever sources say."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import decisions

    with connect() as connection:
        number = decisions.pin(connection, name, field, value, _said(reason, by))
    console.print(f"decision {number}: the next refresh takes it up")


@customer.command()
def export(
    name: Name,
    to: Annotated[Path | None, typer.Option(help="A file to write; unset: standard output.")] = None,
) -> None:
    """Hand out all that is known of a customer, with everything they said and were told, as JSON."""
    from flows.warehouse.database import connect
    from flows.warehouse.identity import looking

    with connect() as connection:
        found = looking.show(connection, name, is_whole=True)
    if to is None:
        _print_json(found)
    else:
        to.write_bytes(_json(found))


def _decide(verdict: Verdict, one: str | None, other: str | None, file: Path | None, said: Said) -> None:
    from flows.warehouse.database import connect
    from flows.warehouse.identity import decisions

    with connect() as connection:
        if file is not None and one is None:
            kept = decisions.decide_file(connection, verdict, file, said)
        elif one is not None and other is not None and file is None:
            kept = decisions.decide(connection, verdict, [(one, other)], said)
        else:
            raise VigieError("name two accounts, or a file of pairs with --file")
    _report(kept)


def _report(kept: Kept) -> None:
    for told in kept.rejected:
        console.print(plain(told))
    numbers = f" (number {', '.join(map(str, kept.numbers[:10]))}{' …' if len(kept.numbers) > 10 else ''})"
    known = f"; {kept.known:,} were decided so already" if kept.known else ""
    console.print(
        f"{len(kept.numbers):,} decisions kept{numbers if kept.numbers else ''}{known}:"
        " customer_accounts_now shows them, the next refresh takes them up"
    )
    if kept.rejected:
        sys.exit(Exit.REJECTS)


def _said(reason: str, by: str | None) -> Said:
    from flows.warehouse.identity.decisions import Said

    return Said(by or getpass.getuser(), reason)


def _json(found: Any) -> bytes:
    return orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str) + b"\n"


def _print_json(found: Any) -> None:
    sys.stdout.buffer.write(_json(found))
