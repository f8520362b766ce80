"""What stands on the saved pages, found without the reader and its profiles: own walks over each site's markup.

OpenDCL's posts come from the threads that others parsed (shared/data/forum_threads); the other sites' from lxml and
regular expressions, written from the pages' source. Text is compared by its letters and digits only, with and
without the names of smileys.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from lxml import html as lx

NOTHING = re.compile(r"[\W_]+")
MONTHS = dict(
    zip(
        ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"],
        range(1, 13),
        strict=True,
    )
)


@dataclass(frozen=True)
class Expected:
    """A post as it should be read; `texts` are the ways in which its words may be given (letters and digits)."""

    id: str
    author: str
    at: datetime
    texts: frozenset[str]


@dataclass(frozen=True)
class SavedPage:
    """A saved page: its engine and site, its bytes, where it was, and its posts (none on lists)."""

    engine: str
    site: str
    path: Path
    url: str
    posts: tuple[Expected, ...]


def letters(text: str) -> str:
    """A text by its letters and digits, as it is compared."""
    return NOTHING.sub("", text)


def pages(data: Path) -> Iterator[SavedPage]:
    """Yield every page of forum_pages/INDEX.csv with what stands on it."""
    folder = data / "forum_pages"
    with (folder / "INDEX.csv").open(encoding="utf-8", newline="") as index:
        rows = list(csv.DictReader(index))
    for row in rows:
        path = folder / row["file"]
        raw = path.read_bytes()
        url, posts = _page(row["engine"], row["site"], path, raw, data)
        yield SavedPage(row["engine"], row["site"], path, url, tuple(posts))


def _page(engine: str, site: str, path: Path, raw: bytes, data: Path) -> tuple[str, list[Expected]]:
    if engine == "smf_rerendered":
        return f"https://{site}/topics/{path.name.removeprefix('topics_')}", _opendcl(path, data)
    latin = site.startswith("theavalanches")
    tree = lx.fromstring(raw.decode("cp1252" if latin else "utf-8", errors="replace"))
    canonical = tree.xpath("string(//link[@rel='canonical']/@href)")
    readers: dict[str, Callable[[lx.HtmlElement], list[Expected]]] = {
        "phpbb2": _phpbb2,
        "phpbb3": _phpbb3_archive,
        "phpbb": _eaglecraft,
        "xenforo": _ragezone,
        "mesdiscussions": _hardware,
    }
    posts = [] if site.endswith(("_forumlists", "_other")) else readers[engine](tree)
    if latin:
        number = re.search(r"_(p|t)(\d+)_", path.name)
        assert number
        root = "forum" if engine == "phpbb3" else "phpBB2"
        return f"http://www.theavalanches.com/{root}/viewtopic.php?{number[1]}={number[2]}", posts
    return canonical or f"https://{site.partition('_')[0]}/{path.name}", posts


def _texts(markup: str, *drop: str) -> frozenset[str]:
    """A body's words without what the XPaths find; without pictures' names, with all, with those of smileys."""
    found = set()
    for names in ("(?!)", "", r".*[^\w ]", r"[:;=8xX]\S{1,3}$|:\w+:$"):
        body = lx.fragment_fromstring(markup, create_parent="div")
        for path in ("//script", "//style", "//noscript", "//template", *drop):
            for node in body.xpath(path.replace("//", ".//", 1)):
                if node.getparent() is not None:
                    node.drop_tree()
        for image in body.iter("img"):
            if re.match(names, image.get("alt") or ""):
                image.tail = f" {image.get('alt') or ''} {image.tail or ''}"
        found.add(letters(body.text_content()))
    return frozenset(found)


def _outer(node: lx.HtmlElement) -> str:
    return lx.tostring(node, encoding="unicode", with_tail=False)


def _hours(tree: lx.HtmlElement) -> timezone:
    if "All times are EST (Australia)" in tree.text_content():
        return timezone(timedelta(hours=10))
    found = re.search(r"All times are (?:GMT|UTC) ([+-]) (\d+)", tree.text_content())
    return timezone(timedelta(hours=int(found[1] + found[2]))) if found else UTC  # type: ignore[return-value]


def _phpbb2(tree: lx.HtmlElement) -> list[Expected]:
    """subSilver: rows in pairs; span.name, the date after "Posted:", words up to the line of underscores."""
    zone, posts = _hours(tree), []
    for row in tree.xpath("//tr[td/span[@class='name']/a[@name]]"):
        name = row.xpath("td/span[@class='name']")[0]
        said = re.search(r"Posted: \w{3} (\w{3} \d{1,2}, \d{4} \d{1,2}:\d\d [ap]m)", row.text_content())
        assert said
        at = datetime.strptime(said[1], "%b %d, %Y %I:%M %p").replace(tzinfo=zone)
        cell = row.xpath(".//tr[3]/td")[0]
        markup = re.split(r"_{10,}", _outer(cell))[0]
        drop = (
            "//table[.//td[@class='quote' or @class='code']]//td[@class='quote']",
            "//table//b[contains(., 'wrote:')]",
            "//table//b[.='Quote:']",
            "//span[@class='gensmall']",
        )
        posts.append(Expected(name.xpath("a/@name")[0], name.text_content().strip(), at, _texts(markup, *drop)))
    return posts


def _phpbb3_archive(tree: lx.HtmlElement) -> list[Expected]:
    """Two pages of the same forum: one still subSilver, one subsilver2 (a table a post)."""
    if tree.xpath("//span[@class='name']/a[@name]"):
        return _phpbb2(tree)
    zone, posts = _hours(tree), []
    for anchor in tree.xpath("//td/a[starts-with(@name, 'p')]"):
        table = anchor.xpath("ancestor::table[1]")[0]
        said = re.search(r"Posted: \w{3} (\w{3} \d{1,2}, \d{4} \d{1,2}:\d\d [ap]m)", table.text_content())
        assert said
        at = datetime.strptime(said[1], "%b %d, %Y %I:%M %p").replace(tzinfo=zone)
        markup = _outer(table.xpath(".//div[@class='postbody']")[0])
        texts = _texts(markup, "//div[@class='quotetitle']", "//div[@class='quotecontent']")
        author = table.xpath("string(.//span[@class='postauthor'])").strip()
        posts.append(Expected(anchor.get("name")[1:], author, at, texts))
    return posts


def _eaglecraft(tree: lx.HtmlElement) -> list[Expected]:
    """A French theme of its own: div.vtouter a post, "Dim 18 Mars 2018, 11:33"."""
    posts = []
    for post in tree.xpath("//div[@class='vtouter'][starts-with(@id, 'p')]"):
        said = re.search(r"(\d{1,2}) (\w+) (\d{4}), (\d\d):(\d\d)", post.xpath("string(.//span[@class='vtdate'])"))
        assert said
        month = next(
            number
            for name, number in MONTHS.items()
            if said[2].lower().startswith(name[:3]) and _month(said[2], name)
        )
        at = datetime(int(said[3]), month, int(said[1]), int(said[4]), int(said[5]), tzinfo=UTC)
        body = post.xpath(".//div[@class='vtcontent']/div[@class='content']")[0]
        author = post.xpath("string(.//span[@class='vtusername'])").strip()
        posts.append(
            Expected(
                post.get("id")[1:],
                author,
                at,
                _texts(_outer(body), "//blockquote", "//div[@class='notice']", "//div[@class='inline-attachment']"),
            )
        )
    return posts


def _month(said: str, name: str) -> bool:
    """Whether a month's name is this one: "Juin" and "Juil" differ in the fourth letter only."""
    return said.lower()[: len(name)] == name or said.lower() == name[:3]


def _ragezone(tree: lx.HtmlElement) -> list[Expected]:
    """XenForo 2: data-author and data-content on the article, <time datetime> in its head, div.bbWrapper."""
    posts = []
    for post in tree.xpath("//article[starts-with(@data-content, 'post-')]"):
        body = post.xpath(".//article[contains(@class, 'message-body')]//div[@class='bbWrapper']")[0]
        stamp = post.xpath(".//header//time/@data-timestamp")[0]
        drop = (
            "//blockquote[contains(@class, 'bbCodeBlock--quote')]",
            "//div[@class='bbCodeBlock-title']",
            "//div[contains(@class, 'samItem')]",
        )
        at = datetime.fromtimestamp(int(stamp), UTC)
        posts.append(
            Expected(post.get("data-content")[5:], post.get("data-author"), at, _texts(_outer(body), *drop))
        )
    return posts


def _hardware(tree: lx.HtmlElement) -> list[Expected]:
    """MesDiscussions: a table a post, an anchor t123, div#para123; advertisements have a table but no anchor."""
    posts = []
    for table in tree.xpath("//table[@class='messagetable'][.//a[starts-with(@name, 't')]]"):
        number = table.xpath(".//td[1]//a[starts-with(@name, 't')]/@name")[0][1:]
        said = re.search(r"Posté le (\d\d)-(\d\d)-(\d{4})\W+à\W+(\d\d):(\d\d):(\d\d)", table.text_content())
        assert said
        day, month, year, hour, minute, second = (int(group) for group in said.groups())
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        body = table.xpath(f".//div[@id='para{number}']")[0]
        quoted = "contains(@class, 'citation') or contains(@class, 'quote')"
        drop = (f"//table[{quoted}]", "//span[@class='signature']", "//div[@class='edited']")
        author = table.xpath("string(.//b[@class='s2'])").replace("\u200b", "").strip()
        posts.append(Expected(number, author, at, _texts(_outer(body), *drop)))
    return posts


@cache
def _threads(path: Path) -> dict[str, list[dict[str, str]]]:
    with path.open(encoding="utf-8") as lines:
        return {_number((thread := json.loads(line))["path"]): thread["posts"] for line in lines}


def _number(name: str) -> str:
    """A topic's number: titles are cut in file names."""
    return name.removeprefix("topics").lstrip("/_").partition("-")[0]


def _opendcl(path: Path, data: Path) -> list[Expected]:
    """What others parsed: id, author, date and the body's HTML; the page itself for topics that they left out."""
    posts = _threads(data / "forum_threads" / "opendcl_smf.jsonl").get(_number(path.name))
    if posts is None:
        return _opendcl_page(lx.fromstring(path.read_text(encoding="utf-8")))
    return [
        Expected(
            post["id"].removeprefix("msg"),
            post["author"],
            datetime.strptime(post["date"], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC),
            _texts(post["html"], "//blockquote[@class='quote']", "//div[@class='attachments']"),
        )
        for post in posts
    ]


def _opendcl_page(tree: lx.HtmlElement) -> list[Expected]:
    posts = []
    for post in tree.xpath("//article[@class='post']"):
        said = re.sub(" UTC$", "", post.xpath("string(.//span[contains(@class, 'post-date')])"))
        at = datetime.strptime(said, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        author = post.xpath("string(.//span[@class='post-author'])").strip()
        body = post.xpath(".//div[@class='post-body']")[0]
        drop = ("//blockquote[@class='quote']", "//div[@class='attachments']")
        posts.append(Expected(post.get("id")[3:], author, at, _texts(_outer(body), *drop)))
    return posts
