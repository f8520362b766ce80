"""Which way leads into a forum: its engine's JSON where it has one that answers, else its pages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Reading
from flows.sources.answers import LayoutChanged
from flows.sources.forum.client import ACCEPT, PagesWay, Way, page_of
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.json.api import UNFIT, ApiWay, base_of
from flows.sources.forum.json.discourse import Discourse
from flows.sources.forum.json.flarum import Flarum
from flows.sources.forum.json.nodebb import NodeBB
from flows.sources.http import Memory, PoliteClient, RobotsRefused, StatusError

KEY = "way"
ASK_AGAIN = timedelta(days=7)  # whether a forum that is read by its pages has an API by now
WAYS: dict[str, type[ApiWay]] = {"discourse": Discourse, "nodebb": NodeBB, "flarum": Flarum}
MARKERS = {
    "discourse": ("/t/", "/c/", "/tag/", "/latest", "/categories", "/top", "/new"),
    "nodebb": ("/topic/", "/category/", "/recent", "/popular", "/categories"),
    "flarum": ("/d/", "/t/", "/all", "/tags"),
}
WHOLE = {"/latest", "/categories", "/top", "/new", "/recent", "/popular", "/all", "/tags"}
SIGNS: dict[str, tuple[str, ...]] = {
    "discourse": (
        r'<meta[^>]+name="generator"[^>]+content="Discourse\b',
        r"data-discourse-setup|discourse-presence",
    ),
    "nodebb": (
        r"/nodebb(?:\.min)?\.js\b",
        r"component=\"(?:topic|category|categories)",
        r"\bNodeBB\b[^<]{0,40}</a>",
    ),
    "flarum": (r'id="flarum-(?:json-payload|content|loading)"', r"\bflarum\.core\.app\b"),
}


def recognise(page: ForumPage) -> str | None:
    """Name the engine of a page whose engine has a JSON way in; None where it is none of these."""
    headers = {name.lower(): value.lower() for name, value in page.headers.items()}
    if "x-discourse-route" in headers:
        return "discourse"
    if headers.get("x-powered-by") == "nodebb":
        return "nodebb"
    head = page.text[:400_000]
    for engine, patterns in SIGNS.items():
        if any(re.search(pattern, head, re.IGNORECASE) for pattern in patterns):
            return engine
    return None


def api_way(client: PoliteClient, engine: str, addresses: list[str]) -> ApiWay:
    """Return the way through an engine's JSON to what the addresses show; they are of one forum."""
    split = [base_of(address, *MARKERS[engine]) for address in addresses]
    paths = ["" if path.rstrip("/") in WHOLE else path for _, path in split]
    return WAYS[engine](client, split[0][0], paths)


def way_into(
    client: PoliteClient,
    config: ForumConfig,
    memory: Memory,
    now: datetime,
    say: Callable[[str], None] = lambda _: None,
) -> Way:
    """Return how a forum is read; found out once, and remembered. Raises HttpError, BudgetUsedUp.

    `say` is told what was tried, and what came of it.
    """
    pages = PagesWay(client, config.addresses, config.timezone(), memory=memory, now=now)
    if config.engine:
        return pages if config.engine == "pages" else api_way(client, config.engine, config.addresses)
    known = memory.get(KEY)
    if known and (known["engine"] or now - datetime.fromisoformat(known["at"]) < ASK_AGAIN):
        return api_way(client, known["engine"], config.addresses) if known["engine"] else pages
    answer = client.get(config.addresses[0], accept=ACCEPT)
    engine = recognise(page_of(answer, now))
    if engine is None:
        return pages
    api = api_way(client, engine, config.addresses)
    why = _refusal(api)
    say(f"{engine} has a JSON API" + (f", which is not read: {why}" if why else ""))
    remember(memory, engine if why is None else None, now)
    return api if why is None else pages


def remember(memory: Memory, engine: str | None, now: datetime) -> None:
    """Keep which way leads in: an engine's JSON, or the forum's pages."""
    memory.note(KEY, {"engine": engine, "at": now.isoformat()})


def read_json_page(page: ForumPage) -> Reading | None:
    """Read a page that is an answer of one of these APIs; None where it is none."""
    try:
        value = orjson.loads(page.content)
    except orjson.JSONDecodeError:
        return None
    for way in WAYS.values():
        with contextlib.suppress(*UNFIT):
            return way(None, "", []).understand(value, page.url)
    return None


def _refusal(way: ApiWay) -> str | None:
    """Why an API cannot be read; None where it can. Raises HttpError where that may be otherwise soon."""
    try:
        way.read(way.recent() or way.starts()[0])
    except (RobotsRefused, LayoutChanged) as error:
        return str(error)
    except StatusError as error:
        if error.status is None or not 400 <= error.status < 500:
            raise
        return str(error)
    return None
