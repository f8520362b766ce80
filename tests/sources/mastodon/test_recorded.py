"""Recorded traffic of real servers, replayed through the source: what comes out is what is in the files."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from flows.sources.mastodon.source import Mastodon
from tests.servers.json_server import Request, json_server
from tests.sources.mastodon.conftest import World
from tests.sources.mastodon.instance import Instance
from tests.sources.running import Runner

HOSTS = ["fosstodon.org", "mastodon.social", "localhost:3000", "icosahedron.website"]
FILES = ("rtoot_interactions.jsonl", "mastodonpy_interactions.jsonl")


def interactions(data: Path) -> list[dict[str, Any]]:
    lines = [
        line for name in FILES for line in (data / "mastodon_api" / name).read_text("utf-8").split("\n") if line
    ]
    return [json.loads(line) for line in lines]


def statuses(found: Any) -> Iterator[dict[str, Any]]:
    """Every status in a payload, those that another carries (boosted, quoted) left out."""
    if isinstance(found, dict) and {"content", "account", "visibility"} <= found.keys():
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from statuses(inner)


def plain(text: str) -> str:
    """A text without markup and space, by a way of its own; items of a list have a dash."""
    return re.sub(r"\s+|\xa0", "", unescape(re.sub(r"<[^<>]*>", "", text.replace("<li>", "-"))))


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def served(rows: list[dict[str, Any]]) -> Instance:
    """A server that serves a host's payloads: lists as hashtags, whole; what is no list forty at a time."""
    host = Instance()
    rest: list[dict[str, Any]] = []
    for row in rows:
        host.statuses |= {one["id"]: one for one in statuses(row["response"]) if not one["reblog"]}
        path, found = urlsplit(row["uri"]).path, row["response"]
        if path.endswith("/context"):
            host.contexts[path.split("/")[-2]] = found
        if isinstance(found, list) and found and list(statuses(found[:1])) == found[:1]:
            host.recorded[f"list{len(host.recorded)}"] = found
        else:
            rest += statuses(found)
    for start in range(0, len(rest), 40):
        host.recorded[f"rest{start}"] = rest[start : start + 40]
    return host


@pytest.mark.parametrize("name", HOSTS)
def test_every_status_in_every_payload_comes_out_as_it_is(data: Path, name: str) -> None:
    rows = [row for row in interactions(data) if urlsplit(row["uri"]).netloc == name]
    expected = [one for row in rows for one in statuses(row["response"]) if not one["reblog"]]
    host = served(rows)
    host.domain = name
    with json_server(host.answer) as server:
        world = World(host, server, Runner(Mastodon))
        world.runner.now = datetime(2026, 12, 31, tzinfo=UTC)
        ran = world.run(hashtags=list(host.recorded) or ["none"], first_days=3650, site="them")

    assert (ran.rejects, ran.tombstones, ran.gaps, ran.error) == ([], [], [], "")
    assert ran.ids == {one["id"] for one in expected}
    wanted = defaultdict(set)
    for one in expected:
        account, poll = one["account"]["acct"].lower(), one.get("poll") or {"options": []}
        choices = [f"-{plain(option['title'])}" for option in poll["options"]]
        wanted[one["id"]].add((
            account if "@" in account else f"{account}@{name}",
            moment(one["created_at"]),
            moment(one.get("edited_at")),
            one["in_reply_to_id"],
            plain(one["content"]) + "".join(choices),
            one["spoiler_text"] or None,
            one["visibility"] in {"public", "unlisted"},
            "bot" if one["account"]["bot"] else None,
            one["uri"],
        ))  # fmt: skip
    came = defaultdict(set)
    for record in ran.records:
        payload = orjson.loads(record.content)
        mapped = payload["mapped"]
        came[record.record_id].add((
            mapped["account"],
            moment(mapped["posted_at"]),
            moment(mapped.get("edited_at")),
            mapped.get("parent"),
            plain(mapped["body"]),
            mapped.get("title"),
            mapped["is_public"],
            mapped.get("author_role_declared"),
            payload["status"]["uri"],
        ))  # fmt: skip
    assert came == wanted


def test_no_host_is_left_out(data: Path) -> None:
    assert {urlsplit(row["uri"]).netloc for row in interactions(data) if any(statuses(row["response"]))} == set(
        HOSTS
    )


def test_recorded_pages_are_followed_by_max_id(data: Path) -> None:
    pages = {}
    for row in interactions(data):
        parts = urlsplit(row["uri"])
        if row["cassette"].endswith(("get_account_statuses_limit.yml", "handle_params_max_id.yml")):
            pages[parts.path, parse_qs(parts.query).get("max_id", [None])[0]] = row["response"]

    def answer(request: Request) -> tuple[int, Any]:
        if request.path.endswith("/lookup"):
            return 200, {"id": "109302436954721982", "acct": "schochastics"}
        if (request.path, request.one("max_id")) in pages:
            return 200, pages[request.path, request.one("max_id")]
        return (200, []) if request.path.endswith(("/statuses", "/ichbinhanna")) else (401, {"error": "no"})

    with json_server(answer) as server:
        world = World(Instance(), server, Runner(Mastodon))
        world.runner.now = datetime(2025, 7, 18, tzinfo=UTC)
        ran = world.run(accounts=["schochastics"], hashtags=["ichbinhanna"], first_days=3650, watch_days=0)

    lists = [page for page in ran.pages if any(key.startswith("list:") for key in page.state)]
    assert {one["id"] for page in pages.values() for one in page if not one["reblog"]} <= ran.ids
    assert [len(page.records) for page in lists][:4] == [
        sum(not one["reblog"] for one in page) for (path, _), page in pages.items() if "accounts" in path
    ][:4]


def test_recorded_deletions_become_tombstones(data: Path) -> None:
    host = Instance()
    rows = interactions(data)
    known = {one["id"]: one for row in rows for one in statuses(row["response"]) if not one["reblog"]}
    paths = [urlsplit(row["uri"]).path for row in rows if row["method"] == "DELETE"]
    gone = {path.split("/")[4] for path in paths if path.startswith("/api/v1/statuses/")}
    deleted = [known[one] for one in gone & known.keys()]
    assert deleted
    host.statuses = {one["id"]: one for one in deleted}
    host.recorded["all"] = deleted
    with json_server(host.answer) as server:
        world = World(host, server, Runner(Mastodon))
        written = [datetime.fromisoformat(one["created_at"]) for one in deleted]
        world.runner.now = max(written) + timedelta(minutes=1)
        first = world.run(hashtags=["all"], first_days=3650, watch_days=90)
        host.statuses = {}
        host.recorded["all"] = []
        ran = world.run(hashtags=["all"], watch_days=90, later=timedelta(days=30))
        young = {
            one["id"]
            for one in deleted
            if datetime.fromisoformat(one["created_at"]) > world.runner.now - timedelta(90)
        }
        assert (ran.tombstones, ran.reasons) == ([], ["empty list"])
        assert ["missing at once" in gap for gap in ran.gaps] == [True]
        ran = world.run(hashtags=["all"], watch_days=90, later=timedelta(hours=6), believe_absences=True)

    assert first.ids == {one["id"] for one in deleted}
    assert {gone.record_id for gone in ran.tombstones} == young
    assert young
