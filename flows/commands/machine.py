"""`vigie up`, `down`, `deploy`, `doctor`: what runs on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from flows.commands.terminal import Exit, app, console, plain
from flows.errors import VigieError
from flows.settings import Settings, settings


@app.command()
def doctor() -> None:
    """Check the machine, the warehouse, its roles, sources and marts, and say what to do."""
    from flows.doctor import examine

    ill, out = 0, Console(highlight=False)
    for finding in examine(settings()):
        mark = "[green]✓[/]" if finding.is_well else "[red]✗[/]"
        out.print(f"{mark} {finding.name}: {plain(finding.seen)}", soft_wrap=True)
        if not finding.is_well:
            ill += 1
            out.print(f"    {plain(finding.advice)}", soft_wrap=True)
    raise typer.Exit(Exit.FAILED if ill else Exit.CLEAN)


Adopt = Annotated[bool, typer.Option("--adopt", help="Take over deployments that an older Vigie made.")]


@app.command()
def deploy(adopt: Adopt = False) -> None:
    """Bring Prefect's server to what prefect.yaml says; what of ours the file no longer has is removed."""
    from flows import deploying

    deployed = deploying.deploy(settings(), adopt=adopt)
    for name in deployed.removed:
        console.print(f"removed {name}: prefect.yaml no longer has it")
    console.print(f"deployed {', '.join(d['name'] for d in deploying.declared())}; work pool {deployed.pool}")


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="Also generate and collect the demo's company.")] = False,
    adopt: Adopt = False,
) -> None:
    """Run everything on this machine until Ctrl-C: Postgres, Prefect, a worker, the app."""
    from flows import deploying, stack

    config = settings()
    spinner = console.status("starting …")

    def say(what: str) -> None:
        spinner.update(f"starting {what} …")
        if not console.is_terminal:
            console.print(f"starting {what} …")

    try:
        with spinner, stack.running(config, say, demo=demo) as process:
            spinner.update("deploying prefect.yaml …")
            # Prefect's database is ours alone, unless it was named: what an older Vigie deployed there is ours.
            deploying.deploy(config, adopt=adopt or config.prefect_database_url is None)
            if demo:
                _demo(config, spinner)
            spinner.stop()
            say_where(config)
            console.print("  Ctrl-C stops everything.\n")
            stack.watch(config, process, lambda line: console.print(f"  {plain(line)}", soft_wrap=True))
            raise VigieError(f"a process of the stack ended; see {config.home_path / 'logs' / 'stack.log'}")
    except stack.ToldToStopError:
        console.print("stopped")
        raise typer.Exit(Exit.CLEAN) from None


def say_where(config: Settings) -> None:
    """Both addresses; that of Prefect opens signed in, but for a sign-in of one's own, which is shown nowhere."""
    from flows.serving.access import sign_in_url

    is_made = config.prefect_auth is None
    where = sign_in_url(config) if is_made else config.prefect_url
    asked = "what stands after #" if is_made else "VIGIE_PREFECT_AUTH"
    console.print(f"\n  The app      {config.app_url}\n  Prefect      {where}\n", soft_wrap=True, markup=False)
    console.print(f"  Where Prefect asks for a password, it is {asked}; `vigie sign-in` prints it.", soft_wrap=True)


@app.command("sign-in")
def sign_in() -> None:
    """Print the address that opens Prefect signed in; whoever has it can run anything here."""
    from flows.serving.access import sign_in_url

    print(sign_in_url(settings()))


@app.command("prefect-env")
def prefect_env() -> None:
    """Print the environment that Prefect's own commands and scripts need, for `eval "$(vigie prefect-env)"`."""
    import shlex

    from flows.serving.access import client_environment

    config = settings()
    for name, value in ({"PREFECT_API_URL": config.prefect_api_url} | client_environment(config)).items():
        print(f"export {name}={shlex.quote(value)}")


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
