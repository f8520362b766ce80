"""Secrets by name: a configuration never holds one, it says which is meant.

A configuration comes from whoever is signed in to Prefect's UI. So it reaches those variables of the environment
only that whoever runs Vigie lists in VIGIE_SECRETS, each with the hosts that it may be sent to.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Annotated, Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import StringConstraints

from flows.errors import SettingError
from flows.settings import settings

PLACE = r"^([A-Z_][A-Z0-9_]*|[a-z0-9][a-z0-9-]*)$"
SecretName: TypeAlias = Annotated[str, StringConstraints(pattern=PLACE, max_length=100)]
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
# What Vigie, Prefect, dbt and Postgres's own library are told: never a source's, even if listed.
OURS = ("VIGIE_", "PREFECT_", "DBT_", "PG")
PORTS = {"https": 443, "http": 80, "imaps": 993}


def read_secret(name: str, *addresses: str) -> str:
    """Return a secret: NAME_LIKE_THIS is an environment variable, name-like-this a Prefect Secret block.

    `addresses` (https://host:port) are all those that it is sent to. Raises SettingError when there is none of that
    name, or when VIGIE_SECRETS does not say that it may be sent there. Blocks are not bound to a host: whoever can
    name one can read it through Prefect's API.
    """
    for address in map(urlsplit, addresses):
        if address.scheme == "http" and not _is_loopback(address.hostname or ""):
            raise SettingError(f"{name} would go to {address.netloc} for all to read: use https://")
    if VARIABLE.fullmatch(name):
        return _of_environment(name, addresses)
    from prefect.blocks.system import Secret

    try:
        # Its stub says coroutine; with _sync it is the block.
        block: Any = Secret.load(name, _sync=True)  # type: ignore[call-arg]
    except ValueError as error:
        raise SettingError(f"there is no Prefect Secret block {name}: make one in the Prefect UI") from error
    return str(block.get()).strip()


def _of_environment(name: str, addresses: tuple[str, ...]) -> str:
    if name.startswith(OURS):
        raise SettingError(f"{name} is no secret of a source: keep it in a variable that does not begin so")
    listed = [place for one, _, place in (entry.partition("@") for entry in settings().secrets) if one == name]
    for address in map(urlsplit, addresses):
        if not any(_covers(place, address) for place in listed):
            raise SettingError(
                f"{name} may not be sent to {address.netloc}: if it is meant to, whoever runs Vigie adds "
                f"{name}@{address.hostname} to VIGIE_SECRETS"
            )
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingError(f"the environment variable {name} is not set: set it to the secret that is meant")
    return value


def _covers(place: str, address: SplitResult) -> bool:
    """Say whether a listed place, `host`, `host:port` or `*.domain`, is where an address leads."""
    try:
        listed = urlsplit(f"//{place}")
        port, wanted = listed.port, address.port or PORTS.get(address.scheme)
    except ValueError:  # no port, or no address
        return False
    host, asked = (one.rstrip(".") for one in (listed.hostname or "", address.hostname or ""))
    is_host = asked.endswith(host[1:]) if host.startswith("*.") else asked == host
    return bool(host) and is_host and port in {None, wanted}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
