"""Profiles are data: what is written wrongly is said at loading."""

import pytest

from flows.forumreader.profiles.model import Pick, Posts, load, profiles

MADE = """
engine: made
name: Made up
marks: []
addresses: {}
posts: {ids: ['[id]@id'], author: b, date: i, body: [p]}
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("titel: h1", "titel"),
        ("title: 'h1[['", "not a CSS selector"),
        ("thread_id: {css: a, match: '('}", "not a pattern"),
        ("marks: [{weight: 2, has: b}]", "less than or equal to 1"),
        ("marks: [{weight: 0.5}]", "exactly one of"),
        ("marks: [{weight: 0.5, has: b, url: x}]", "exactly one of"),
    ],
)
def test_a_mistake_is_named(line: str, problem: str) -> None:
    text = "\n".join(kept for kept in MADE.splitlines() if kept.split(":")[0] != line.split(":", maxsplit=1)[0])
    with pytest.raises(ValueError, match=problem):
        load(f"{text}\n{line}\n")


def test_short_forms_are_selectors_with_or_without_an_attribute() -> None:
    posts = Posts.model_validate(
        {"ids": "[id]@id", "author": ["b, i"], "date": ["time@datetime, a.t@title, .u@title, span"], "body": ["p"]}
    )
    assert posts.ids == (Pick(css="[id]", attr="id"),)
    assert posts.author == (Pick(css="b, i"),)
    assert [(pick.css, pick.attr) for pick in posts.date] == [
        ("time", "datetime"),
        ("a.t, .u", "title"),
        ("span", None),
    ]


def test_commas_inside_a_selector_do_not_part_it() -> None:
    posts = Posts.model_validate({"ids": ":is(a, b)[id]@id", "author": "b", "date": "i", "body": ["p"]})
    assert posts.ids == (Pick(css=":is(a, b)[id]", attr="id"),)


def test_addresses_of_every_profile_name_what_they_find() -> None:
    for profile in profiles():
        addresses = profile.addresses
        for pattern in (*addresses.thread, *addresses.forum, *addresses.post):
            assert "id" in pattern.groupindex, (profile.engine, pattern.pattern)
        for pattern in addresses.page:
            assert pattern.groupindex, (profile.engine, pattern.pattern)
