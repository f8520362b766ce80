"""What is known of a forum engine's pages, as data: the model of `engines/*.yml`, and their loading.

Selectors come as alternatives, tried in order: themes differ, and what carries meaning (ids, data attributes,
addresses) stands before what only carries looks.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Annotated, Any, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from flows.forumreader.writing.rules import BodyRules, Css, Pattern

MARKS = ("generator", "header", "cookie", "url", "has", "source")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the faster one where it is built
COMMA = re.compile(r",(?![^(\[]*[)\]])")  # between selectors, not inside one


def _picks(said: Any) -> Any:
    """Read the short forms `css` and `css@attribute`, several of them after commas; one alone needs no list."""
    listed = said if isinstance(said, list | tuple) else [said]
    return [pick for one in listed for pick in (_short(one) if isinstance(one, str) else [one])]


def _short(said: str) -> list[dict[str, str | None]]:
    pieces = [piece.strip().partition("@") for piece in COMMA.split(said)]
    named = groupby(pieces, key=lambda piece: piece[2] or None)
    return [{"css": ", ".join(css for css, _, _ in found), "attr": attribute} for attribute, found in named]


class Model(BaseModel):
    """Part of a profile; a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(Model):
    """Evidence for the engine and its weight: 1 is proof, below 0 is evidence against it.

    `generator` is a pattern for the meta of that name, `header` for a line `name: value`, `cookie` for a
    Set-Cookie, `url` for the page's address, `source` for the page's text, `has` a selector that finds something.
    """

    weight: float = Field(ge=-1, le=1)
    generator: Pattern | None = None
    header: Pattern | None = None
    cookie: Pattern | None = None
    url: Pattern | None = None
    source: Pattern | None = None
    has: Css | None = None

    @model_validator(mode="after")
    def _one(self) -> Mark:
        if sum(getattr(self, name) is not None for name in MARKS) != 1:
            raise ValueError(f"a mark has exactly one of {', '.join(MARKS)}")
        return self


class Pick(Model):
    """Where a value stands: a selector (empty: the part itself), an attribute (or the text), a pattern's group.

    Of attributes `a|b` the first that is there counts. `own` takes the text without that of its children, `titled`
    the text with the titles of children in place of what they show ("Today", which is said of another day);
    `last` the last element that has a value.
    """

    css: Css = ""
    attr: str | None = Field(None, pattern=r"^[\w:|-]+$")
    match: Pattern | None = None
    own: bool = False
    titled: bool = False
    last: bool = False


Picks: TypeAlias = Annotated[tuple[Pick, ...], BeforeValidator(_picks)]


class Addresses(Model):
    """Patterns of addresses (path and query): `thread` and `forum` with a group `id`, `post` with a group `id`.

    `page` has a group `page` (1 is the first), `index` (0 is) or `start` (posts or threads that go before).
    `not_thread` are addresses that name a thread without being one of its pages: answering, printing, what is next.
    """

    thread: tuple[Pattern, ...] = ()
    forum: tuple[Pattern, ...] = ()
    post: tuple[Pattern, ...] = ()
    page: tuple[Pattern, ...] = ()
    not_thread: tuple[Pattern, ...] = ()
    drop: tuple[str, ...] = ("sid", "s", "PHPSESSID")  # parameters of a session: no part of an address


class Other(Model):
    """A page that is neither thread nor list, and what it is: `says`; with `quote` in the words that it shows."""

    says: str
    has: tuple[Css, ...] = ()
    urls: tuple[Pattern, ...] = ()
    quote: bool = False
    empty: bool = False  # only where no posts and no threads stand there: messages stand on good pages too


class Kinds(Model):
    """What tells a thread's page from a list and from all others, before anything is read."""

    thread: tuple[Css, ...] = ()
    list: tuple[Css, ...] = ()
    other: tuple[Other, ...] = ()


class Posts(Model):
    """Where posts are on a page, and where each of their fields is.

    `ids` find one element a post, with the native id as its value: alternatives, the one that finds most wins.
    `within` is what encloses a post; without (or where it holds several), a post reaches as far as no other begins.
    `witness` are patterns of ids in the page's text, to notice posts that were not read.
    """

    ids: Picks
    within: tuple[Css, ...] = ()
    skip: tuple[Css, ...] = ()
    witness: tuple[Pattern, ...] = ()
    author: Picks
    author_id: Picks = ()
    date: Picks
    body: tuple[Css, ...]
    words: BodyRules = BodyRules()
    edited: Picks = ()
    title: Picks = ()
    permalink: Picks = ()
    address: str | None = None  # of a post without a permalink: `{id}`, `{thread}`, relative to the page
    reply_to: Picks = ()
    deleted: tuple[Css, ...] = ()


class Threads(Model):
    """A list's rows and where their fields are; where no row is found, every thread's links make one.

    With `rows_only` they don't: on such engines' pages, threads are named beside lists, too.
    """

    rows: tuple[Css, ...] = ()
    rows_only: bool = False
    skip: tuple[Css, ...] = ()
    link: Picks = ()
    replies: Picks = ()
    last: Picks = ()
    sticky: tuple[Css, ...] = ()
    forums: Picks = ()


class Pager(Model):
    """The number of the page, that of the last one, and the next one's address, where the page says so."""

    within: tuple[Css, ...] = ()
    page: Picks = ()
    last: Picks = ()
    next: Picks = ()


class Dates(Model):
    """How dates are meant: `zone` picks a name or an offset, `day_first` where the engine always writes so."""

    zone: Picks = ()
    day_first: bool | None = None


class Profile(Model):
    """All that is known of an engine's pages."""

    engine: str = Field(pattern=r"^[a-z][a-z0-9]*$")
    name: str
    family: str | None = None  # engines of a family are told apart by what speaks against each
    marks: tuple[Mark, ...]
    addresses: Addresses
    kinds: Kinds = Kinds()
    space: Picks = ()  # what ids count in, where not in the whole forum
    thread_id: Picks = ()
    title: Picks = ()
    posts: Posts
    threads: Threads = Threads()
    pager: Pager = Pager()
    dates: Dates = Dates()


def load(text: str) -> Profile:
    """Read a profile from YAML; raises ValueError (pydantic's) that names the key."""
    return Profile.model_validate(yaml.load(text, Loader=LOADER))  # noqa: S506 - safe, both of them


@cache
def profiles() -> tuple[Profile, ...]:
    """Load all profiles that come with Vigie, by name."""
    folder = resources.files("flows.forumreader.profiles") / "engines"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yml")), key=lambda f: f.name)
    return tuple(load(file.read_text(encoding="utf-8")) for file in files)
