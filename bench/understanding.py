"""`make bench-understanding`: how well, how fast and how big; writes the tables of docs/understanding.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from rich.console import Console

from bench import rivals
from bench.labelled import UNREAD, Labelled, read
from flows.settings import PROJECT
from flows.understand import evaluation
from flows.understand.measures import Measures
from flows.understand.models.tasks import VALUES
from flows.understand.speeds import SPEEDS, open_analyzer

DOC = PROJECT / "docs" / "understanding.md"
START, END = "<!-- measured: make bench-understanding -->", "<!-- end of what was measured -->"
READ_FOR_TIME = "complaint_labels/tweets.csv"
out = Console(width=140, highlight=False, stderr=True)

PROBE = """
import csv, json, resource, sys, time
from pathlib import Path
from flows.understand.analyzer import Text
from flows.understand.speeds import open_analyzer
start = time.process_time()
analyzer = open_analyzer(sys.argv[1])
analyzer.analyze([Text("bonjour")])
load = time.process_time() - start
with Path(sys.argv[2]).open(encoding="utf-8-sig", newline="") as file:
    texts = [Text(row["text"]) for row in csv.DictReader(file)][: int(sys.argv[3])]
start = time.process_time()
analyzer.analyze(texts)
rate = len(texts) / (time.process_time() - start)
print(json.dumps([load, rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


class Remembering:
    """An analyser that reads each text once, however many tasks ask."""

    def __init__(self, speed: str) -> None:
        self._analyzer, self._known = open_analyzer(speed), dict[tuple[str, bool], np.typing.NDArray[np.float32]]()

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> np.typing.NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if (text, is_company) not in self._known))
        rows = self._analyzer.probabilities(new, is_company)
        self._known |= {(text, is_company): row for text, row in zip(new, rows, strict=True)}
        return np.stack([self._known[text, is_company] for text in texts])


@cache
def analyzer(speed: str) -> Remembering:
    return Remembering(speed)


def main() -> None:
    """Measure everything that VIGIE_DATA has labels for, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("VIGIE_DATA", PROJECT.parent / "shared" / "data")
    )
    parser.add_argument("--print", action="store_true", help="print, write nothing")
    asked = parser.parse_args()
    text = "\n".join((*_costs(asked.data / READ_FOR_TIME), *_figures(list(read(asked.data)))))
    if asked.print:
        print(text)
        return
    before, _, rest = DOC.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    DOC.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _costs(file: Path) -> Iterator[str]:
    """Load time (CPU, from the cache), rate and peak memory, each speed in a process of its own."""
    yield "### Speed and memory\n"
    yield "One core, tweets that no model was trained on: of what the student knows, the cascade keeps more.\n"
    yield "| analyser | messages a second | load, s of CPU | most memory, MB |\n|---|---|---|---|"
    for speed in SPEEDS:
        for _ in range(2):  # the first one may convert the encoder
            done = subprocess.run(
                [sys.executable, "-c", PROBE, speed, str(file), "1500"],
                cwd=PROJECT, capture_output=True, text=True, check=True,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        load, rate, memory = json.loads(done.stdout)
        yield f"| {speed} | {rate:,.0f} | {load:.2f} | {memory:,.0f} |"


def _figures(sets: list[Labelled]) -> Iterator[str]:
    yield "\n### How often it is right\n"
    yield "Macro-F1 with its 95 % interval (accuracy): each label counts the same, however rare."
    yield "Files without neutrals ask which of positive and negative prevails.\n"
    yield f"| task | texts | language | n | {' | '.join(SPEEDS)} | VADER, textblob-fr |"
    yield f"{'|---' * (5 + len(SPEEDS))}|"
    for labelled in sets:
        out.print(f"{labelled.task}: {labelled.name} {labelled.language}")
        cells = []
        for speed in SPEEDS:
            measures = evaluation.evaluate(analyzer(speed), labelled.task, *_unzip(labelled))
            cells.append(_cell(measures))
        rival = rivals.rival(labelled.language) if labelled.task == "sentiment" else None
        true = evaluation.number_labels(VALUES["sentiment"], _unzip(labelled)[1]) if rival else None
        cells.append(_cell(rivals.judge(rival[1], _unzip(labelled)[0], true)) if rival and true is not None else "")
        cells = [labelled.task, labelled.name, labelled.language, f"{len(labelled.rows):,}", *cells]
        yield f"| {' | '.join(cells)} |"
    yield from _gold_together(sets)
    yield from _details(sets)


def _gold_together(sets: list[Labelled]) -> Iterator[str]:
    yield "\n### The gold set, both languages\n"
    yield "Accuracy, and F1 of *yes* where the task is a flag.\n"
    yield f"| task | n | {' | '.join(SPEEDS)} |\n{'|---' * (2 + len(SPEEDS))}|"
    for task in VALUES:
        rows = [row for one in sets if one.name.startswith("gold") and one.task == task for row in one.rows]
        if not rows:
            continue
        cells = []
        for speed in SPEEDS:
            measures = evaluation.evaluate(analyzer(speed), task, [r[0] for r in rows], [r[1] for r in rows])
            flag = measures.by_label().get("yes")
            cells.append(f"{measures.accuracy:.3f}" + (f" (F1 {flag['f1']:.3f})" if flag else ""))
        yield f"| {task} | {len(rows)} | {' | '.join(cells)} |"


def _details(sets: list[Labelled]) -> Iterator[str]:
    """Confusion and calibration of the standard analyser, all sets of a task together but for stars."""
    yield "\n### What is taken for what, and how far probabilities can be believed\n"
    yield "The standard analyser. Rows are what is true, columns the answers.\n"
    for task in (*VALUES, "complaint"):
        rows = [
            row
            for one in sets
            if one.task == task and one.name != UNREAD and "by " not in one.name
            for row in one.rows
        ]
        if not rows:
            continue
        measures = evaluation.evaluate(analyzer("standard"), task, [r[0] for r in rows], [r[1] for r in rows])
        yield f"**{task}** ({measures.n:,} rows)\n"
        yield f"| true | {' | '.join(measures.labels)} |\n{'|---' * (1 + len(measures.labels))}|"
        for label, counts in zip(measures.labels, measures.confusion, strict=True):
            yield f"| {label} | {' | '.join(f'{count:,}' for count in counts)} |"
        yield "\n| probability said | " + " | ".join(f"{p:.2f}" for _, p, _ in measures.calibration) + " |"
        yield "|---" * (1 + len(measures.calibration)) + "|"
        yield "| share right | " + " | ".join(f"{right:.2f}" for _, _, right in measures.calibration) + " |"
        yield "| answers | " + " | ".join(f"{n:,}" for n, _, _ in measures.calibration) + " |\n"


def _unzip(labelled: Labelled) -> tuple[list[str], list[str]]:
    return [text for text, _ in labelled.rows], [label for _, label in labelled.rows]


def _cell(measures: Measures) -> str:
    low, high = measures.interval
    return f"**{measures.macro_f1:.3f}** {low:.2f}-{high:.2f} ({measures.accuracy:.3f})"


if __name__ == "__main__":
    main()
