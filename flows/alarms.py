"""Alarms: what somebody must look at, as events in Prefect, where automations can send them on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from prefect.events import emit_event

Kind: TypeAlias = Literal["gap", "layout-changed", "silent"]


def raise_alarms(kind: Kind, source: str, details: Iterable[str]) -> None:
    """Emit `vigie.source.<kind>` for a source, an event a detail."""
    for detail in details:
        emit_event(
            event=f"vigie.source.{kind}",
            resource={"prefect.resource.id": f"vigie.source.{source}", "prefect.resource.name": source},
            payload={"source": source, "detail": detail[:2000]},
        )
