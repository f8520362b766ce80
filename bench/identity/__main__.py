"""`make bench-identity`: how right, fast and large we are, beside Splink 5 and custmatch; on real people, too."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from bench.identity.real import DATA, report

SEED = 11  # held out: weights were set on others
HEAD = (
    "| accounts | tool | precision | recall | wrongly merged | largest | exactly right "
    "| B³ precision / recall | s | CPU s | MiB |"
)


def line(size: int, row: dict[str, Any]) -> str:
    """A row of the table."""
    if "precision" not in row:
        closed = f"{row['tool']} ({row['nodes']:,} nodes, {row['moved']} moved)"
        return f"| {size:,} | {closed} ||||||| {row['seconds']:.1f} | {row['cpu']:.1f} ||"
    return (
        f"| {size:,} | {row['tool']} | {row['precision']:.4f} | {row['recall']:.4f} | {row['wrongly_merged']:.2%} "
        f"| {row['largest']} | {row['exact']:.3f} | {row['b_precision']:.4f} / {row['b_recall']:.3f} "
        f"| {row['seconds']:.1f} | {row['cpu']:.1f} | {row['memory']:,.0f} |"
    )


def rows(tool: str, size: int, seed: int) -> Iterable[dict[str, Any]]:
    """What a tool says of a population, measured in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.identity.rivals", tool, str(size), str(seed)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{tool} did not run: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return [json.loads(text) for text in done.stdout.splitlines() if text.startswith('{"tool"')]


def main() -> None:
    """Print the tables of docs/identity.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--tools", default="vigie,splink,custmatch")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    bands: dict[int, list[Any]] = {}
    shares: dict[int, float] = {}
    print(HEAD, "|---" * 11 + "|", sep="\n")
    for size in map(int, given.sizes.split(",")):
        for tool in given.tools.split(","):
            for row in rows(tool, size, given.seed):
                print(line(size, row), flush=True)
                bands[size] = row.get("calibration") or bands.get(size, [])
                shares[size] = row.get("candidates") or shares.get(size, 0.0)
    print("\n| accounts | true pairs weighed | bits | pairs | one person |", "|---" * 5 + "|", sep="\n")
    for size, found in bands.items():
        for low, high, pairs, share in found:
            print(f"| {size:,} | {shares[size]:.3f} | {low:g} to {high:g} | {pairs:,} | {share:.4f} |")
    if DATA.is_dir():
        print("\n| real people | precision | recall | F1 | largest |", "|---" * 5 + "|", sep="\n")
        for title, m in report().items():
            both = 2 * m.precision * m.recall / max(m.precision + m.recall, 1e-9)
            print(f"| {title} | {m.precision:.4f} | {m.recall:.4f} | {both:.3f} | {m.largest} |")


if __name__ == "__main__":
    main()
