"""Which engine wrote a page: sure of it, with what says so, and never one engine for its neighbour."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.forumreader.page import ForumPage
from flows.forumreader.profiles.detection import SURE, detect, weigh
from flows.forumreader.profiles.model import load, profiles

PAGES = Path(__file__).parent / "pages"
READ_AT = datetime(2024, 1, 1, tzinfo=UTC)
OURS = ("phpbb2", "phpbb3", "xenforo1", "xenforo2", "smf", "mesdiscussions")
GOLDEN = sorted(path for engine in OURS for path in (PAGES / engine).glob("*.json"))
FOOTER = re.compile(
    rb"(?is)(?:powered by|d\xc3\xa9velopp\xc3\xa9 par|forum software by|community platform by).{0,200}"
    rb"|<a[^>]*mesdiscussions[^>]*>"
)


def page(html: str | bytes, url: str = "https://forum.example.org/", **headers: str) -> ForumPage:
    content = html if isinstance(html, bytes) else html.encode()
    return ForumPage(content, url, READ_AT, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_page_is_its_engines_and_no_other_ones(golden: Path) -> None:
    url = json.loads(golden.read_text(encoding="utf-8"))["url"]
    first, *others = detect(page(golden.with_suffix(".html").read_bytes(), url))
    assert (first.engine, first.confidence >= 0.9) == (golden.parent.name, True)
    assert all(other.confidence < SURE for other in others if other.profile.family == first.profile.family)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_engine_is_known_without_its_footer_and_on_an_address_that_says_nothing(golden: Path) -> None:
    content = FOOTER.sub(b"", golden.with_suffix(".html").read_bytes())
    assert detect(page(content))[0].engine == golden.parent.name


@pytest.mark.parametrize(
    ("cookie", "engine"),
    [
        ("phpbb3_ab12c_sid=0123; path=/", "phpbb3"),
        ("phpbb2mysql_sid=0123; path=/", "phpbb2"),
        ("xf_csrf=x; path=/", "xenforo2"),
        ("SMFCookie956=a; path=/", "smf"),
    ],
)
def test_a_cookie_alone_names_the_engine(cookie: str, engine: str) -> None:
    guess = detect(page("<html><body><p>nothing</p></body></html>", set_cookie=cookie))[0]
    assert (guess.engine, guess.confidence >= SURE) == (engine, True)
    assert "cookie" in guess.evidence[0]


def test_pages_of_no_forum_are_nobodys() -> None:
    for html in ("", "<html></html>", "<html><body><article><h1>News</h1><p>Words</p></article></body></html>"):
        assert not [guess for guess in detect(page(html)) if guess.confidence >= SURE]


def test_talking_about_an_engine_does_not_make_a_page_of_it() -> None:
    html = "<html><body><p>We moved from phpBB and vBulletin to XenForo; SMF was tried, too.</p></body></html>"
    assert not [guess for guess in detect(page(html)) if guess.confidence >= SURE]


PROFILE = """
engine: made
name: Made up
marks:
  - {weight: 0.5, generator: '^Made'}
  - {weight: 0.5, header: '^x-powered-by: made'}
  - {weight: -0.5, has: 'body#other'}
addresses: {}
posts: {ids: ['[id]@id'], author: b, date: i, body: [p]}
"""


def test_marks_are_witnesses_that_add_up_and_contradict() -> None:
    profile = load(PROFILE)
    one = weigh(page('<meta name="Generator" content="Made 2">'), profile)
    two = weigh(page('<meta name="generator" content="Made 2">', x_powered_by="made"), profile)
    against = weigh(page('<meta name="generator" content="Made 2"><body id="other">', x_powered_by="made"), profile)
    assert (one.confidence, two.confidence, against.confidence) == (0.5, 0.75, 0.375)
    assert against.evidence == ("generator Made", "header x-powered-by: made", "not: has body#other")


def test_every_profile_that_comes_along_loads() -> None:
    assert set(OURS) <= {profile.engine for profile in profiles()}
