"""The ways into a page, in their order, and why none is taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.forumreader import ForumPage, read_page
from flows.forumreader.posts import is_layout_change

PAGES = Path(__file__).parent / "pages"
READ_AT = datetime(2024, 6, 1, tzinfo=UTC)
STRUCTURED = """<script type="application/ld+json">{"@context": "https://schema.org",
"@type": "DiscussionForumPosting", "@id": "https://f.example.org/d/1#p1", "headline": "Late",
"datePublished": "2024-05-01T10:00:00+02:00", "text": "The bus was an hour late again.",
"author": {"@type": "Person", "name": "Ann"}, "comment": [{"@type": "Comment",
"@id": "https://f.example.org/d/1#p2", "datePublished": "2024-05-01T11:00:00+02:00",
"text": "We are sorry to read that.", "author": {"@type": "Person", "name": "Bus Co"}}]}</script>"""


def page(html: str, url: str = "https://f.example.org/viewtopic.php?t=1") -> ForumPage:
    return ForumPage(html.encode(), url, READ_AT)


def test_a_known_engine_is_read_by_its_profile() -> None:
    content = (PAGES / "xenforo2/thread-22-fr.html").read_bytes()
    found = read_page(ForumPage(content, "https://forum.example.org/threads/colis-perdu.3401/page-2", READ_AT))
    assert (found.way, found.engine, found.refusal) == ("profile", "xenforo2", None)
    assert found.posts[0].quotes


def test_schema_org_markup_alone_is_not_read_as_posts() -> None:
    markup = page(f'<body id="phpbb" class="section-viewtopic">{STRUCTURED}<app-thread></app-thread></body>')
    found = read_page(markup)
    assert (found.posts, found.engine, is_layout_change(found)) == ([], "phpbb3", True)
    unknown = read_page(page(f"<html><body>{STRUCTURED}</body></html>", "https://f.example.org/d/1"))
    assert (unknown.posts, unknown.engine, unknown.kind) == ([], None, "other")
    assert unknown.refusal


def test_without_profiles_no_engine_is_named_or_used() -> None:
    content = (PAGES / "phpbb3/prosilver-33-fr.html").read_bytes()
    found = read_page(ForumPage(content, "https://forum.example.org/viewtopic.php?t=812", READ_AT), profiles=False)
    assert (found.engine, found.way == "profile") == (None, False)


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<html><head><title>Just a moment...</title></head><body></body></html>", "against robots"),
        ('<form><input name="u"><input type="password" name="p"></form>', "login"),
        ("<body><noscript>Please enable JavaScript</noscript><div id=app></div></body>", "JavaScript"),
        ("", ""),
        ("<div>" * 600, "deep"),
    ],
)
def test_a_page_of_nothing_is_refused_with_what_stands_before_it(html: str, why: str) -> None:
    found = read_page(page(html, "https://f.example.org/t/1"))
    assert (found.kind, found.posts, found.threads) == ("other", [], [])
    assert why in (found.refusal or "no reason")


def test_exactly_one_of_posts_threads_and_a_refusal() -> None:
    for path in sorted(PAGES.glob("*/*.html")):
        found = read_page(ForumPage(path.read_bytes(), "https://f.example.org/", READ_AT))
        held = [bool(found.posts), bool(found.threads or found.forums), found.refusal is not None]
        assert sum(held) == 1, path


def test_a_thread_page_whose_layout_changed_is_said_to_be_one() -> None:
    found = read_page(page('<body id="phpbb" class="section-viewtopic"><main></main></body>'))
    assert (found.kind, found.engine) == ("thread", "phpbb3")
    assert is_layout_change(found)
