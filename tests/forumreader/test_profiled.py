"""What a profile makes of pages that are not as they were: other skins, missing pieces, pages that hold nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import LAYOUT_CHANGED, Reading
from flows.forumreader.profiles.model import profiles
from flows.forumreader.profiles.reading import read_profiled
from flows.forumreader.reader import read_page

PAGES = Path(__file__).parent / "pages"
READ_AT = datetime(2024, 6, 1, tzinfo=UTC)
THREADS = {
    "phpbb3/prosilver-33-fr": "https://forum.example.org/viewtopic.php?t=812&start=10",
    "phpbb2/subsilver-fr": "http://rail.example.org/viewtopic.php?t=31&start=15",
    "xenforo2/thread-22-fr": "https://forum.example.org/threads/colis-perdu.3401/page-2",
    "xenforo1/thread-15-en": "http://gym.example.org/threads/charged-after-cancelling.120/page-2",
    "smf/thread-21-en": "https://air.example.org/index.php?topic=61.15",
    "smf/thread-11-en": "http://ferry.example.org/index.php?topic=30.15",
    "mesdiscussions/thread-fr": "http://md.example.org/ex/Reseaux/FAI/box-carafe-sujet_1200_2.htm",
}
BY_NAME = {profile.engine: profile for profile in profiles()}


def source(name: str) -> str:
    return ForumPage((PAGES / f"{name}.html").read_bytes(), "https://x.example.org/", READ_AT).text


def reading(name: str, html: str) -> Reading:
    html = re.sub(r"(?i)iso-8859-1", "utf-8", html)
    return read_profiled(ForumPage(html.encode(), THREADS[name], READ_AT), BY_NAME[name.split("/", maxsplit=1)[0]])


@pytest.mark.parametrize("name", THREADS)
def test_other_elements_around_the_posts_change_nothing(name: str) -> None:
    html = source(name)
    wrapped = re.sub(
        r"(?s)(<body[^>]*>)(.*)(</body>)",
        r'\1<div class="page"><main class="post"><div>\2</div></main></div>\3',
        html,
    )
    assert reading(name, wrapped).posts == reading(name, html).posts


@pytest.mark.parametrize("name", THREADS)
def test_posts_of_a_page_without_dates_are_refused(name: str) -> None:
    html = re.sub(
        r"(?i)<(time|abbr)[^>]*>|\b\d{1,2}([-/ ])\w{2,9}\2\d{4}|\w+ \d{1,2}, \d{4}|Yesterday at", " ", source(name)
    )
    html = re.sub(r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?|\b\d{1,2} \w{3,9} \d{4}", " ", html)
    found = reading(name, html)
    assert (found.posts, found.kind) == ([], "thread")
    assert (found.refusal or "").startswith(LAYOUT_CHANGED)


@pytest.mark.parametrize("name", THREADS)
def test_a_thread_page_whose_posts_are_gone_is_refused(name: str) -> None:
    html = source(name)
    head, _, _ = html.partition("<body")
    marks = re.search(r"<body[^>]*>", html)
    assert marks
    found = reading(name, f"{head}{marks[0]}<div id='app'></div></body></html>")
    assert found.posts == []
    assert (found.refusal or "").startswith(LAYOUT_CHANGED)


def test_a_post_that_cannot_be_read_is_named_and_not_passed_over() -> None:
    html = source("phpbb3/prosilver-33-fr").replace(
        '<div class="content">Pareil ici', '<div class="odd">Pareil ici', 1
    )
    html = html.replace('id="post_content5015"', 'id="odd5015"').replace(
        '<div class="postbody"><div id="odd', '<div><div id="odd'
    )
    found = reading("phpbb3/prosilver-33-fr", html)
    assert ([post.id for post in found.posts], found.lost) == (["5011", "5012"], ["5015"])
    assert found.sure < 0.7


def test_posts_in_another_way_of_naming_are_noticed() -> None:
    html = source("xenforo2/thread-22-fr").replace("</body>", '<span id="post-99999"></span></body>')
    assert reading("xenforo2/thread-22-fr", html).lost == ["99999"]


@pytest.mark.parametrize("name", ["phpbb2/subsilver-fr", "xenforo2/question-23-en", "smf/thread-21-en"])
def test_where_all_classes_are_other_ones_the_engines_ids_confirm_what_repeats(name: str) -> None:
    known: dict[str, str] = {}
    renamed = re.sub(
        r'class="([^"]*)"',
        lambda found: f'class="{" ".join(known.setdefault(one, f"k{len(known)}") for one in found[1].split())}"',
        re.sub(r"(?i)iso-8859-1", "utf-8", source(name)),
    )
    page = ForumPage(renamed.encode(), THREADS.get(name, "https://stream.example.org/threads/x.88/"), READ_AT)
    whole = read_page(ForumPage((PAGES / f"{name}.html").read_bytes(), page.url, READ_AT))
    found = read_page(page)
    ids = [post.id for post in whole.posts]
    assert found.engine == whole.engine
    if name.startswith("smf") and found.refusal is not None:  # one of its two posts has too little to repeat
        assert (found.refusal.startswith(LAYOUT_CHANGED), found.posts, found.lost) == (True, [], ids)
    else:
        assert (found.way, [post.id for post in found.posts]) == ("generic", ids)


@pytest.mark.parametrize("name", THREADS)
def test_half_a_page_gives_posts_of_the_page_and_no_others(name: str) -> None:
    html = source(name)
    whole = {post.id for post in reading(name, html).posts}
    for share in (0.3, 0.5, 0.7, 0.9):
        found = reading(name, html[: int(len(html) * share)])
        assert {post.id for post in found.posts} | set(found.lost) <= whole
        assert found.posts or found.refusal


@pytest.mark.parametrize(
    ("url", "html", "said"),
    [
        (
            "https://f.example.org/viewtopic.php?t=1",
            '<body id="phpbb"><input type="password" name="password">',
            "a login",
        ),
        (
            "https://f.example.org/memberlist.php?mode=viewprofile&u=2",
            '<body id="phpbb"><div class="post" id="p1">',
            "a profile",
        ),
        (
            "https://f.example.org/posting.php?mode=reply&t=1",
            '<body id="phpbb"><div id="p1" class="post">',
            "a form to write",
        ),
    ],
)
def test_pages_that_hold_neither_say_what_they_are(url: str, html: str, said: str) -> None:
    found = read_profiled(ForumPage(html.encode(), url, READ_AT), BY_NAME["phpbb3"])
    assert (found.kind, found.posts, found.threads) == ("other", [], [])
    assert said in (found.refusal or "")


def test_sessions_are_no_part_of_addresses() -> None:
    html = (
        '<body id="phpbb" class="section-viewforum"><ul class="topiclist topics"><li class="row">'
        '<a class="topictitle" href="./viewtopic.php?sid=abc&amp;f=1&amp;t=2">A title</a></li></ul></body>'
    )
    found = read_profiled(
        ForumPage(html.encode(), "https://f.example.org/viewforum.php?f=1", READ_AT), BY_NAME["phpbb3"]
    )
    assert [thread.url for thread in found.threads] == ["https://f.example.org/viewtopic.php?f=1&t=2"]
