"""The password of a mailbox: from the environment, or from a Prefect Secret block; never from the configuration."""

from __future__ import annotations

import os
from typing import Any, cast

from flows.errors import SourceError
from flows.sources.mailbox.config import ImapServer


def password(server: ImapServer) -> str:
    """Return the password; SourceError names what is missing."""
    if server.password_env:
        found = os.environ.get(server.password_env)
        if not found:
            raise SourceError(f"the environment variable {server.password_env} holds no password")
        return found
    from prefect.blocks.system import Secret

    name = server.password_block or ""
    try:
        block = Secret.load(name, _sync=True)  # type: ignore[call-arg]
    except ValueError as error:
        raise SourceError(
            f"there is no Secret block {name!r} in Prefect: make one that holds the password"
        ) from error
    return str(cast(Any, block).get())
