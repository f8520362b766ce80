"""Run tests as they will run on other days: `python -m tests.anyday [--at NAME|ISO] [--zone ZONE] [PYTEST…]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime

from flows.settings import PROJECT
from tests.anyday.clocks import Moment, NoClock, clock, moments

# A clock within a clock shows neither moment: what holds the clock itself is for today.
USUAL = ["-m", "not slow and not browser", "-q", "--ignore=tests/anyday"]


def chosen(at: str, zone: str | None) -> list[Moment]:
    """The moments that are asked for: all, one of them by its name, or any other."""
    known = moments(datetime.now(UTC))
    found = known if at == "all" else [moment for moment in known if moment.name == at]
    if not found:
        moment = datetime.fromisoformat(at)
        found = [Moment("asked", moment if moment.tzinfo else moment.replace(tzinfo=UTC), "UTC")]
    return [Moment(moment.name, moment.at, zone or moment.zone) for moment in found]


def main() -> int:
    """Run pytest at each moment; 1 if any run failed."""
    asked = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    asked.add_argument("--at", default="all", help="all, a moment's name, or a moment in ISO 8601 (UTC)")
    asked.add_argument("--zone", help="time zone of the machine, such as Europe/Paris")
    given, others = asked.parse_known_args()
    failed = []
    for moment in chosen(given.at, given.zone):
        print(moment, flush=True)
        try:
            with clock(moment) as environment:
                command = [sys.executable, "-m", "pytest", *USUAL, *others]
                done = subprocess.run(command, cwd=PROJECT, env=environment, check=False)
        except NoClock as reason:
            print(f"skipped: {reason}")
            return 0
        if done.returncode:
            failed.append(moment)
    for moment in failed:
        print(f"failed {moment}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
