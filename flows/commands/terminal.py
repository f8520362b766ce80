"""What all commands share: the app, the console they speak on, and their exit codes."""

from __future__ import annotations

from enum import IntEnum

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

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


def plain(text: str) -> str:
    """A text of somebody else's, with nothing in it that rich would take for markup."""
    return text.replace("[", "\\[")


def progress_bar() -> Progress:
    """Progress with what was done so far, on standard error; gone when it is over."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(), console=console, transient=True,
    )  # fmt: skip
