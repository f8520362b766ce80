"""Labels of real messages that two readers gave by hand; the texts stay in VIGIE_DATA.

A key is a file's path in that folder, `#`, and what finds the text in it: its own id, or `row` and the place of a
data row from 0; `/reply` at the end means the company's answer to it.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Found = Iterator[tuple[str, str]]

_QUOTED = re.compile(r"<(blockquote|pre|code)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>", re.IGNORECASE)


def labelled(name: str) -> list[dict[str, str]]:
    """Rows of `messages` or `replies`: key, labels, lang, and whether both readers agreed before they settled."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts(data: Path, keys: set[str]) -> dict[str, str]:
    """The texts of keys, read from the files that they name."""
    found: dict[str, str] = {}
    for name in sorted({key.partition("#")[0] for key in keys}):
        read = next(read for part, read in _READERS.items() if part in name)
        found |= {f"{name}#{rest}": text.strip() for rest, text in read(data / name)}
    return {key: found[key] for key in keys}


def _bare(marked: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", "", _BREAK.sub("\n", _QUOTED.sub(" ", marked))))
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"[ \t\xa0]+", " ", text)).strip()


def _titled(title: str | None, text: str | None) -> str:
    """Title and text, without a title that only repeats how the text begins."""
    head, body = (title or "").strip(), (text or "").strip()
    start = head.rstrip("….").strip().lower()
    if not body:
        return head
    return body if not start or body.lower().replace("\n", " ").startswith(start[:25]) else f"{head}\n{body}"


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _tweets(path: Path) -> Found:
    for row in _table(path):
        yield row["tweet_id"], html.unescape(row["text"]) if "twcs" in str(path) else row["text"]


def _numbered(column: str) -> Callable[[Path], Found]:
    def read(path: Path) -> Found:
        for place, row in enumerate(_table(path)):
            yield f"row{place}", row[column]
            yield f"row{place}/reply", row.get("Reply", "")

    return read


def _sessions(path: Path) -> Found:
    known: set[str] = set()
    for session in json.loads(path.read_text("utf-8")):
        turns = [(turn["tweet_ID"], turn["message"]) for turn in session["dialogContent"]]
        turns.append((session["agentURL"]["tweet_ID"], session["agentURL"]["url_utterance"]))
        for native, text in turns:
            if native not in known:
                known.add(native)
                yield native, text


def _keytrade(path: Path) -> Found:
    for review in json.loads(path.read_text("utf-8")):
        yield review["id"], _titled(review["title"], review["text"])
        if review["reply"]:
            yield f"{review['id']}/reply", review["reply"]["message"]


def _maroc(path: Path) -> Found:
    for row in _table(path):
        yield row["review_id"], _titled(row["titre"], row["texte"])


def _store(path: Path) -> Found:
    for row in _table(path):
        yield row["reviewId"], row["content"]
        yield f"{row['reviewId']}/reply", row["replyContent"]


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _inside(inner)


def _posts(path: Path) -> Found:
    for item in (inner for line in _lines(path) for inner in _inside(line)):
        for native, text in (("id", "html"), ("postId", "content"), ("id", "content")):
            if native in item and isinstance(item.get(text), str):
                yield str(item[native]), _bare(item[text])


def _talks(path: Path) -> Found:
    for item in (inner for line in _lines(path) for inner in _inside(line)):
        if isinstance(item.get("body"), str):
            yield f"t1_{item.get('id')}", item["body"]
        elif isinstance(item.get("selftext"), str):
            yield f"t3_{item.get('id')}", _titled(item.get("title"), item["selftext"])


_READERS: dict[str, Callable[[Path], Found]] = {
    "twcs/": _tweets,
    "free_tweets_fr/": _tweets,
    "tweets_sentiment/": _numbered("text"),
    "ibm_twitter_care/": _sessions,
    "trustpilot_keytrade/": _keytrade,
    "trustpilot_finance_fr/": _numbered("Title"),
    "tripadvisor_reviews": _numbered("Comments"),
    "royal_air_maroc/trustpilot": _maroc,
    "app_reviews/": _store,
    "nps_retail_fr/": _numbered("explication"),
    "forum_threads/": _posts,
    "mastodon_api/": _posts,
    "reddit_api/": _talks,
}
