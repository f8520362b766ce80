"""Rules, as data, for what an engine's posts contain besides their author's text: part of a profile."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

_NOTHING = LexborHTMLParser("")


def _selector(css: str) -> str:
    try:
        _NOTHING.css(css or "*")
    except SelectolaxError as error:
        raise ValueError(f"not a CSS selector: {css}") from error
    return css


def _spot(said: str) -> str:
    _selector(said.partition("@")[0])
    return said


def _pattern(said: Any) -> Any:
    try:
        return re.compile(said, re.IGNORECASE) if isinstance(said, str) else said
    except re.error as error:
        raise ValueError(f"not a pattern: {said} ({error})") from error


Css: TypeAlias = Annotated[str, AfterValidator(_selector)]
Spot: TypeAlias = Annotated[str, AfterValidator(_spot)]
Pattern: TypeAlias = Annotated[re.Pattern[str], BeforeValidator(_pattern)]


class QuoteRules(BaseModel):
    """One way in which an engine marks quotes.

    A `Spot` is `css` (its text), `css@attribute` or `@attribute` (the box's). `box` is the whole quote, `before`
    what stands right before the box and belongs to it. `author` and `post` are looked for in both, in order;
    `author_pattern` and `post_pattern` take group 1 of what was found, without them the usual ways of writing are
    known. What `author` finds and `drop` are no part of what was quoted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    box: tuple[Css, ...]
    before: tuple[Css, ...] = ()
    author: tuple[Spot, ...] = ()
    author_pattern: Pattern | None = None
    post: tuple[Spot, ...] = ()
    post_pattern: Pattern | None = None
    drop: tuple[Css, ...] = ()


class BodyRules(BaseModel):
    """Selectors inside a post's body; all optional.

    `quotes` are tried in order. `drop` is taken out: signatures, attachments, ads, likes. So is `edited`, and the
    date in it given as `Body.edited_said`. `cut` is a pattern from which on all is signature. Without `usual`,
    what most engines have in common is left aside.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quotes: tuple[QuoteRules, ...] = ()
    drop: tuple[Css, ...] = ()
    edited: tuple[Css, ...] = ()
    cut: Pattern | None = None
    usual: bool = True


USUAL_QUOTES = (
    QuoteRules(
        box=(
            "blockquote",
            "aside.quote",
            "table.citation, table.oldcitation, table.quote",
            "div.bbCodeQuote",
            "div.quote, div.quotebox, div.bbcode_quote, div.bb-quote, div.quotemain, div.UserQuote",
        ),
        before=(".quoteheader, .quotetop, .quotetitle, .quote-header",),
        author=(
            "@data-author",
            "@data-username",
            "@data-quote",
            "@data-ipsquote-username",
            "cite, .bbcode_postedby > strong, .bbCodeBlock-title, .attribution",
            "b.s1, .quoteheader, .quotetop, .quotetitle, .quote-author, .quote_author, .QuoteAuthor",
            ".ipsQuote_citation, .ipsBlockquote > .citation, aside.quote > .title",
        ),
        post=(
            "@data-source",
            "@data-post",
            "@data-postid",
            "@data-post-id",
            "@data-ipsquote-contentcommentid",
            "@cite",
            "cite a, .bbcode_postedby a, b.s1 a, .quoteheader a, .quotetop a@href",
            ".bbCodeBlock-title a, .attribution a@href",
        ),
        drop=(
            "cite, .bbcode_postedby, .quote-title, .ipsQuote_citation, aside.quote > .title, .bbCodeBlock-title",
            ".quote-controls, .bbCodeBlock-expandLink, .quoteExpand",
        ),
    ),
)
USUAL_DROP = (
    "script, style, template, noscript, button, input, select, head, title",
    ".signature, .sig, .forum-signature, .message-signature, .post-signature, .postsignature, .post_sig",
    '.ipsSignature, [class*="signatur" i]',
    ".adsbygoogle, ins.adsbygoogle",
)
