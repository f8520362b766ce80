"""What an author wrote stands apart from quotes, signatures and what the engine adds, in every engine's markup."""

# ruff: noqa: E501 (markup)

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.forumreader.posts import Quote
from flows.forumreader.writing.bodies import Body, BodyRules, QuoteRules, read_body
from flows.forumreader.writing.quoting import author_in, post_in


def body(html: str, rules: BodyRules | None = None, css: str = "#b") -> Body:
    node = LexborHTMLParser(html if "<table" in html and css != "#b" else f"<div id=b>{html}</div>").css_first(css)
    assert node is not None
    return read_body(node, rules or BodyRules())


def test_lines_lists_links_code_and_smilies_stay_readable() -> None:
    found = body(
        "Bonjour&nbsp;à <b>tous</b>,<br>voici&#8203; :<ul><li>un</li><li>deux</li></ul><ol><li>a</li><li>b</li></ol>"
        "<p>Voir <a href='https://example.org/x'>la page</a> <img src='/smilies/s.gif' alt=':)'>"
        "<img src='/up/IMG_12.jpg' alt='Ma photo'></p><p>Code :</p><pre>if x:\n    y()</pre>fin<script>x()</script>"
    )

    assert found.text == (
        "Bonjour à tous,\nvoici :\n- un\n- deux\n1. a\n2. b\nVoir la page :)\n\nCode :\n\nif x:\n    y()\nfin"
    )
    assert found.quotes == ()


QUOTED = {
    "phpBB 3": (
        '<blockquote><div><cite>Ann Example wrote: <a href="./viewtopic.php?p=41#p41" data-post-id="41">↑</a>'
        '<span class="responsive-hide">Mon Jan 05, 2004 3:14 pm</span></cite>Does it work?</div></blockquote>Yes.',
        Quote("Does it work?", "Ann Example", "41"),
    ),
    "phpBB 3, French, older": (
        "<blockquote><div><cite>Zoé a écrit:</cite>Ça marche ?</div></blockquote>Yes.",
        Quote("Ça marche ?", "Zoé"),
    ),
    "XenForo 2": (
        '<blockquote data-attributes="member: 12" data-quote="Ann" data-source="post: 123" class="bbCodeBlock '
        'bbCodeBlock--quote js-expandWatch"><div class="bbCodeBlock-title"><a href="/goto/post?id=123">Ann said:</a></div>'
        '<div class="bbCodeBlock-content"><div class="bbCodeBlock-expandContent">Does it work?</div>'
        '<div class="bbCodeBlock-expandLink"><a>Click to expand...</a></div></div></blockquote>Yes.',
        Quote("Does it work?", "Ann", "123"),
    ),
    "SMF": (
        '<div class="quoteheader"><div class="topslice_quote"><a href="/index.php?topic=5.msg77#msg77">Quote from: Ann on '
        "April 03, 2009, 10:22:18 AM</a></div></div><blockquote class='bbc_standard_quote'>Does it work?</blockquote>"
        "<div class='quotefooter'></div>Yes.",
        Quote("Does it work?", "Ann", "77"),
    ),
    "MesDiscussions": (
        '<div class="container"><table class="citation"><tr class="none"><td><b class="s1"><a href="/x_9_2.htm#t501" '
        'class="Topic">zoe a écrit :</a></b><br /><br /><p>Does it work?</p></td></tr></table></div>Yes.',
        Quote("Does it work?", "zoe", "501"),
    ),
    "vBulletin 4": (
        '<div class="bbcode_container"><div class="bbcode_quote"><div class="quote_container"><div class='
        '"bbcode_quote_container"></div><div class="bbcode_postedby"><img alt="Quote" src="q.png"> Originally Posted by '
        '<strong>Ann</strong> <a href="showthread.php?p=99#post99" rel="nofollow"><img alt="View Post" src="v.png"></a></div>'
        '<div class="message">Does it work?</div></div></div></div>Yes.',
        Quote("Does it work?", "Ann", "99"),
    ),
    "MyBB": (
        '<blockquote class="mycode_quote"><cite><span> (01-05-2004, 03:14 PM)</span>Ann Wrote: <a href="showthread.php?'
        'pid=88#pid88" class="quick_jump"></a></cite>Does it work?</blockquote>Yes.',
        Quote("Does it work?", "Ann", "88"),
    ),
    "Invision 4": (
        '<blockquote class="ipsQuote" data-ipsquote="" data-ipsquote-username="Ann" data-ipsquote-contentcommentid="55">'
        '<div class="ipsQuote_citation">On 3/3/2012 at 10:22 AM, Ann said:</div><div class="ipsQuote_contents"><p>Does it '
        "work?</p></div></blockquote><p>Yes.</p>",
        Quote("Does it work?", "Ann", "55"),
    ),
    "Invision 2": (
        "<div class='quotetop'>QUOTE(Ann @ Mar 3 2012, 10:22 AM) <a href='?act=findpost&amp;pid=54'></a></div>"
        "<div class='quotemain'>Does it work?</div>Yes.",
        Quote("Does it work?", "Ann", "54"),
    ),
    "FluxBB": (
        '<div class="quotebox"><cite>Ann wrote:</cite><blockquote><div><p>Does it work?</p></div></blockquote></div>'
        "<p>Yes.</p>",
        Quote("Does it work?", "Ann"),
    ),
    "any": ("<blockquote>Originally Posted by Ann<br>Does it work?</blockquote>Yes.", Quote("Does it work?", "Ann")),
    "mail": ("<blockquote>Le 3/3/2012 à 10:22, Ann a écrit :<br>Does it work?</blockquote>Yes.", Quote("Does it work?", "Ann")),
    "nobody's": ("<blockquote><p>Does it work?</p></blockquote><p>Yes.</p>", Quote("Does it work?")),
}  # fmt: skip


@pytest.mark.parametrize("engine", QUOTED)
def test_a_quote_is_taken_apart_without_a_rule(engine: str) -> None:
    html, expected = QUOTED[engine]

    found = body(html)

    assert found.text == "Yes."
    assert found.quotes == (expected,)


def test_a_quote_in_a_quote_comes_after_it_and_apart() -> None:
    found = body(
        "<blockquote><cite>Ann wrote:</cite><blockquote><cite>Bob wrote:</cite>First?</blockquote>Second.</blockquote>"
        "Third.<blockquote>Fourth</blockquote>Fifth."
    )

    assert found.text == "Third.\nFifth."
    assert found.quotes == (Quote("Second.", "Ann"), Quote("First?", "Bob"), Quote("Fourth"))


def test_a_rule_says_where_an_engine_has_author_and_post() -> None:
    rules = BodyRules(
        quotes=(
            QuoteRules(
                box=("div:has(> .smallfont + table td.alt2)",),
                author=("td.alt2 strong",),
                post=("td.alt2 a[href*=post]@href",),
                drop=("div.smallfont",),
            ),
        )
    )
    html = (
        '<div style="margin:20px"><div class="smallfont">Quote:</div><table><tr><td class="alt2"><div>Originally Posted by '
        '<strong>Ann</strong> <a href="showthread.php?p=99#post99"><img alt="View Post" src="b.gif"></a></div><div style='
        '"font-style:italic">Does it work?</div></td></tr></table></div>Yes.'
    )

    found = body(html, rules)

    assert (found.text, found.quotes, found.reply_to) == ("Yes.", (Quote("Does it work?", "Ann", "99"),), "99")


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<em>Last edited by Ann; 01-05-2004 at 03:14 PM.</em>", "01-05-2004 at 03:14 pm"),
        ("Last edited by Ann on Mon Jan 05, 2004 3:14 pm, edited 2 times in total.", "mon jan 05, 2004 3:14 pm"),
        ("Dernière modification par Zoé le 12 mars 2019, 10:11, modifié 2 fois.", "12 mars 2019, 10:11"),
        ("« Last Edit: Yesterday at 10:25:01 AM by Ann »", "yesterday at 10:25:01 am"),
        ("Message édité par zoe le 30-09-2014&nbsp;à&nbsp;16:56:38", "30-09-2014 a 16:56:38"),
        ("Last edited: <time datetime='2019-01-05T10:11:12+0100'>Jan 5</time>", "2019-01-05T10:11:12+0100"),
    ],
)  # fmt: skip
def test_an_edit_is_no_text_but_a_date(html: str, said: str) -> None:
    found = body(f"Yes.<br><br><div class=edited>{html}</div>", BodyRules(edited=(".edited",)))
    bare = body(f"Yes.<br><br>{html}")

    assert (found.text, found.edited_said) == ("Yes.", said)
    assert bare.text == "Yes."
    assert bare.edited_said == said or "datetime" in html


def test_what_the_author_says_of_edits_stays() -> None:
    assert body("Yes.<br>Edited: the cable was broken, 3 of 4 wires.").text.endswith("wires.")
    assert body("Dernière modification de mon installation : tout marche.").text.startswith("Dernière")


def test_signatures_attachments_and_buttons_are_no_text() -> None:
    rules = BodyRules(drop=(".attachments",), cut=r"\n_{10,}\n")  # type: ignore[arg-type]

    found = body(
        "Yes.<button>Like</button><div class=attachments>a.zip (3 KB)</div><div class=signature>My boat</div>"
        "<br>_________________<br>Bob, from Nowhere",
        rules,
    )

    assert found.text == "Yes."


def test_a_body_that_is_itself_a_quotes_element_is_read() -> None:
    html = "<table><tr><td><blockquote class='postcontent restore'>Yes.<blockquote>No?</blockquote></blockquote></table>"

    found = body(html, css="blockquote.postcontent")

    assert (found.text, found.quotes) == ("Yes.", (Quote("No?"),))


def test_a_cell_of_a_table_is_a_body_and_the_tree_stays() -> None:
    tree = LexborHTMLParser("<table><tr><td class=x>Yes.<div class=sig>s</div></td></tr></table>")
    before, node = tree.html, tree.css_first("td.x")
    assert node is not None

    found = read_body(node, BodyRules())

    assert found.text == "Yes."
    assert found.html.startswith("<td class=")
    assert tree.html == before


def test_pages_nested_without_end_are_read() -> None:
    assert body("<blockquote>" * 3_000 + "a" + "</blockquote>" * 3_000 + "b").text == "b"
    assert body("<div>" * 3_000 + "a" + "</div>" * 3_000 + "b").text == "a\nb"


def test_words_that_only_begin_like_a_head_stay_in_the_quote() -> None:
    assert body("<blockquote>Posted by Ann, does it work?</blockquote>").quotes == (
        Quote("Posted by Ann, does it work?"),
    )
    assert body("<blockquote>Bob said that<br>it works</blockquote>").quotes == (Quote("Bob said that\nit works"),)


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Ann Example wrote:", "Ann Example"),
        ("zoé a écrit :", "zoé"),
        ("Quote from: Ann on April 03, 2009, 10:22:18 AM", "Ann"),
        ("Citation de: Zoé le 03 avril 2009 à 10:22:18", "Zoé"),
        ("Citation de : Zoé", "Zoé"),
        ("Originally Posted by Ann B.", "Ann B."),
        ("Envoyé par Zoé", "Zoé"),
        ("Le 03/03/2012 à 10:22, Zoé a dit :", "Zoé"),
        ("On 3/3/2012 at 10:22 AM, Ann said:", "Ann"),
        ("Ann, on 03 March 2012 - 10:22 AM, said:", "Ann"),
        ("QUOTE(Ann @ Mar 3 2012, 10:22 AM)", "Ann"),
        ("author=Ann Example link=topic=1171.msg6315#msg6315 date=1266505840 wrote:", "Ann Example"),
        ("Bob said that it works", None),
        ("It works.", None),
        ("", None),
    ],
)
def test_a_line_says_whose_words_follow(line: str, who: str | None) -> None:
    assert author_in(line) == who


@pytest.mark.parametrize(
    ("said", "post"),
    [
        ("post: 123", "123"),
        ("showthread.php?p=99#post99", "99"),
        ("index.php?topic=5.msg77#msg77", "77"),
        ("viewtopic.php?f=3&p=41", "41"),
        ("/goto/post?id=123#post-123", "123"),
        ("https://example.org/thread-12.html", None),
        ("https://example.org/hfr/sujet_9_2.htm#t501", "501"),
        ("41", "41"),
        ("", None),
    ],
)
def test_an_address_names_a_post(said: str, post: str | None) -> None:
    assert post_in(said) == post
