"""Feeds of comments that articles name, and feeds that are Reddit's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from flows.sources.feeds.config import FeedsConfig
from tests.helpers.feeds import Reader, rss
from tests.servers.feed_server import Reply

ARTICLE = "https://paper.example/?p=7"


def article(reader: Reader, count: int = 2, date: str = "Sat, 21 Nov 2026 10:00:00 +0100") -> Reply:
    """A feed with one article, as WordPress writes it."""
    entry = (
        f"<guid isPermaLink='false'>{ARTICLE}</guid><title>Refused</title><pubDate>{date}</pubDate>"
        f"<wfw:commentRss xmlns:wfw='http://wellformedweb.org/CommentAPI/'>{reader.server.url('/7/feed/')}"
        f"</wfw:commentRss><slash:comments>{count}</slash:comments>"
    )
    return Reply(rss(entry).body, etag=f'"{count}"')


def comment(number: int, text: str, answers: int | None = None) -> str:
    """A comment as WordPress writes it in an article's own feed."""
    link = f"<a href='https://paper.example/refused/#comment-{answers}'>Ben</a>" if answers else ""
    said = f"<p>En réponse à {link}.</p>\n<p>{text}</p>" if answers else f"<p>{text}</p>"
    return (
        f"<guid isPermaLink='false'>{ARTICLE}#comment-{number}</guid><title>Par : Anne</title>"
        f"<dc:creator>Anne Essai</dc:creator><pubDate>Sat, 21 Nov 2026 09:30:{number:02} +0000</pubDate>"
        f"<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[{said}]]></content:encoded>"
    )


def test_comments_stand_in_their_article_s_thread_and_answer_it_or_each_other(reader: Reader) -> None:
    reader.server.routes |= {
        "/feed.xml": article(reader),
        "/7/feed/": rss(
            comment(3, "Merci !", answers=1), comment(2, "<a href='/x#comment-1'>Me</a> too"), comment(1, "Why?")
        ),
    }  # fmt: skip
    ran = reader.run(comments=True)
    said = {key: (m["thread"], m.get("parent"), m["account"]) for key, m in ran.mapped.items()}
    assert said == {
        ARTICLE: (ARTICLE, None, reader.server.url()),
        f"{ARTICLE}#comment-1": (ARTICLE, ARTICLE, "Anne Essai"),
        f"{ARTICLE}#comment-2": (ARTICLE, ARTICLE, "Anne Essai"),
        f"{ARTICLE}#comment-3": (ARTICLE, f"{ARTICLE}#comment-1", "Anne Essai"),
    }
    assert {record.site for record in ran.records} == {reader.server.site}
    assert (ran.mapped[f"{ARTICLE}#comment-3"]["body"], ran.mapped[f"{ARTICLE}#comment-2"]["body"]) == (
        "Merci !",
        "Me too",
    )


def test_atom_says_where_replies_are_and_what_they_answer(reader: Reader) -> None:
    feed = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:a</id><title>A</title>"
        "<updated>2026-11-21T10:00:00Z</updated>"
        "<link rel='replies' type='text/html' href='/a#comments'/>"
        "<link rel='replies' type='application/atom+xml' href='/a/comments.xml'/></entry></feed>"
    )
    replies = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'>"
        "<entry><id>urn:c1</id><title>x</title><updated>2026-11-21T11:00:00Z</updated></entry>"
        "<entry><id>urn:c2</id><title>y</title><updated>2026-11-21T11:30:00Z</updated>"
        "<thr:in-reply-to ref='urn:c1'/></entry></feed>"
    )
    reader.server.routes |= {"/feed.xml": Reply(feed.encode()), "/a/comments.xml": Reply(replies.encode())}
    mapped = reader.run(comments=True).mapped
    assert [(m["thread"], m.get("parent")) for m in mapped.values()] == [
        ("urn:a", None), ("urn:a", "urn:a"), ("urn:a", "urn:c1"),
    ]  # fmt: skip


def test_without_the_option_no_comments_are_asked(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": article(reader), "/7/feed/": rss(comment(1, "Why?"))}
    assert list(reader.run().mapped) == [ARTICLE]


def test_comments_are_read_again_when_there_are_more_and_as_the_article_ages(reader: Reader) -> None:
    reader.server.routes |= {
        "/feed.xml": article(reader, 1), "/7/feed/": Reply(rss(comment(1, "Why?")).body, etag='"c1"'),
    }  # fmt: skip
    reader.run(comments=True)
    reader.server.asked.clear()
    reader.run(comments=True)
    assert reader.server.paths() == ["/feed.xml"], "an unchanged poll"
    reader.server.routes |= {
        "/feed.xml": article(reader, 2),
        "/7/feed/": rss(comment(2, "So?"), comment(1, "Why?")),
    }
    assert set(reader.run(comments=True).mapped) == {ARTICLE, f"{ARTICLE}#comment-1", f"{ARTICLE}#comment-2"}
    reader.server.routes["/7/feed/"] = rss(comment(2, "So, edited"), comment(1, "Why?"))
    reader.now += timedelta(hours=2)
    reader.run(comments=True)
    edited = [version and version["mapped"]["body"] for version in reader.versions[f"{ARTICLE}#comment-2"]]
    assert edited == ["So?", "So, edited"]
    reader.now += timedelta(days=15)
    reader.server.asked.clear()
    reader.run(comments=True)
    assert reader.server.paths() == ["/feed.xml"], "an old article's comments are no longer read"
    assert reader.state[f"feed:{reader.server.url('/7/feed/')}"] == {"seen": {}}


def test_comments_that_fail_cost_nothing_else_and_are_tried_again_later(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": article(reader), "/7/feed/": Reply(status=500)}
    ran = reader.run(comments=True)
    assert (list(ran.mapped), ran.reasons, ran.error) == ([ARTICLE], ["error status"], "")
    reader.server.asked.clear()
    assert reader.run(comments=True).reasons == []
    reader.server.routes["/7/feed/"] = rss(comment(1, "Why?"))
    reader.now += timedelta(hours=2)
    assert list(reader.run(comments=True).mapped) == [f"{ARTICLE}#comment-1"]


def test_a_used_up_budget_leaves_comments_to_the_next_run(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": article(reader), "/7/feed/": rss(comment(1, "Why?"))}
    ran = reader.run(comments=True, max_requests=2)
    assert ran.gaps == ["the run's 2 requests are used up: comments of articles are left for the next run"]
    assert list(reader.run(comments=True).mapped) == [f"{ARTICLE}#comment-1"]


def test_a_site_s_feed_of_all_comments_and_an_article_s_own_do_not_overwrite_each_other(reader: Reader) -> None:
    other = comment(1, "Why?").replace("Par : Anne", "Commentaires sur Refused, par Anne")
    reader.server.routes |= {
        "/feed.xml": article(reader),
        "/comments": rss(other),
        "/7/feed/": rss(comment(1, "Why?")),
    }
    for _ in range(3):
        reader.run("/feed.xml", "/comments", comments=True)
        reader.now += timedelta(hours=5)
    assert len(reader.versions[f"{ARTICLE}#comment-1"]) == 1


@pytest.mark.parametrize(
    "url", ["https://www.reddit.com/r/x/.rss", "https://old.Reddit.com./r/x.rss", "http://reddit.com/.rss",
            "https://redd.it/abc.rss"],
)  # fmt: skip
def test_a_feed_of_reddit_is_refused_with_what_to_take(url: str) -> None:
    with pytest.raises(ValidationError, match="take type: reddit"):
        FeedsConfig(name="side-door", urls=[url])
    assert FeedsConfig(name="x", urls=["https://notreddit.com/feed", "https://example.org/reddit.com"])


def test_a_feed_that_leads_to_reddit_is_refused(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.sources.feeds.config.REDDIT", ("localhost",))
    reader.server.routes |= {
        "/feed.xml": Reply(status=301, headers={"Location": reader.server.url("/r/x.rss", "localhost")}),
        "/r/x.rss": article(reader),
    }  # fmt: skip
    ran = reader.run(allowed_private=["127.0.0.0/8", "localhost", "::1"])
    assert (ran.records, ran.reasons) == ([], ["address refused"])
    assert "take type: reddit" in ran.rejects[0].detail
