"""Collecting a forum that really runs into a warehouse, and what its marts then say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.records import Page
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.source import Forum
from flows.sources.http import Clock, MemoryHosts
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.house import House


@dataclass
class ForumCollector:
    """Collects a forum; its clock can be ahead, so that what was read is looked at again."""

    house: House
    address: str
    pages: list[Page] = field(default_factory=list)

    def run(self, ahead: timedelta = timedelta(), **options: Any) -> RunReport:
        given = {
            "name": "talk", "site": "talk", "addresses": [self.address], "crawl_delay": 0, "look_again": 20,
            "allowed_private": ["127.0.0.0/8"],
        }  # fmt: skip
        self.pages = []
        source = Forum(ForumConfig(**given | options), MemoryHosts(), Clock(now=lambda: datetime.now(UTC) + ahead))
        return run_source(
            self.house.connection, source.config, source, on_page=lambda page, _: self.pages.append(page)
        )

    @property
    def troubles(self) -> list[str]:
        return [reject.detail for page in self.pages for reject in page.rejects] + [
            page.gap for page in self.pages if page.gap
        ]

    def messages(self, thread: str) -> list[tuple[Any, ...]]:
        """A thread as the marts have it: title, text, who, whether it was edited, and what it answers."""
        self.house.refresh(as_of=datetime.now(UTC))
        return self.house.query(
            "select title, body, display_name, edited_at is not null, parent_message_id from marts.fct_messages"
            " join marts.dim_accounts using (account_id) where thread_id = %s order by posted_at, message_id",
            f"talk:{thread}",
        )
