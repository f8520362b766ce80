"""Finds out how a forum is read: by its engine's JSON API where that answers, else by its pages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from flows.forumreader import ForumPage, Reading
from flows.sources.answers import LayoutChanged
from flows.sources.forum.client import ForumClient
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.json.api import PARSE_ERRORS, JsonClient, base_of
from flows.sources.forum.json.discourse import Discourse
from flows.sources.forum.json.flarum import Flarum
from flows.sources.forum.json.nodebb import NodeBB
from flows.sources.forum.pages import ACCEPT, PagesClient, page_of
from flows.sources.http import Memory, PoliteClient, RobotsRefused, StatusError

KEY = "way"  # in the stored state
RETRY_API_AFTER = timedelta(days=7)  # of a forum that is read by its pages
APIS: dict[str, type[JsonClient]] = {"discourse": Discourse, "nodebb": NodeBB, "flarum": Flarum}
PATHS = {  # how the paths of lists and threads begin
    "discourse": ("/t/", "/c/", "/tag/", "/latest", "/categories", "/top", "/new"),
    "nodebb": ("/topic/", "/category/", "/recent", "/popular", "/categories"),
    "flarum": ("/d/", "/t/", "/all", "/tags"),
}
WHOLE_FORUM = {"/latest", "/categories", "/top", "/new", "/recent", "/popular", "/all", "/tags"}
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
    """Name a page's engine where that has a JSON API; None for all others."""
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


def json_client(http: PoliteClient, engine: str, addresses: list[str]) -> JsonClient:
    """Return the client of an engine's API for what the addresses show; they are of one forum."""
    split = [base_of(address, *PATHS[engine]) for address in addresses]
    paths = ["" if path.rstrip("/") in WHOLE_FORUM else path for _, path in split]
    return APIS[engine](http, split[0][0], paths)


def open_forum(
    http: PoliteClient,
    config: ForumConfig,
    memory: Memory,
    now: datetime,
    say: Callable[[str], None] = lambda _: None,
) -> ForumClient:
    """Return the forum's client; its engine is found out once and remembered. Raises HttpError, BudgetUsedUp.

    `say` takes messages on what was tried and with what outcome.
    """
    pages = PagesClient(http, config.addresses, config.timezone(), memory=memory, now=now)
    if config.engine:
        return pages if config.engine == "pages" else json_client(http, config.engine, config.addresses)
    known = memory.get(KEY)
    if known and (known["engine"] or now - datetime.fromisoformat(known["at"]) < RETRY_API_AFTER):
        return json_client(http, known["engine"], config.addresses) if known["engine"] else pages
    answer = http.get(config.addresses[0], accept=ACCEPT)
    engine = recognise(page_of(answer, now))
    if engine is None:
        return pages
    api = json_client(http, engine, config.addresses)
    why = _refusal(api)
    say(f"{engine} has a JSON API" + (f", which is not read: {why}" if why else ""))
    remember_engine(memory, engine if why is None else None, now)
    return api if why is None else pages


def remember_engine(memory: Memory, engine: str | None, now: datetime) -> None:
    """Store how the forum is read: by its engine's API, or (None) by its pages."""
    memory.note(KEY, {"engine": engine, "at": now.isoformat()})


def read_json_page(page: ForumPage) -> Reading | None:
    """Read a page that is an answer of one of these APIs; None for anything else."""
    try:
        value = orjson.loads(page.content)
    except orjson.JSONDecodeError:
        return None
    for api in APIS.values():
        with contextlib.suppress(*PARSE_ERRORS):
            return api(None, "", []).understand(value, page.url)
    return None


def _refusal(api: JsonClient) -> str | None:
    """Why an API cannot be read; None where it can. Raises HttpError for a failure that may be temporary."""
    try:
        api.read(api.recent() or api.starts()[0])
    except (RobotsRefused, LayoutChanged) as error:
        return str(error)
    except StatusError as error:
        if error.status is None or not 400 <= error.status < 500:
            raise
        return str(error)
    return None
