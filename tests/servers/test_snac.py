"""A company on a real server of the Fediverse: written there, collected, seen in the marts; edited, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.records import Page
from flows.sources.http import Clock, MemoryHosts
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.source import Mastodon
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.house import House
from tests.servers.snac import Snac, snac
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    with snac(tmp_path_factory.mktemp("snac"), "alice", "fabel") as running:
        yield running


class Collector:
    """Collects from the server into the warehouse; its clock can be ahead, so that watched statuses fall due."""

    def __init__(self, house: House, server: Snac, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SNAC_TOKEN", server.tokens["fabel"])
        self.house = house
        self.server = server
        self.ahead = timedelta()
        self.gaps: list[str] = []

    def collect(self, name: str = "fediverse", **options: Any) -> RunReport:
        given = {"accounts": ["fabel"], "hashtags": ["fabel"], "token": "SNAC_TOKEN"} | options
        config = MastodonConfig(
            name=name, instance=self.server.url, crawl_delay=0, allowed_private=["127.0.0.0/8"], **given
        )
        clock = Clock(now=lambda: datetime.now(UTC) + self.ahead)
        source = Mastodon(config, MemoryHosts(), clock)
        return run_source(self.house.connection, config, source, on_page=self._note)

    def messages(self) -> list[tuple[Any, ...]]:
        self.house.refresh(as_of=datetime.now(UTC) + self.ahead)
        return self.house.query(
            "select account_id, title, body, edited_at is not null, parent_message_id is not null"
            " from marts.fct_messages where source = 'fediverse' and channel = 'mastodon'"
            " order by parent_message_id is not null, body"
        )

    def _note(self, page: Page, _: Any) -> None:
        self.gaps += [page.gap] if page.gap else []


@pytest.fixture
def collector(instance: Snac, warehouse: House, monkeypatch: pytest.MonkeyPatch) -> Collector:
    return Collector(warehouse, instance, monkeypatch)


def test_a_talk_is_collected_and_its_edits_and_deletions_are_seen(instance: Snac, collector: Collector) -> None:
    host = f"127.0.0.1:{instance.port}"
    # Names of accounts look like addresses, so their ids are hashed.
    fabel, alice = (
        collector.house.value("select identity.opaque_id(%s, %s)", instance.site, instance.account(user))
        for user in ("fabel", "alice")
    )
    asked = instance.post("alice", "@fabel my line is down & nobody answers #fabel", spoiler_text="A rant")
    wait_until(lambda: bool(instance.call("GET", "timelines/tag/fabel", "fabel")), "the question is tagged")
    said = instance.post("fabel", "@alice sorry, we look into it", in_reply_to_id=asked["id"])
    thanked = instance.post("alice", "thank you", in_reply_to_id=said["id"])

    def is_seen(one: dict[str, Any], answer: dict[str, Any]) -> bool:
        found = instance.call("GET", f"statuses/{one['id']}/context", "fabel")["descendants"]
        return answer["uri"] in [reply["uri"] for reply in found]

    wait_until(lambda: is_seen(asked, said) and is_seen(said, thanked), "all are delivered")

    first = collector.collect()
    question = (alice, "A rant", f"@fabel@{host} my line is down & nobody answers #fabel", False, False)
    answer = (fabel, None, f"@alice@{host} sorry, we look into it", False, True)
    thanks = (alice, None, "thank you", False, True)
    assert collector.messages() == [question, answer, thanks]
    assert (first.counts.new, first.counts.changed, first.counts.rejected, collector.gaps) == (3, 0, 0, [])

    again = collector.collect()
    assert (again.counts.new, again.counts.changed) == (0, 0)

    instance.edit("alice", asked["id"], "my line is still down #fabel")
    instance.call("POST", f"statuses/{asked['id']}/favourite", "fabel")
    boosted = instance.call("POST", f"statuses/{asked['id']}/reblog", "fabel")
    instance.delete("alice", thanked["uri"])
    wait_until(lambda: not instance.is_there("fabel", thanked["id"]), "it is deleted")
    assert boosted["id"] != asked["id"], "the server changes ids with an edit and a boost"
    collector.ahead = timedelta(minutes=30)
    third = collector.collect()

    edited = (alice, "A rant", "my line is still down #fabel", True, False)
    assert collector.messages() == [edited, answer, thanks], "missed once"
    assert (third.counts.new, third.counts.changed) == (0, 1)
    collector.ahead = timedelta(hours=7)
    collector.collect()
    assert collector.messages() == [edited, answer]
    assert collector.house.query("select record_id from raw.tombstones") == [(thanked["id"][10:],)]


def test_without_a_token_lists_are_read_and_the_gap_is_said(instance: Snac, collector: Collector) -> None:
    asked = instance.post("alice", "no line since noon #outage")
    instance.post("fabel", "@alice which town?", in_reply_to_id=asked["id"])
    wait_until(
        lambda: instance.call("GET", f"statuses/{asked['id']}", "alice")["replies_count"] == 1, "it is answered"
    )
    wait_until(lambda: bool(instance.call("GET", "timelines/tag/outage", "fabel")), "it is tagged")
    collector.collect(token=None, accounts=[], hashtags=["outage"])

    assert [body for _, _, body, _, _ in collector.messages()] == ["no line since noon #outage"]
    assert ["token" in gap for gap in collector.gaps] == [True]
