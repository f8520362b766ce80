"""Lists and patterns that enrichments read: data beside the code, one thing a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read(name: str) -> dict[str, Any]:
    """Read one file of this folder."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(
        (Path(__file__).parent / f"{name}.yaml").read_text("utf-8"),
        Loader=loader,  # noqa: S506 - a safe loader
    )
    return content
