"""A real blog: written and commented there, collected, seen in the marts; edited and deleted there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from flows.records import Page
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.source import Feeds
from flows.sources.http import Clock, MemoryHosts
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.house import House
from tests.servers.wordpress import WordPress, wordpress

pytestmark = [pytest.mark.servers, pytest.mark.slow]
POST = (
    "wp_insert_post(['post_title' => $title, 'post_content' => $body, 'post_status' => 'publish',"
    " 'post_author' => 1])"
)
COMMENT = (
    "wp_insert_comment(['comment_post_ID' => $post, 'comment_author' => $who, 'comment_content' => $body,"
    " 'comment_parent' => $parent, 'comment_approved' => 1])"
)


@pytest.fixture(scope="module")
def blog() -> Iterator[WordPress]:
    with TemporaryDirectory(prefix="wp-", dir="/tmp") as folder, wordpress(Path(folder)) as running:
        yield running


def collect(house: House, blog: WordPress, ahead: timedelta = timedelta()) -> tuple[RunReport, list[Page]]:
    config = FeedsConfig(
        name="blog", urls=[f"{blog.url}/?feed=rss2"], site="blog", channel="blog", comments=True, full_text=True,
        crawl_delay=0, allowed_private=["127.0.0.0/8"],
    )  # fmt: skip
    pages: list[Page] = []
    clock = Clock(now=lambda: datetime.now(UTC) + ahead)
    source = Feeds(config, MemoryHosts(), clock)
    return run_source(house.connection, config, source, on_page=lambda page, _: pages.append(page)), pages


def messages(house: House) -> list[tuple[Any, ...]]:
    house.refresh(as_of=datetime.now(UTC))
    return house.query(
        "select title, body, display_name, parent_message_id is not null, parent_message_id = thread_id"
        " from marts.fct_messages join marts.dim_accounts using (account_id) order by posted_at, message_id"
    )


def test_a_post_and_its_comments_are_followed(blog: WordPress, warehouse: House) -> None:
    blog.do("update_option('rss_use_excerpt', 1)")
    post = blog.do(POST, title="Cards refused", body="Cards are refused since noon. " * 100)
    first = blog.do(COMMENT, post=post, who="Ben", body="Mine, too & since eleven", parent=0)
    blog.do(COMMENT, post=post, who="Ann", body="We look into it", parent=first)

    report, pages = collect(warehouse, blog)
    assert [reject.detail for page in pages for reject in page.rejects] == []
    seen = messages(warehouse)
    assert [(body, who, answers, directly) for _, body, who, answers, directly in seen[1:]] == [
        ("Mine, too & since eleven", "Ben", True, True),
        ("We look into it", "Ann", True, False),
    ]
    assert (seen[0][0], report.counts.new) == ("Cards refused", 3)
    assert seen[0][1].count("Cards are refused since noon.") == 100, "its feed has the beginning only"

    again, _ = collect(warehouse, blog)
    assert (again.counts.new, again.counts.changed, again.counts.rejected) == (0, 0, 0)

    blog.do("wp_update_comment(['comment_ID' => $id, 'comment_content' => 'Solved, thank you'])", id=first)
    blog.do("wp_delete_comment($id, true)", id=first + 1)
    blog.do("wp_update_post(['ID' => $id, 'post_content' => $body])", id=post, body="Cards work again. " * 100)
    blog.do(COMMENT, post=post, who="Cleo", body="Since when?", parent=0)
    edited, pages = collect(warehouse, blog, timedelta(hours=2))
    assert [reject.detail for page in pages for reject in page.rejects] == []
    bodies = [body for _, body, *_ in messages(warehouse)]
    assert bodies[0].count("Cards work again.") == 100
    assert bodies[1:] == ["Solved, thank you", "We look into it", "Since when?"]
    assert (edited.counts.new, edited.counts.changed) == (1, 2), "of a deletion a feed says nothing"
