"""Secrets by name: a configuration never holds one, it says where one is kept."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, TypeAlias

from pydantic import StringConstraints

from flows.errors import SettingError

PLACE = r"^([A-Z_][A-Z0-9_]*|[a-z0-9][a-z0-9-]*)$"
SecretName: TypeAlias = Annotated[str, StringConstraints(pattern=PLACE, max_length=100)]


def read_secret(name: str) -> str:
    """Return a secret: NAME_LIKE_THIS is an environment variable, name-like-this a Prefect Secret block.

    Raises SettingError when there is none of that name.
    """
    if re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        value = os.environ.get(name, "").strip()
        if not value:
            raise SettingError(f"the environment variable {name} is not set: set it to the secret that is meant")
        return value
    from prefect.blocks.system import Secret

    try:
        # Its stub says coroutine; with _sync it is the block.
        block: Any = Secret.load(name, _sync=True)  # type: ignore[call-arg]
    except ValueError as error:
        raise SettingError(f"there is no Prefect Secret block {name}: make one in the Prefect UI") from error
    return str(block.get()).strip()
