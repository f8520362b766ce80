"""`vigie up`, `down`, `deploy`, `doctor`: what runs on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.commands.terminal import Exit, app, console, plain
from flows.errors import VigieError
from flows.settings import Settings, settings


@app.command()
def doctor() -> None:
    """Check the machine, the warehouse, its roles, sources and marts, and say what to do."""
    from flows.doctor import examine

    ill = 0
    for finding in examine(settings()):
        mark = "[green]✓[/]" if finding.is_well else "[red]✗[/]"
        console.print(f"{mark} {finding.name}: {plain(finding.seen)}", soft_wrap=True)
        if not finding.is_well:
            ill += 1
            console.print(f"    {plain(finding.advice)}", soft_wrap=True)
    raise typer.Exit(Exit.FAILED if ill else Exit.CLEAN)


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
        stack.watch(config, process, lambda line: console.print(f"  {plain(line)}", soft_wrap=True))
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
