"""praw's own recorded traffic, from its source distribution: fetched once with pip, kept in the user's cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRAW = "8.0.3"


class NotThere(Exception):
    """The distribution cannot be had here; the message says why."""


def archive() -> Path:
    """Return the source distribution; raises NotThere."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "vigie-tests"
    path = cache / f"praw-{PRAW}.tar.gz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        try:
            subprocess.run(
                [*command, "--dest", str(cache), f"praw=={PRAW}"], check=True, capture_output=True, timeout=300
            )
        except (subprocess.SubprocessError, OSError) as error:
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
            raise NotThere(f"praw {PRAW}'s source cannot be downloaded: {said[-1] if said else error}") from error
    return path


def cassettes() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each cassette's name and its interactions, in the archive's order: going back in it is slow."""
    with tarfile.open(archive(), "r|gz") as tar:
        for member in tar:
            if "/cassettes/" in member.name and member.name.endswith(".json"):
                file = tar.extractfile(member)
                assert file
                yield Path(member.name).stem, json.load(file)["interactions"]


def answer(interaction: dict[str, Any]) -> Any:
    """What was answered, as JSON; None where it is none."""
    try:
        return json.loads(interaction["response"]["body"]["string"])
    except ValueError:
        return None
