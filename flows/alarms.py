"""Events in Prefect, where automations take them up: what somebody must look at, and that a source was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from prefect.events import emit_event

from flows.warehouse.bursts import Burst

Kind: TypeAlias = Literal["gap", "layout-changed", "silent"]


def tell_collected(source: str) -> None:
    """Emit `vigie.collected`, which `refresh` waits for; who is sent all of `vigie.source` is spared it.

    Not for the run's own `Completed`: that follows the run's first event. Prefect's server makes none for a run by
    schedule, and holds back what follows for a quarter of an hour.
    """
    resource = {"prefect.resource.id": f"vigie.collected.{source}", "prefect.resource.name": source}
    emit_event(event="vigie.collected", resource=resource, payload={"source": source})


def raise_alarms(kind: Kind, source: str, details: Iterable[str]) -> None:
    """Emit `vigie.source.<kind>` for a source, an event a detail."""
    for detail in details:
        emit_event(
            event=f"vigie.source.{kind}",
            resource={"prefect.resource.id": f"vigie.source.{source}", "prefect.resource.name": source},
            payload={"source": source, "detail": detail[:2000]},
        )


def tell_bursts(bursts: Iterable[Burst]) -> None:
    """Emit `vigie.burst` for each burst; the resource is its series."""
    for burst in bursts:
        resource = f"vigie.burst.{burst.kind}.{burst.value}"
        emit_event(
            event="vigie.burst",
            resource={"prefect.resource.id": resource, "prefect.resource.name": burst.value},
            payload={
                "burst": burst.burst_id,
                "detail": burst.told,
                "messages": burst.messages,
                "expected": float(burst.expected),
                "authors": burst.authors,
                "score": float(burst.score),
                "negative_share": None if burst.negative_share is None else float(burst.negative_share),
                "onset": burst.onset_at.isoformat(),
            },
        )
