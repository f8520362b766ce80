"""The flows under a real Prefect: what they return, the artifact a person reads, and the form a source shows."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, get_args

import pytest

from flows.sources.base import SourceConfig
from flows.sources.examples import DEMO
from flows.sources.feeds.config import FeedsConfig
from flows.sources.files import FilesConfig
from flows.sources.registry import AnyConfig
from flows.warehouse.database import connect, locked
from flows.warehouse.status import status
from tests.helpers.house import House
from tests.marts.test_bursts import FIRST, HOUR, SURGE, chatter, surge, written
from tests.marts.test_customers import messages, said
from tests.servers.feed_server import Reply, feed_server
from tests.servers.waiting import wait_until

FEED = b"""<rss version="2.0"><channel><title>Press</title><item><guid>http://a.example/1</guid>
<title>News</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""

WORDS = [f"{a}{b}{c}" for a in ("vel", "nor", "tim", "sac") for b in "aeiou" for c in ("rin", "dol")]


def artifact(key: str) -> str:
    """Newest artifact of a key, as Prefect's page shows it."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort

    async def read() -> str:
        async with get_client() as client:
            found = await client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])), sort=ArtifactSort.CREATED_DESC
            )
        return str(found[0].data)

    return asyncio.run(read())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("prefect")
def test_collect_then_refresh_and_their_artifacts(warehouse: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.collect import collect
    from flows.refresh import refresh

    for module in ("flows.warehouse.database", "flows.warehouse.refresh.run"):
        monkeypatch.setattr(f"{module}.settings", lambda: warehouse.settings)
    config = FilesConfig(name="tilleul", path=str(DEMO), mapping="messages", page_size=100)

    report = collect(config)

    assert (report.pages, report.counts.new) == (5, 451)
    flow_runs = warehouse.query("select count(*), count(flow_run) from ops.runs where status = 'done'")
    assert flow_runs == [(1, 1)]
    page = artifact("collect-tilleul")
    assert "| read | 451 |" in page
    assert "| rejected | 0 |" in page

    (done,) = refresh(as_of=warehouse.as_of)

    assert (done.batches, done.rows["new"], done.touched["message"]) == (5, 451, 451)
    page = artifact("refresh")
    assert "| pages claimed | 5 |" in page
    assert "| message | 451 |" in page
    assert "| words |" in page
    assert refresh(as_of=warehouse.as_of) == []
    assert "Nothing to do" in artifact("refresh")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("prefect")
def test_what_is_certain_is_hidden_and_looked_for_without_a_change(
    warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.check_identity import check_identity

    monkeypatch.setattr("flows.warehouse.database.settings", lambda: warehouse.settings)
    assert check_identity().hidden == 0
    assert "Nothing to hide" in artifact("check-identity")

    # Given forty people of two accounts by one verified address each: twenty bear one rare name on both
    for site in ("board", "post"):
        people = [
            {"display_name": f"Zephyr{WORDS[n]} Quill{WORDS[-n]}"} if n < 20 or site == "board" else {}
            for n in range(40)
        ]
        rows = (said(f"{site[0]}{n}", verified_email=f"u{n}@home.example", **one) for n, one in enumerate(people))
        messages(warehouse, site, *rows)
    warehouse.refresh()
    before = warehouse.rows("identity.memberships")

    checked = check_identity()

    # Then about a fifth was hidden, nobody moved, and its page says what became of them
    assert 1 <= checked.hidden <= 20
    assert checked.found + checked.asked + checked.denied <= checked.hidden
    assert warehouse.rows("identity.memberships") == before
    page = artifact("check-identity")
    assert f"| joined by hidden values alone | {checked.hidden} |" in page
    assert f"| a person would be asked | {checked.asked} |" in page


def events(prefix: str, source: str | None = None) -> list[dict[str, Any]]:
    """Events of a kind, of a source, that Prefect's server has, waiting until one is there."""
    from prefect.client.orchestration import get_client

    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        answer = client._client.post("/events/filter", json={"filter": {"event": {"prefix": [prefix]}}})
        found[:] = [e for e in answer.json()["events"] if source is None or e["payload"]["source"] == source]
        return bool(found)

    with get_client(sync_client=True) as client:
        wait_until(are_there, f"events {prefix}")
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("prefect")
def test_a_gap_is_an_event_that_automations_can_send_on(
    empty_warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.collect import collect

    monkeypatch.setattr("flows.warehouse.database.settings", lambda: empty_warehouse.settings)
    with feed_server() as server:
        server.routes = {"/robots.txt": Reply(b""), "/a": Reply(FEED), "/b": Reply(FEED)}
        urls = [server.url("/a"), server.url("/b")]
        report = collect(
            FeedsConfig(name="press", urls=urls, allowed_private=["127.0.0.1"], crawl_delay=0, max_requests=2)
        )

    assert report.counts.new == 1 and len(report.gaps) == 1
    (event,) = events("vigie.source.gap")
    assert event["payload"]["source"] == "press"
    assert "1 of 2 feeds are left" in event["payload"]["detail"]
    (event,) = events("vigie.collected", "press")  # what `refresh` waits for
    assert event["follows"] is None, "the server holds back what follows an event that it may never see"
    related = [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in event["related"]]
    assert ("flow", "collect") in related


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("prefect")
def test_a_burst_is_an_event_at_the_end_of_a_refresh(warehouse: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.refresh import refresh

    for module in ("flows.warehouse.database", "flows.warehouse.refresh.run"):
        monkeypatch.setattr(f"{module}.settings", lambda: warehouse.settings)
    warehouse.load_rows(chatter(FIRST, 36, 20) + surge())

    for _ in range(2):
        refresh(as_of=SURGE + 10 * HOUR)
        warehouse.load_rows([written("more", SURGE + 7 * HOUR)])

    found = {event["resource"]["prefect.resource.id"]: event["payload"] for event in events("vigie.burst")}
    assert found.keys() == {"vigie.burst.all.all", "vigie.burst.brand.owl"}
    assert len(events("vigie.burst")) == 2, "told twice"
    payload = found["vigie.burst.brand.owl"]
    assert payload["burst"].startswith("brand:owl/") and payload["messages"] >= 48 > payload["expected"]


@pytest.mark.parametrize("config", get_args(get_args(AnyConfig)[0]))
def test_a_source_is_a_form_with_descriptions_and_no_secret(config: type[SourceConfig]) -> None:
    schema: dict[str, Any] = config.model_json_schema()
    assert re.fullmatch(r"[A-Z][a-z]+( [A-Z][a-z]+)?", schema["title"]) and "Config" not in schema["title"]
    for name, field in schema["properties"].items():
        assert field.get("description") or "const" in field, f"{name} has no description"
        if {"password", "secret", "token", "key"} & set(name.split("_")):
            patterns = [kind["pattern"] for kind in field.get("anyOf", [field]) if kind.get("type") == "string"]
            assert patterns and not any(re.search(p, "s3cret Sesame!") for p in patterns), f"{name} takes a secret"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("prefect")
def test_a_run_that_fails_before_it_begins_to_read_is_seen(
    empty_warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parameters are refused, or its mapping is not there: the warehouse has a row of it with the reason."""
    import flows.collect

    monkeypatch.setattr("flows.warehouse.database.settings", lambda: empty_warehouse.settings)
    monkeypatch.setattr(flows.collect, "read_source", flows.collect.read_source.with_options(retries=0))
    for source in ({"name": "pathless"}, {"name": "mapless", "path": str(DEMO), "mapping": "nowhere"}):
        assert flows.collect.collect(source, return_state=True).is_failed()
    runs = empty_warehouse.query("select source, status, flow_run is not null, error from ops.runs order by source")
    assert [row[:3] for row in runs] == [("mapless", "failed", True), ("pathless", "failed", True)]
    assert "nowhere" in runs[0][3] and "path" in runs[1][3]
    seen = {row["source"]: row for row in status(empty_warehouse.connection)["sources"]}
    assert {name: row["alarms"] for name, row in seen.items()} == {"mapless": ["failed"], "pathless": ["failed"]}

    good = {"name": "tilleul", "path": str(DEMO), "mapping": "messages"}
    with connect(empty_warehouse.settings) as other, locked(other, "collect tilleul"):
        other.execute(
            "insert into ops.runs (run_id, source, status) values (gen_random_uuid(), 'tilleul', 'running')"
        )
        assert flows.collect.collect(good, return_state=True).is_failed()
    assert empty_warehouse.query("select status from ops.runs where source = 'tilleul'") == [("running",)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_only_what_failed_is_an_error_in_the_log() -> None:
    from dbt.artifacts.schemas.results import NodeStatus

    from flows.refresh import level_of

    levels = {str(status): logging.getLevelName(level_of(status)) for status in NodeStatus}

    assert {name for name, level in levels.items() if level == "ERROR"} == {"error", "fail", "runtime error"}
    assert {name for name, level in levels.items() if level == "WARNING"} == {"warn", "skipped", "partial success"}
