"""`vigie …`: the command line. It calls the rooms directly, under the same locks as the flows.

Exit codes: 0 clean or repaired, 3 with rejects, 1 failed.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from flows.commands import (
    analysers,
    collecting,
    customers,
    forgetting,
    forums,
    learning,
    machine,
    marts,
    topics,
    understanding,
)
from flows.commands.terminal import Exit, app, console, plain
from flows.errors import VigieError
from flows.settings import settings

__all__ = [
    "analysers",
    "app",
    "collecting",
    "customers",
    "forgetting",
    "forums",
    "learning",
    "machine",
    "main",
    "marts",
    "topics",
    "understanding",
]


def main() -> None:
    """Run a command; a failure is one readable line, its traceback behind `--debug`."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        with _telling_what_runs_on():
            app()
    except KeyboardInterrupt:
        console.print("stopped")
        sys.exit(130)
    except Exception as error:
        if debug:
            traceback.print_exc()
        known = isinstance(error, VigieError)
        said = str(error) if known else f"{type(error).__name__}: {error} (run again with --debug to see where)"
        console.print(f"[bold red]vigie:[/] {plain(said)}", soft_wrap=True)
        sys.exit(Exit.FAILED)


@contextmanager
def _telling_what_runs_on() -> Iterator[None]:
    """Say so where a command started the embedded Postgres and leaves it running, for the next one."""
    from flows.warehouse.server import running_pid

    try:
        home = None if settings().database_url else settings().home.expanduser().resolve()
    except ValueError:  # a setting is wrong: the command says which
        home = None
    before = home and running_pid(home)
    try:
        yield
    finally:
        if home and not before and running_pid(home):
            console.print("Postgres was started for this and runs on: `vigie down` stops it", soft_wrap=True)


if __name__ == "__main__":
    main()
