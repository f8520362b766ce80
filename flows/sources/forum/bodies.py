"""What a post's author wrote, apart from what is quoted, signed, attached or put there by the engine."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from selectolax.lexbor import LexborNode

from flows.sources.forum.posts import Quote


class QuoteRules(BaseModel):
    """How an engine marks quotes: CSS selectors, where the author stands, and patterns (one group) in that text.

    `box` is the whole quote, `author` and `post` are looked for in it (`selector` or `selector@attribute`;
    `@attribute` is the box's own), `words` what was quoted (without it, the box without `author` and `drop`).
    `before` says that the author stands in the element before the box (SMF's header).
    """

    box: list[str] = []
    before: list[str] = []
    author: list[str] = []
    author_pattern: str | None = None
    post: list[str] = []
    post_pattern: str | None = None
    words: list[str] = []
    drop: list[str] = []


class BodyRules(BaseModel):
    """What stands in an engine's posts besides its author's words: CSS selectors (all optional).

    `quotes` may hold several ways of marking; `drop` is taken out (signatures, attachments, ads, likes),
    `edited` is taken out too and its date given as `Body.edited_said`.
    """

    quotes: list[QuoteRules] = []
    drop: list[str] = []
    signature: list[str] = []
    edited: list[str] = []
    code: list[str] = []
    generic: bool = True


@dataclass(slots=True, frozen=True)
class Body:
    """A post's text, what it quotes (in page order, nested ones after their outer one), and what it answers to."""

    text: str
    quotes: tuple[Quote, ...] = ()
    reply_to: str | None = None
    html: str = ""
    edited_said: str = ""


def read_body(node: LexborNode, rules: BodyRules) -> Body:
    """Read the element that holds a post's words; the tree it stands in stays as it is."""
    raise NotImplementedError
