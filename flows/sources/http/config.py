"""What every source that reads over HTTP is told besides its own: how it behaves and what a run may spend."""

from __future__ import annotations

from pydantic import Field

from flows.settings import settings
from flows.sources.base import SourceConfig
from flows.sources.http.limits import MEGABYTE, Budget, RequestPolicy


class PoliteConfig(SourceConfig):
    """A source that asks hosts, politely."""

    contact: str | None = Field(
        None,
        max_length=200,
        pattern=r"^[^\s()]+$",
        description="A page or mail address of whoever runs this, sent with every request. Empty: VIGIE_CONTACT.",
        examples=["https://example.org/contact"],
    )
    crawl_delay: float = Field(
        1.0, ge=0, le=60, description="Seconds between two requests to a host; a site may ask for more."
    )
    max_requests: int = Field(
        1000, ge=1, le=100_000, description="Requests a run; the next run goes on from there."
    )
    max_megabytes: int = Field(200, ge=1, le=10_000, description="Megabytes a run may fetch.")
    max_minutes: float = Field(30, gt=0, le=1440, description="Minutes a run may take.")
    allowed_private: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Hosts or networks of your own that may be read from, though they are private: those "
        "that VIGIE_ALLOWED_PRIVATE lists, too.",
        examples=[["intranet.example.org", "10.1.0.0/16"]],
    )

    def manners(self) -> RequestPolicy:
        """How hosts are treated."""
        return RequestPolicy(
            self.contact or settings().contact,
            self.crawl_delay,
            allowed_private=tuple(self.allowed_private),
            granted_private=settings().allowed_private,
        )

    def budget(self) -> Budget:
        """What a run may spend."""
        return Budget(self.max_requests, self.max_megabytes * MEGABYTE, self.max_minutes)
