"""What the marts are built from besides data: models, macros and seeds, as hashes that a refresh compares."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flows.settings import DBT_PROJECT

SEEDS = ("seeds", "macros/tests")  # where seeds are, with the rules that they must keep, and what these are made of


def project_hash(folder: Path = DBT_PROJECT) -> str:
    """Hash of what the marts are built from besides data: models, macros, seeds, the project file.

    After a colon, that of the seeds and the rules they must keep; those of the last refresh that was done do.
    """
    wanted = {".sql", ".yml", ".csv"}
    files = sorted(p for p in folder.rglob("*") if p.suffix in wanted and "target" not in p.parts)
    rules = [file for file in files if any(file.is_relative_to(folder / part) for part in SEEDS)]
    return f"{_hash(folder, files)}:{_hash(folder, rules)}"


def _hash(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
