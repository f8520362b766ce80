"""`vigie forum read`, `vigie forum check`: what can be read of a forum, and how, before it is collected."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import orjson
import typer
from rich.console import Console
from rich.table import Table

from flows.commands.terminal import Exit, app, console, plain
from flows.errors import SettingError

if TYPE_CHECKING:
    from flows.forumreader import ForumPage, Reading
    from flows.sources.forum.config import ForumConfig
    from flows.sources.http import RequestPolicy

forum = typer.Typer(help="Look at forums: what can be read of their pages, and how.", no_args_is_help=True)
app.add_typer(forum, name="forum")
LONGEST = 80  # characters of a text that are shown
MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "·"}
Zone = Annotated[str, typer.Option(help="Time zone that the forum shows its dates in, where its pages don't say.")]
Private = Annotated[
    list[str] | None, typer.Option("--allow-private", help="A host or network of your own that may be asked.")
]


@forum.command()
def read(
    pages: Annotated[list[str], typer.Argument(help="Saved pages, or addresses.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON on standard output.")] = False,
    zone: Zone = "UTC",
    profiles: Annotated[
        bool, typer.Option(help="Read by what is known of engines; without, by structure alone.")
    ] = True,
    allow_private: Private = None,
) -> None:
    """Read pages of a forum: engine, way in, posts or threads; or why a page is refused."""
    first = next(filter(_is_address, pages), "https://saved.example/")
    config = _config(first, zone, allow_private)
    manners = _manners(config)
    readings = [(page, _read(_page(page, config, manners), config, profiles=profiles)) for page in pages]
    if as_json:
        found = [{"page": page, **asdict(reading)} for page, reading in readings]
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        out = Console(highlight=False)
        for page, reading in readings:
            _show(out, page, reading)
    refused = any(reading.refusal for _, reading in readings)
    raise typer.Exit(Exit.REJECTS if refused else Exit.CLEAN)


@forum.command()
def check(
    address: Annotated[str, typer.Argument(help="Address of a forum, a section or a thread.")],
    name: Annotated[str | None, typer.Option(help="Name of the source. Unset: the forum's host.")] = None,
    zone: Zone = "UTC",
    allow_private: Private = None,
) -> None:
    """Try a forum: what it allows, the way in, a list and a thread; propose the deployment for prefect.yaml."""
    from flows.sources.forum.checking import Checking, proposed_name

    config = _config(address, zone, allow_private)
    checking = Checking(config, manners=_manners(config))
    for finding in checking.steps():
        console.print(f"{MARKS[finding.is_well]} {finding.name}: {plain(finding.seen)}", soft_wrap=True)
    for post in checking.checked.posts[:3]:
        when = post.posted_at.at.isoformat() if post.posted_at else "no date"
        console.print(f"    {plain(f'{post.author}, {when}: {_short(post.body)}')}", soft_wrap=True)
    if not checking.checked.is_readable:
        raise typer.Exit(Exit.REJECTS)
    if allow_private:
        console.print(f"\nThe worker needs VIGIE_ALLOWED_PRIVATE={plain(','.join(allow_private))}")
    console.print("\nFor prefect.yaml, under deployments:\n")
    print(checking.deployment(name or proposed_name(address)), end="")


def _config(address: str, zone: str, allow_private: list[str] | None) -> ForumConfig:
    """What a look is told: a source's form, with no more requests than a look needs. Raises SettingError."""
    from flows.sources.registry import read_config

    given = {"type": "forum", "name": "look", "addresses": [address], "zone": zone, "max_requests": 30}
    return cast("ForumConfig", read_config(given | {"allowed_private": allow_private or []}))


def _manners(config: ForumConfig) -> RequestPolicy:
    """What a person at the machine allows by --allow-private needs no leave of the environment's."""
    manners = config.manners()
    return replace(manners, granted_private=(*manners.granted_private, *config.allowed_private))


def _page(place: str, config: ForumConfig, manners: RequestPolicy) -> ForumPage:
    """Return a saved page, its file's time as that of its reading, or ask for an address."""
    from flows.forumreader import ForumPage
    from flows.sources.http import PoliteClient

    if _is_address(place):
        with PoliteClient(manners, config.budget()) as client:
            answer = client.get(place)
        return ForumPage(answer.content, answer.url, datetime.now(UTC), dict(answer.headers.multi_items()))
    path = Path(place)
    if not path.is_file():
        raise SettingError(f"no file at {place}, and it is no address (https://…)")
    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return ForumPage(path.read_bytes(), f"file://{path.resolve()}", saved_at)


def _read(page: ForumPage, config: ForumConfig, *, profiles: bool) -> Reading:
    from flows.forumreader import read_page
    from flows.sources.forum.opening import read_json_page

    return read_json_page(page) or read_page(page, profiles=profiles, zone=config.timezone())


def _is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _show(out: Console, place: str, reading: Reading) -> None:
    """Print a reading as a table, or why there is none."""
    engine = f"{reading.engine} ({reading.confidence:.0%})" if reading.engine else "unknown engine"
    way = f", read by {reading.way}, {reading.sure:.0%} sure" if reading.way and not reading.refusal else ""
    out.print(f"{plain(place)}: {engine}, {reading.kind}{way}", soft_wrap=True)
    if reading.refusal:
        out.print(f"  refused: {plain(reading.refusal)}", soft_wrap=True)
    if reading.title:
        out.print(f"  {plain(reading.title)}", soft_wrap=True)
    if reading.posts:
        table = Table("id", "author", "posted at", "exact to", "text", "quotes")
        for post in reading.posts:
            when = post.posted_at
            at, exact = (when.at.strftime("%Y-%m-%d %H:%M:%S%z"), when.precision) if when else ("–", "–")
            quotes = str(len(post.quotes)) if post.quotes else ""
            table.add_row(plain(post.id), plain(post.author or "–"), at, exact, plain(_short(post.body)), quotes)
        out.print(table)
    if reading.threads:
        table = Table("id", "thread", "replies", "last activity")
        for ref in reading.threads:
            last = ref.last_at.at.strftime("%Y-%m-%d %H:%M") if ref.last_at else "–"
            replies = "–" if ref.replies is None else str(ref.replies)
            table.add_row(plain(ref.id), plain(ref.title), replies, last)
        out.print(table)
    for url in reading.forums:
        out.print(f"  section {plain(url)}", soft_wrap=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
