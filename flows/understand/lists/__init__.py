"""Lists and patterns that enrichments read: data beside the code, one thing a line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


def read(name: str) -> dict[str, Any]:
    """Read one file of this folder."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(
        (FOLDER / f"{name}.yaml").read_text("utf-8"),
        Loader=loader,  # noqa: S506 - a safe loader
    )
    return content


def version(*names: str) -> str:
    """What these files hold, in eight letters: other content, another version."""
    found = hashlib.sha256()
    for name in names:
        found.update(f"{name}\0".encode() + (FOLDER / f"{name}.yaml").read_bytes())
    return found.hexdigest()[:8]
