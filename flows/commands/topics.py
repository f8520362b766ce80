"""`vigie topics list`, `promote`: what customers write about that nobody declared, and how it becomes a topic."""

from __future__ import annotations

import csv
import re
import sys
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Column, Table

from flows.commands.terminal import app, console, plain
from flows.errors import VigieError
from flows.settings import DBT_PROJECT
from flows.understand.folding import fold

topics = typer.Typer(help="Topics that nobody declared, found in what customers write.", no_args_is_help=True)
app.add_typer(topics, name="topics")
SEED = DBT_PROJECT / "seeds" / "topics.csv"
LANGUAGES = ("fr", "en")  # of the seed; words of others count in every language
FOUND = "select * from marts.topics_found order by messages desc, theme_id"
NONE = (
    "no theme was found: none is looked for before texts are kept by their meaning (VIGIE_UNDERSTAND=standard or"
    " VIGIE_MEANING=all), and then once a day"
)


@topics.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False) -> None:
    """Show the themes of the last search: how many wrote, how it goes, and the words that tell them."""
    found = _found()
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2, default=float) + b"\n")
        return
    if not found:
        console.print(NONE)
        return
    numbers = ("messages", "accounts", "complaints", "last week", "week before")
    table = Table("number", "theme", *(Column(name, justify="right") for name in numbers), "words")
    for row in found:
        words = "; ".join(f"{language}: {', '.join(own)}" for language, own in row["words"].items())
        figures = (row["messages"], row["accounts"], row["complaints"], row["last_week"], row["week_before"])
        table.add_row(str(row["theme_id"]), plain(row["name"]), *(f"{n:,}" for n in figures), plain(words))
    Console(highlight=False).print(table)
    console.print("`vigie topics promote NUMBER` makes one a topic of the seed", soft_wrap=True)


@topics.command()
def promote(
    theme: Annotated[str, typer.Argument(help="The theme's number or name.")],
    topic: Annotated[str, typer.Option(help="The topic's own name; else made of the theme's first word.")] = "",
    label: Annotated[str, typer.Option(help="What people read; else the theme's name.")] = "",
) -> None:
    """Write a theme into the seed `topics`: its messages name that topic from the next refresh on."""
    row = next((row for row in _found() if theme in {str(row["theme_id"]), row["name"]}), None)
    if row is None:
        raise VigieError(f"no theme {theme}: `vigie topics list` shows those of the last search")
    topic = topic or re.sub(r"\W+", "_", fold(row["name"].split(" · ")[0]).plain).strip("_")
    for made in write(SEED, topic, label or row["name"], row["words"]):
        console.print(plain(f"{made[1] or 'every language'}: {made[3]}"), soft_wrap=True)
    console.print(plain(f"{SEED.name} has the topic {topic} now: edit its words there, then `vigie refresh`"))


def write(seed: Path, topic: str, label: str, words: dict[str, list[str]]) -> list[list[str]]:
    """Append a topic to the seed, a row a language; what was appended. Raises VigieError where it is there.

    Between the words of a pair others may stand.
    """
    given = seed.read_text(encoding="utf-8")
    if any(row["topic"] == topic for row in csv.DictReader(StringIO(given))):
        raise VigieError(f"{seed.name} has a topic {topic}: name another with --topic")
    of: dict[str, list[str]] = {}
    for language, own in words.items():
        listed = of.setdefault(language if language in LANGUAGES else "", [])
        listed += [pattern for word in own if (pattern := word.replace(" ", " * ")) not in listed]
    rows = [[topic, language, label, "|".join(own)] for language, own in of.items()]
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    seed.write_text(f"{given.rstrip()}\n{out.getvalue()}", encoding="utf-8")
    return rows


def _found() -> list[dict[str, Any]]:
    from flows.warehouse.database import connect_read_only
    from flows.warehouse.status import require_readable

    with connect_read_only() as connection:
        require_readable(connection)
        return connection.cursor(row_factory=dict_row).execute(FOUND).fetchall()
