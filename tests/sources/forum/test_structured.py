"""schema.org's words are read as posts, whole or not at all: what hides posts or cuts texts isn't sure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Reading
from flows.sources.forum.schema.reading import read_structured

URL = "https://forum.example.org/t/5"


def reading(html: str, url: str = URL) -> Reading | None:
    return read_structured(ForumPage(html.encode(), url, datetime(2024, 1, 1, tzinfo=UTC)))


def said(html: str) -> Reading:
    found = reading(html)
    assert found is not None
    return found


def script(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<html><body><script type="application/ld+json">{text}</script></body></html>'


def posting(text: str, author: Any = "ada", day: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "@type": "Comment",
        "author": author if isinstance(author, dict) else {"@type": "Person", "name": author, "url": "/u/ada.7/"},
        "datePublished": f"2023-05-{day:02}T10:00:00+02:00",
        "text": text,
        **more,
    }


THREAD = posting(
    "First words.",
    **{
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": "Late parcel",
        "url": "/t/5#post-1",
        "commentCount": 2,
        "comment": [
            posting("A first answer.", "bob", 2, url="/t/5#post-2"),
            posting("A second one.", "cid", 3, url="/t/5#post-4"),
        ],
    },
)


def test_a_whole_thread_in_json_ld() -> None:
    found = said(script(THREAD))
    assert [(post.id, post.author, post.body) for post in found.posts] == [
        ("1", "ada", "First words."),
        ("2", "bob", "A first answer."),
        ("4", "cid", "A second one."),
    ]
    assert found.posts[0].posted_at is not None
    assert found.posts[0].posted_at.at == datetime(2023, 5, 1, 8, tzinfo=UTC)
    assert (found.title, found.way, found.sure) == ("Late parcel", "schema.org", 0.85)
    assert found.posts[0].author_id == "7"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"@graph": [{"@type": "WebSite", "name": "x"}, THREAD]}),
        json.dumps([{"@type": "BreadcrumbList"}, [THREAD]]),
        json.dumps({"@type": "WebPage", "mainEntity": THREAD}),
        json.dumps(THREAD)[:-1] + ",}",
        "<!-- " + json.dumps(THREAD) + " -->",
        "//<![CDATA[\n" + json.dumps(THREAD) + "\n//]]>",
        json.dumps(THREAD).replace("First words.", "First\\twords.").replace("\\t", "\t"),
        json.dumps({"@type": "WebSite"}) + json.dumps(THREAD),
        json.dumps(THREAD) + "{",
        json.dumps(THREAD).replace('"', "&quot;"),
    ],
    ids=["graph", "arrays", "nested", "comma", "comment", "cdata", "control", "several", "open", "entities"],
)
def test_json_ld_is_read_as_it_comes(text: str) -> None:
    assert [post.author for post in said(script(text)).posts] == ["ada", "bob", "cid"]


@pytest.mark.parametrize("text", ["", "{", "[1, 2", "null", '{"@type": 5}', "[" * 5_000, '{"a":' * 3_000])
def test_broken_json_ld_is_none(text: str) -> None:
    assert reading(script(text)) is None


def test_questions_with_answers() -> None:
    page = {
        "@type": "QAPage",
        "mainEntity": posting(
            "Where is the form?",
            **{
                "@type": ["Question"],
                "answerCount": 2,
                "acceptedAnswer": posting("Under Account.", "bob", 2, **{"@type": "Answer", "url": "/q/1#a-9"}),
                "suggestedAnswer": [posting("Call them.", "cid", 3, **{"@type": "Answer"})],
            },
        ),
    }
    assert [post.body for post in said(script(page)).posts] == [
        "Where is the form?",
        "Under Account.",
        "Call them.",
    ]


def test_a_faq_is_no_thread() -> None:
    entity = [{"@type": "Question", "name": "Where?", "acceptedAnswer": {"@type": "Answer", "text": "Here."}}]
    assert reading(script({"@type": "FAQPage", "mainEntity": entity})) is None
    assert reading(script({"@type": "WebPage", "mainEntity": entity})) is None


def test_markup_of_the_first_post_only_is_not_sure() -> None:
    assert said(script({**THREAD, "comment": []})).sure <= 0.3
    assert said(script(posting("Alone.", **{"@type": "DiscussionForumPosting"}))).sure <= 0.5


def test_texts_that_are_cut_are_not_sure() -> None:
    long = "word " * 40
    cut = {**THREAD, "text": long + "…", "comment": [posting(long + "…", "bob", 2), posting("Short.", "cid", 3)]}
    assert said(script(cut)).sure <= 0.4
    whole = "The whole text is here and goes on to its very end, unlike what the markup says of it."
    first = {**THREAD, "text": whole[:43]}
    assert whole[42:44].isalnum()
    assert said(script(first).replace("</body>", f"<p>{whole}</p></body>")).sure <= 0.4


def test_words_as_typed_are_not_sure() -> None:
    typed = {**THREAD, "comment": [posting("[quote]First[/quote] yes", "bob", 2), posting("no", "cid", 3)]}
    assert said(script(typed)).sure <= 0.5


MICRO = """<div itemscope itemtype="http://schema.org/{kind}" id="post-{id}">
<meta itemprop="headline" content="Late parcel">
<span itemprop="author" itemscope itemtype="http://schema.org/Person"><a itemprop="url" href="/u/{id}"><span
itemprop="name">{author}</span></a></span>
<time itemprop="datePublished" datetime="2023-05-01T0{id}:00:00Z">then</time>
<div itemprop="text"><blockquote><cite>zoe wrote:</cite> older words</blockquote><p>Words of {author}.</p></div>
{inner}</div>"""


def micro(kind: str, number: int, author: str, inner: str = "") -> str:
    return MICRO.format(kind=kind, id=number, author=author, inner=inner)


def test_microdata_nested_and_side_by_side() -> None:
    side = micro("DiscussionForumPosting", 1, "ada") + micro("Comment", 2, "bob") + micro("Comment", 3, "cid")
    answer = micro("Comment", 2, "bob", micro("Comment", 3, "cid").replace('itemprop="x"', ""))
    nested = micro(
        "DiscussionForumPosting", 1, "ada", answer.replace("itemscope", 'itemprop="comment" itemscope', 1)
    )
    for html in (side, nested):
        found = said(f"<html><body>{html}</body></html>")
        assert [(post.id, post.author, post.body) for post in found.posts] == [
            ("1", "ada", "Words of ada."),
            ("2", "bob", "Words of bob."),
            ("3", "cid", "Words of cid."),
        ]
        assert found.posts[0].quotes[0].author == "zoe"
        assert found.sure == 0.95


def test_posts_that_share_one_item() -> None:
    post = '<p id="p{0}"><b itemprop="author">{1}</b> <i itemprop="dateCreated" content="2023-05-0{0}">x</i></p>'
    text = '<div itemprop="text" id="t{0}">Words of {1}.</div>'
    posts = "".join((post + text).format(number, name) for number, name in ((1, "ada"), (2, "bob")))
    found = said(f'<body itemscope itemtype="https://schema.org/DiscussionForumPosting">{posts}</body>')
    assert [(each.author, each.body) for each in found.posts] == [
        ("ada", "Words of ada."),
        ("bob", "Words of bob."),
    ]


def test_comments_without_their_first_post_are_not_sure() -> None:
    assert said(micro("Comment", 2, "bob") + micro("Comment", 3, "cid")).sure <= 0.5
    both = script({**THREAD, "comment": [], "text": "First words."}) + micro("Comment", 2, "bob")
    found = said(both)
    assert [post.author for post in found.posts] == ["ada", "bob"]


def test_several_postings_with_addresses_of_their_own_are_a_list() -> None:
    items = [
        posting("…", **{"@type": "DiscussionForumPosting", "url": f"/t/{number}-x", "headline": f"Thread {number}"})
        for number in (11, 12, 13)
    ]
    found = said(script({"@type": "ItemList", "itemListElement": items}))
    assert found.kind == "list"
    assert [thread.id for thread in found.threads] == ["11", "12", "13"]
    assert not found.posts
