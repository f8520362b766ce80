"""The whole text of articles: from their pages, kept with the entry, and never at its cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.helpers.feeds import Reader, item, rss
from tests.servers.feed_server import Reply

SENTENCE = "The bank has told its customers that cards are refused since noon, and asks them to wait."
TEXT = [f"{number}. {SENTENCE}" for number in range(8)]


def page(paragraphs: list[str] = TEXT, *, etag: str | None = None, **more: object) -> Reply:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = (
        "<html><head><title>Title 1</title></head><body><nav><a href='/'>Home</a> <a href='/x'>Subscribe</a></nav>"
        f"<article><h1>Title 1</h1>{body}</article><footer>Imprint, all rights reserved</footer></body></html>"
    )
    return Reply(html.encode(), content_type="text/html; charset=utf-8", etag=etag, **more)  # type: ignore[arg-type]


def entry(reader: Reader, number: int = 1, text: str = "The bank has told…") -> str:
    link = f"<link>{reader.server.url(f'/{number}.html')}</link>"
    return item(number, f"{link}<description>{text}</description>")


def bodies(reader: Reader, number: int = 1) -> list[str]:
    return [version["mapped"]["body"] for version in reader.versions[f"urn:{number}"] if version]


def test_an_article_has_the_text_of_its_page_where_that_is_longer(reader: Reader) -> None:
    long = " ".join(TEXT * 2)
    reader.server.routes |= {
        "/feed.xml": rss(entry(reader, 1), entry(reader, 2, long)), "/1.html": page(), "/2.html": page(),
    }  # fmt: skip
    ran = reader.run(full_text=True)
    assert ran.mapped["urn:1"]["body"].split("\n") == TEXT
    assert ran.mapped["urn:2"]["body"] == long
    said = reader.versions["urn:1"][0]
    assert said and said["entry"]["summary"] == "The bank has told…"
    assert said["article"] == {"url": reader.server.url("/1.html"), "text": "\n".join(TEXT)}


def test_without_the_option_no_page_is_asked(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page()}
    assert reader.run().mapped["urn:1"]["body"] == "The bank has told…"
    assert reader.server.paths() == ["/feed.xml"]


def test_a_page_is_asked_once_and_its_text_stays_whatever_the_feed_repeats(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page()}
    reader.run(full_text=True)
    reader.server.asked.clear()
    reader.server.routes["/feed.xml"] = rss(entry(reader, 2), entry(reader) + "<slash:comments>4</slash:comments>")
    reader.server.routes["/2.html"] = page()
    reader.run(full_text=True)
    assert reader.server.paths() == ["/feed.xml", "/2.html"]
    assert (len(reader.versions["urn:1"]), reader.counters["urn:1"]) == (1, {"replies": 4})


def test_an_edited_entry_asks_its_page_whether_it_changed(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page(etag='"1"')}
    reader.run(full_text=True)
    reader.server.routes["/feed.xml"] = rss(entry(reader, text="The bank now says…"))
    reader.run(full_text=True)
    assert reader.server.asked[-1].headers["if-none-match"] == '"1"'
    assert bodies(reader) == ["\n".join(TEXT)] * 2
    reader.server.routes |= {
        "/feed.xml": rss(entry(reader, text="The bank has said…")), "/1.html": page([*TEXT, SENTENCE], etag='"2"'),
    }  # fmt: skip
    reader.run(full_text=True)
    assert bodies(reader)[2].split("\n") == [*TEXT, SENTENCE]


def test_a_page_that_fails_costs_no_entry_and_its_text_comes_as_a_new_version(reader: Reader) -> None:
    feed = Reply(rss(entry(reader)).body, etag='"f"')
    reader.server.routes |= {"/feed.xml": feed, "/1.html": Reply(status=500)}
    ran = reader.run(full_text=True)
    assert (bodies(reader), ran.reasons, ran.error) == (["The bank has told…"], ["error status"], "")
    assert ran.rejects[0].locator == reader.server.url("/1.html")
    reader.server.asked.clear()
    reader.now += timedelta(minutes=20)
    assert reader.run(full_text=True).reasons == []
    assert reader.server.paths() == ["/feed.xml"], "not so soon"
    reader.server.routes["/1.html"] = page()
    reader.now += timedelta(hours=1)
    reader.run(full_text=True)
    assert bodies(reader) == ["The bank has told…", "\n".join(TEXT)]
    reader.run(full_text=True)
    reader.server.asked.clear()
    reader.run(full_text=True)
    assert reader.server.asked[-1].headers.get("if-none-match") == '"f"', "nothing is left to be fetched"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "error status"),
        (Reply(status=403), "error status"),
        (Reply(b"%PDF-1.7", content_type="application/pdf"), "no article text"),
        (Reply(b"<html><body></body></html>", content_type="text/html"), "no article text"),
    ],
)
def test_a_page_without_a_text_is_told_and_not_asked_again(reader: Reader, reply: Reply, reason: str) -> None:
    reader.server.routes |= {"/feed.xml": Reply(rss(entry(reader)).body, etag='"f"'), "/1.html": reply}
    ran = reader.run(full_text=True)
    assert (ran.reasons, bodies(reader)) == ([reason], ["The bank has told…"])
    reader.server.asked.clear()
    reader.now += timedelta(days=9)
    assert reader.run(full_text=True).reasons == []
    assert reader.server.paths() == ["/feed.xml"]


def test_a_page_that_keeps_failing_is_given_up(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": Reply(rss(entry(reader)).body, etag='"f"'), "/1.html": Reply(status=500)}
    tries = 0
    for _ in range(10):
        tries += len(reader.run(full_text=True).rejects)
        reader.now += timedelta(days=2)
    assert tries == 5


def test_robots_are_obeyed_for_pages_too(reader: Reader) -> None:
    reader.server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /1", content_type="text/plain")
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page()}
    ran = reader.run(full_text=True)
    assert (ran.reasons, reader.server.paths()) == (["refused by robots.txt"], ["/feed.xml"])


def test_a_used_up_budget_costs_no_entry_and_the_texts_come_later(reader: Reader) -> None:
    entries = [entry(reader, number) for number in range(5)]
    reader.server.routes |= {f"/{number}.html": page() for number in range(5)}
    reader.server.routes["/feed.xml"] = Reply(rss(*entries).body, etag='"f"')
    ran = reader.run(full_text=True, max_requests=4)
    assert ran.gaps == ["the run's 4 requests are used up: texts of articles are left for the next run"]
    assert len(reader.versions) == 5
    assert sum(len(bodies(reader, number)[-1]) > 100 for number in range(5)) == 2
    reader.run(full_text=True)
    assert all(bodies(reader, number)[-1].split("\n")[-8:] == TEXT for number in range(5))


def test_a_killed_run_keeps_the_texts_that_it_committed(reader: Reader) -> None:
    reader.server.routes |= {f"/{number}.html": page() for number in range(45)}
    reader.server.routes["/feed.xml"] = rss(*(entry(reader, number) for number in range(45)))
    reader.run(full_text=True, most=1)
    assert len(reader.versions) == 20
    reader.server.asked.clear()
    reader.run(full_text=True)
    assert len(reader.versions) == 45
    assert len(reader.server.paths()) == 26
    assert all(len(versions) == 1 for versions in reader.versions.values())


def test_the_text_of_an_entry_that_left_its_feed_is_forgotten_in_the_state(reader: Reader) -> None:
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page(), "/2.html": page()}
    reader.run(full_text=True)
    reader.server.routes["/feed.xml"] = rss(entry(reader, 2))
    reader.run(full_text=True)
    kept = {key: value for key, value in reader.state.items() if key.startswith("article:")}
    assert sorted(bool(value) for value in kept.values()) == [False, True]


def test_a_hostile_page_is_a_reject(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(trafilatura, "extract", broken)
    reader.server.routes |= {"/feed.xml": rss(entry(reader)), "/1.html": page()}
    ran = reader.run(full_text=True)
    assert (ran.reasons, "RecursionError: too deep" in ran.rejects[0].detail) == (["no article text"], True)
    assert bodies(reader) == ["The bank has told…"]
