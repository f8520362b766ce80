"""Telegram channels over loopback HTTP, through snscrape itself: posts, edits, deletions, pages that changed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from flows.sources.base import Period, Source
from flows.sources.http import Clock, Hosts
from flows.sources.telegram.config import TelegramConfig
from tests.helpers.runs import Collector
from tests.servers.answering import AnsweringServer, answering_server
from tests.servers.feed_server import Reply
from tests.servers.telegram_server import Post, TelegramServer, shown

pytest.importorskip("snscrape", reason="the extra snscrape is not installed")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIELD_LIMIT = 10_000_000


@dataclass
class Reader(Collector):
    """A source that reads one channel, and the previews that it asks for."""

    there: TelegramServer = None  # type: ignore[assignment]
    server: AnsweringServer = None  # type: ignore[assignment]

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def requests(self) -> list[str]:
        paths = self.server.paths()
        self.server.asked.clear()
        return paths


@pytest.fixture
def reader() -> Iterator[Reader]:
    from flows.sources.telegram.source import Telegram

    there = TelegramServer()
    with answering_server(there) as server:

        def opened(hosts: Hosts, clock: Clock, **options: Any) -> Source:
            given: dict[str, Any] = {
                "name": "channels", "channels": ["@ExampleBank"], "crawl_delay": 0, "base_url": server.url(""),
                "allowed_private": ["127.0.0.0/8"],
            } | options  # fmt: skip
            return Telegram(TelegramConfig(**given), hosts, clock)

        yield Reader(opened, NOW, there=there, server=server)


def posts(first: int, last: int, **values: Any) -> list[Post]:
    """A post an hour, the last an hour ago."""
    return [
        Post(number, NOW - timedelta(hours=last - number + 1), f"Post {number}", **values)
        for number in range(first, last + 1)
    ]


def test_a_post_is_read_as_it_is_written(reader: Reader) -> None:
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    link = ("https://example.org/news", "News")
    reader.there.add(
        "examplebank",
        Post(
            7, moment, "First<br/>line &amp; <a href='https://example.org/'>link</a>", 12_345, {"👍": 1200, "❤": 7}
        ),
        Post(8, moment, "An answer", reply_to=7, quote="First line", is_edited=True, link=link),
        Post(9, moment, None, forwarded_from="Elsewhere", author="Ann"),
    )
    ran = reader.run()
    assert (ran.ids, ran.rejects, ran.gaps) == (["examplebank/9", "examplebank/8", "examplebank/7"], [], [])
    first, reply, photo = (ran.mapped[f"examplebank/{number}"] for number in (7, 8, 9))
    assert first == {
        "account": "examplebank", "handle": "examplebank", "display_name": "The examplebank", "channel": "telegram",
        "is_public": True, "posted_at": "2026-11-21T09:30:00+00:00", "url": "https://t.me/examplebank/7",
        "body": "First\nline & link",
    }  # fmt: skip
    assert (reply["body"], reply["parent"], photo["body"]) == ("An answer", "examplebank/7", "")
    assert reader.counters["examplebank/7"] == {"views": 12_300, "reactions": 1207}
    said = reader.versions["examplebank/8"][0]
    assert said and said["post"]["is_edited"] and said["post"]["link_preview"]["title"] == "News"
    said = reader.versions["examplebank/9"][0]
    assert said and (said["post"]["forwarded_from"], said["post"]["author"]) == ("Elsewhere", "Ann")


def test_every_post_of_a_real_channel_is_read(reader: Reader, data: Path) -> None:
    file = data / "telegram" / "telegram_channel_data.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    before = csv.field_size_limit(FIELD_LIMIT)
    with file.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    csv.field_size_limit(before)
    for row in rows:
        reply = re.search(r"'reply_to_msg_id': (\d+)", row["reply_to"])
        counts = [int(count) for count in re.findall(r"'count': (\d+)", row["reactions"])]
        text = escape(row["message"]).replace("\n", "<br/>")
        reader.there.add("bank", Post(
            int(row["id"]), datetime.fromisoformat(row["date"]), text, int(row["views"]),
            {str(n): count for n, count in enumerate(counts)}, int(reply.group(1)) if reply else None, "quoted",
            is_edited=bool(row["edit_date"]),
        ))  # fmt: skip
    reader.now = max(datetime.fromisoformat(row["date"]) for row in rows) + timedelta(hours=1)
    ran = reader.run(channels=["bank"], history_days=7300)
    assert (len(rows), len(ran.ids), ran.rejects, ran.gaps) == (238, 238, [], [])
    assert len(reader.requests()) == 12, "20 posts a page"
    for row in rows:
        mapped = ran.mapped[f"bank/{row['id']}"]
        assert mapped["body"].split() == row["message"].split()
        assert mapped["posted_at"] == datetime.fromisoformat(row["date"]).isoformat()
        views = reader.counters[f"bank/{row['id']}"]["views"]
        assert abs(views - int(row["views"])) <= int(row["views"]) * 0.005
        reactions = sum(int(count) for count in re.findall(r"'count': (\d+)", row["reactions"]))
        assert abs(reader.counters[f"bank/{row['id']}"].get("reactions", 0) - reactions) <= reactions * 0.005
    assert sum("parent" in mapped for mapped in ran.mapped.values()) == sum(bool(row["reply_to"]) for row in rows)


def test_an_unchanged_poll_costs_one_request_a_channel(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 15))
    reader.run()
    first = reader.requests()
    ran = reader.run()
    assert (first, reader.requests(), len(ran.records)) == (["/s/examplebank"], ["/s/examplebank"], 15)
    assert all(len(versions) == 1 for versions in reader.versions.values())


def test_snscrape_asks_in_our_name_and_obeys_robots(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 3))
    reader.run(contact="https://example.org/contact")
    agents = {one.headers["user-agent"] for one in reader.server.asked}
    assert len(agents) == 1 and "Vigie/" in agents.pop()
    reader.server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /s/", content_type="text/plain")
    reader.later(days=2)
    ran = reader.run()
    assert (ran.reasons, "none of the 1 channels" in ran.error) == (["refused by robots.txt"], True)


def test_runs_that_overlap_double_nothing_and_miss_nothing(reader: Reader) -> None:
    for last in range(10, 200, 17):
        reader.there.add("examplebank", *(Post(n, NOW + timedelta(minutes=n), f"{n}") for n in range(1, last)))
        reader.now = NOW + timedelta(minutes=last)
        reader.run(refresh_days=0)
    assert len(reader.versions) == 196
    assert all(len(versions) == 1 for versions in reader.versions.values())


def test_young_posts_are_read_again_and_edits_are_versions(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 60))
    reader.run()
    reader.there.change("examplebank", 20, html="Corrected", views=99, is_edited=True)
    reader.run(refresh_days=1)
    assert len(reader.versions["examplebank/20"]) == 1, "40 hours old"
    reader.run()
    bodies = [version and version["mapped"]["body"] for version in reader.versions["examplebank/20"]]
    assert (bodies, reader.counters["examplebank/20"]["views"]) == (["Post 20", "Corrected"], 99)


def test_posts_that_are_gone_become_tombstones_once(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 60))
    reader.run()
    for number in (60, 59, 41, 40, 33):  # the newest, and around a page's edge
        del reader.there.channels["examplebank"][number]
    assert reader.run().dead == []
    reader.later(hours=5)
    assert reader.run().dead == []
    reader.later(hours=1)
    ran = reader.run()
    assert sorted(ran.dead) == [f"examplebank/{number}" for number in (33, 40, 41, 59, 60)]
    reader.later(hours=12)
    assert reader.run().dead == []


def test_a_page_that_lacks_most_of_its_posts_deletes_none(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 19))
    reader.run()
    whole = dict(reader.there.channels["examplebank"])
    reader.there.channels["examplebank"] = {number: whole[number] for number in (1, 2, 19)}
    for _ in range(4):
        reader.later(hours=6)
        ran = reader.run()
        assert (ran.dead, ["missing at once" in gap for gap in ran.gaps]) == ([], [True])
    reader.there.channels["examplebank"] = whole
    reader.later(days=3)  # none of them is young any more, and all are awaited
    ran = reader.run()
    assert (ran.dead, ran.gaps, reader.state["absent"]) == ([], [], {"since": {}})
    reader.later(hours=6)
    reader.run()
    assert reader.state["channel:examplebank"] == {"posts": {}}


def test_a_preview_that_is_not_found_deletes_nothing(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 19))
    reader.run()
    for _ in range(3):
        reader.later(hours=6)
        reader.server.faults = [Reply(status=404)] * 9
        assert reader.run().dead == []
    reader.server.faults = []
    assert (reader.run().dead, reader.run().gaps) == ([], [])


def test_the_first_run_reads_back_as_far_as_it_is_told(reader: Reader) -> None:
    reader.there.add("examplebank", *(Post(n, NOW - timedelta(days=300 - n), "x") for n in range(1, 300)))
    ran = reader.run(history_days=50, refresh_days=0)
    assert (len(ran.ids), len(reader.requests())) == (60, 3)


def test_a_run_that_ends_early_says_so_and_the_next_goes_on(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 100))
    ran = reader.run(max_pages=2)
    assert ran.gaps == ["examplebank: 2 pages are read, posts before 61 are left"]
    reader.there.add("examplebank", Post(101, NOW, "new"))
    used_up = reader.run(max_requests=2)
    assert used_up.gaps == ["the run's 2 requests are used up: the next run goes on from here"]
    reader.run()
    assert len(reader.versions) == 101


@pytest.mark.parametrize("most", [1, 2, 4])
def test_a_killed_run_goes_on_where_it_ended(reader: Reader, most: int) -> None:
    reader.there.add("examplebank", *posts(1, 100))
    reader.run(most=most)
    reader.there.add("examplebank", Post(101, NOW, "new"))
    reader.run()
    assert len(reader.versions) == 101


@pytest.mark.parametrize("is_private", [True, False])
def test_a_first_page_without_posts_is_an_error_that_says_what_to_do(reader: Reader, is_private: bool) -> None:
    reader.there.private = {"secretbank"} if is_private else set()
    reader.there.add("examplebank", *posts(1, 3))
    ran = reader.run(channels=["secretbank", "examplebank"])
    assert (ran.reasons, len(ran.records), ran.error) == (["no posts"], 3, "")
    assert "look at https://t.me/s/secretbank in a browser" in ran.rejects[0].detail
    assert b"<html>" in ran.rejects[0].content
    assert "could be read" in reader.run(channels=["secretbank"]).error


def test_a_page_in_another_layout_is_kept_and_told_and_deletes_nothing(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 5))
    reader.run()
    reader.there.damage = lambda html: html.replace("tgme_widget_message_footer", "footer")
    ran = reader.run()
    assert (ran.reasons, ran.dead) == (["layout changed"], [])
    assert b'class="footer"' in ran.rejects[0].content
    assert "AttributeError" in ran.error
    reader.there.damage = None
    assert reader.run().error == ""


def test_one_post_in_another_layout_hides_no_other(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 45))
    reader.there.damage = lambda html: re.sub(
        r'(data-post="Examplebank/30".*?)<time [^>]*>', r"\1<time>", html, count=1
    )
    ran = reader.run()
    assert (ran.reasons, len(ran.records)) == (["layout changed"], 44)
    assert ran.rejects[0].locator == "https://t.me/examplebank/30"
    again = reader.run()
    assert (again.dead, again.reasons) == ([], ["layout changed"])


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(reader: Reader) -> None:
    reader.there.add("examplebank", *posts(1, 3))
    reader.server.faults = [Reply(status=429, headers={"Retry-After": "13"})]
    assert (len(reader.run().records), reader.waited >= 13) == (3, True)


def test_a_period_is_found_by_halving_and_filled_back(reader: Reader) -> None:
    numbers = range(1000, 90_000, 37)
    reader.there.add("examplebank", *(Post(n, NOW - timedelta(hours=90_000 - n), "x") for n in numbers))
    reader.run(history_days=1)
    live = reader.cursor
    reader.requests()
    period = Period(NOW - timedelta(hours=50_000), NOW - timedelta(hours=47_000))
    first = reader.back_fill(period, most=2)
    assert len(reader.requests()) <= 16
    rest = reader.back_fill(period, cursor=first.pages[-1].next_cursor)
    assert {*first.ids, *rest.ids} == {f"examplebank/{n}" for n in numbers if 40_000 <= n < 43_000}
    assert reader.cursor == live
    assert reader.back_fill(period, cursor=rest.pages[-1].next_cursor).pages == []


def test_counts_are_shown_as_telegram_does() -> None:
    assert [shown(n) for n in (987, 1234, 12_345, 211_354, 1_234_567)] == ["987", "1.23K", "12.3K", "211K", "1.23M"]
