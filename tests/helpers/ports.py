"""Ports of a test's own: no test listens on a port that is written down, so that it runs beside anything."""

from __future__ import annotations

import socket

from flows.settings import Settings


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_settings() -> dict[str, int]:
    """Every setting that names a port, by its variable, with its default."""
    fields = Settings.model_fields.items()
    return {f"VIGIE_{name.upper()}": int(field.default) for name, field in fields if name.endswith("_port")}


def own_ports() -> dict[str, str]:
    """Environment in which no setting names a port that somebody listens on."""
    return {variable: str(free_port()) for variable in port_settings()}
