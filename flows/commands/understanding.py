"""`vigie evaluate`, `train`: how good the analysers are on a labelled file, and how they are made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from flows.commands.terminal import app, console, plain
from flows.errors import VigieError
from flows.settings import settings


@app.command()
# Each parameter is one of the command line: typer reads them from the signature.
def evaluate(  # noqa: PLR0917
    file: Annotated[Path, typer.Argument(help="A CSV file with a header (or TSV, by its name).")],
    text: Annotated[str, typer.Option(help="The column of the texts.")],
    label: Annotated[str, typer.Option(help="The column of the labels; rows without one are left out.")],
    task: Annotated[str, typer.Option(help="What the labels say: sentiment, intent, answerable, …")],
    speed: Annotated[
        str, typer.Option(help="The analyser: fast, cascade, standard, or one of your own.")
    ] = "standard",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure an analyser on a labelled file: accuracy, macro-F1, confusion, calibration."""
    from flows.understand import evaluation
    from flows.understand.registry import names, open_chances

    for name, given, known in (("task", task, evaluation.TASKS), ("speed", speed, names())):
        if given not in known:
            raise VigieError(f"--{name} {given}: one of {', '.join(known)}")
    texts, labels = evaluation.read_labelled(file, text, label)
    measures = evaluation.evaluate(open_chances(speed), task, texts, labels)
    if as_json:
        sys.stdout.write(orjson.dumps(measures.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    out = Console(highlight=False)
    low, high = measures.interval
    out.print(
        f"{task}, {speed}: accuracy {measures.accuracy:.3f}, macro-F1 {measures.macro_f1:.3f} "
        f"({low:.3f}-{high:.3f}), {measures.n:,} rows; probabilities are off by {measures.calibration_error:.3f}"
    )
    table = Table("true", *measures.labels, "precision", "recall", "F1")
    for name, figures in measures.by_label().items():
        counts = measures.confusion[measures.labels.index(name)]
        shares = (figures["precision"], figures["recall"], figures["f1"])
        table.add_row(name, *(f"{count:,}" for count in counts), *(f"{share:.3f}" for share in shares))
    out.print(table)


@app.command()
def train(
    data: Annotated[
        Path, typer.Option(envvar="VIGIE_DATA", help="The folder that has tweets_sentiment/tweets.csv.")
    ],
    only: Annotated[str | None, typer.Option(help="Train one part alone: encoder or student.")] = None,
) -> None:
    """Train the models again from the project's material and freely licensed texts (docs/model-card.md)."""
    from flows.understand.training import run

    if only not in {None, *run.PARTS}:
        raise VigieError(f"--only {only}: one of {', '.join(run.PARTS)}")
    run.train(
        data,
        settings().home_path / "models",
        run.PARTS if only is None else (only,),
        lambda line: console.print(plain(line)),
    )
