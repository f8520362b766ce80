"""Secrets by name: an environment variable, else a Prefect Secret block. Values stay in memory only."""

from __future__ import annotations

import os
import re

from flows.errors import SettingError

BLOCK = re.compile(r"^[a-z0-9-]+$")


def secret(name: str) -> str:
    """Return the secret of a name; SettingError says what to set where there is none."""
    value = os.environ.get(name) or (_block(name) if BLOCK.match(name) else None)
    if not value:
        raise SettingError(
            f"there is no secret {name!r}: set the environment variable of that name where runs are executed, or "
            "make a Prefect Secret block (small letters, digits, dashes) and name it in the source's configuration"
        )
    return value


def _block(name: str) -> str | None:
    from prefect.blocks.system import Secret

    try:
        return str(Secret.load(name).get())  # type: ignore[union-attr]
    except ValueError:  # no such block
        return None
