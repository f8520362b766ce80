"""Libraries ask through the polite client: they see real answers, and none of them gets around its rules."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import requests

from flows.errors import SourceError
from flows.sources.http import (
    AddressRefused,
    BadAnswer,
    Budget,
    BudgetUsedUp,
    HostResting,
    PoliteClient,
    RobotsRefused,
    Unreachable,
)
from flows.sources.http.adapters import PoliteAdapter, PoliteTransport, cause
from flows.sources.http.hosts import HostState
from tests.helpers.polite import LOOPBACK, OK, World
from tests.servers.feed_server import Reply

Ask = Callable[..., Any]
AGENT = {"User-Agent": "Mozilla/5.0 (a browser, I swear)"}


def with_requests(client: PoliteClient, agent: str | None = None) -> Ask:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, PoliteAdapter(client, agent))
    return session.request


def with_httpx(client: PoliteClient, agent: str | None = None) -> Ask:
    return httpx.Client(transport=PoliteTransport(client, agent), follow_redirects=True).request


@pytest.fixture(params=[with_requests, with_httpx], ids=["requests", "httpx"])
def ask(request: pytest.FixtureRequest, world: World) -> Iterator[Ask]:
    """One request of a library's; options that are no library's are manners."""
    with ExitStack() as stack:

        def asked(
            method: str, path: str, *, budget: Budget | None = None, agent: str | None = None,
            manners: dict[str, Any] | None = None, **options: Any,
        ) -> Any:  # fmt: skip
            client = stack.enter_context(world.client(budget, **(manners or {})))
            return request.param(client, agent)(method, world.server.url(path), **options)

        yield asked


# What a library sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 410, 418, 422])
def test_a_library_sees_the_status_the_body_and_the_headers(world: World, ask: Ask, status: int) -> None:
    body = gzip.compress('{"détail": 1}'.encode())
    headers = {"Content-Encoding": "gzip", "X-RateLimit-Remaining": "7"}
    world.server.routes["/api"] = Reply(body, status, headers, content_type="application/json")
    answer = ask("GET", "/api")
    assert (answer.status_code, answer.json()) == (status, {"détail": 1})
    assert answer.headers["x-ratelimit-remaining"] == "7"
    assert "content-encoding" not in answer.headers
    assert answer.headers.get("content-length", "13") in {"13", "14"}
    assert len(world.server.asked) == 1, "robots.txt is not asked: an API has rules of its own"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_that_lasts_is_seen_after_all_tries(world: World, ask: Ask, status: int) -> None:
    world.server.routes["/api"] = Reply(b"busy", status, {"Retry-After": "9"})
    answer = ask("GET", "/api")
    assert (answer.status_code, answer.content) == (status, b"busy")
    assert len(world.server.asked) == 3
    assert world.time.slept == ([1.5, 3.0] if status == 500 else [9, 9])


def test_a_failure_that_passes_is_not_seen(world: World, ask: Ask) -> None:
    world.server.routes["/api"] = [Reply(status=429, headers={"Retry-After": "3"}), Reply(reset=True), OK]
    assert ask("GET", "/api").content == b"fine"


def test_a_library_follows_redirects_hop_by_hop_and_keeps_its_cookies(world: World, ask: Ask) -> None:
    cookies = {"Location": "/two", "Set-Cookie": "a=1; Path=/"}
    world.server.routes |= {"/one": Reply(status=302, headers=cookies), "/two": OK}
    answer = ask("GET", "/one", manners={"delay": 5})
    assert (answer.content, [hop.status_code for hop in answer.history]) == (b"fine", [302])
    assert world.server.asked[-1].headers["cookie"] == "a=1"
    assert world.time.slept == [5], "each hop waits its turn"


def test_cookies_are_the_librarys_affair(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"fine", headers={"Set-Cookie": "a=1; Path=/"})
    with world.client() as client:
        for _ in range(2):
            client.send("GET", world.server.url())
            client.get(world.server.url())
    assert not any("cookie" in asked.headers for asked in world.server.asked)


def test_what_a_library_sends_arrives(world: World, ask: Ask) -> None:
    world.server.routes["/token"] = OK
    ask("POST", "/token", data={"grant": "é"}, headers={"Authorization": "Bearer x", "Accept-Encoding": "br"})
    asked = world.server.asked[-1]
    assert (asked.method, asked.body) == ("POST", b"grant=%C3%A9")
    assert asked.headers["authorization"] == "Bearer x"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["content-length"] == "12"


@pytest.mark.parametrize("body", ["text é", b"bytes", [b"pie", b"ces"], None])
def test_requests_may_send_a_body_in_any_form(world: World, body: Any) -> None:
    world.server.routes["/upload"] = OK
    with world.client() as client:
        with_requests(client)(
            "POST", world.server.url("/upload"), data=iter(body) if isinstance(body, list) else body
        )
    wanted = {"str": "text é".encode(), "bytes": b"bytes", "NoneType": b""}.get(type(body).__name__, b"pieces")
    assert world.server.asked[-1].body == wanted


def test_a_head_request_has_headers_and_no_body(world: World, ask: Ask) -> None:
    world.server.routes["/huge"] = Reply(headers={"Content-Length": "99000000", "Content-Encoding": "gzip"})
    answer = ask("HEAD", "/huge")
    assert (answer.status_code, answer.content) == (200, b"")


# Who asks ----------------------------------------------------------------------------------------------------


def test_our_own_agent_with_its_contact_wins(world: World, ask: Ask) -> None:
    ask("GET", "/feed.xml", headers=AGENT, manners={"contact": "https://example.org/contact"})
    agent = world.server.asked[-1].headers["user-agent"]
    assert agent.startswith("Vigie/")
    assert agent.endswith("(+https://example.org/contact)")


def test_an_api_that_demands_a_form_gets_it(world: World, ask: Ask) -> None:
    ask("GET", "/feed.xml", headers=AGENT, agent="server:vigie:1 (by /u/example)")
    assert world.server.asked[-1].headers["user-agent"] == "server:vigie:1 (by /u/example)"


# The same rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_may_have_had_an_effect_is_not_sent_again(world: World, ask: Ask, method: str) -> None:
    world.server.routes["/token"] = [Reply(reset=True), OK]
    with pytest.raises(Unreachable, match="no whole answer"):
        ask(method, "/token")
    world.server.routes["/token"] = [Reply(b"broken", status=500), OK]
    assert ask(method, "/token").status_code == 500
    assert len(world.server.asked) == 2


def test_a_post_that_was_refused_or_never_left_is_sent_again(world: World, ask: Ask) -> None:
    world.server.routes["/token"] = [Reply(status=429, headers={"Retry-After": "2"}), Reply(status=503), OK]
    assert ask("POST", "/token", data={"a": "b"}).content == b"fine"
    assert [asked.body for asked in world.server.asked] == [b"a=b"] * 3
    world.server.shutdown()
    world.server.server_close()
    world.time.slept.clear()
    with pytest.raises(Unreachable):
        ask("POST", "/token")
    assert world.time.slept == [1.5, 3.0], "nobody was there: it was tried three times"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("http://10.0.0.7/", AddressRefused), ("http://169.254.169.254/latest/", AddressRefused),
        ("http://inside.example/", AddressRefused), ("http://[::ffff:10.0.0.7]/", AddressRefused),
    ],
)  # fmt: skip
def test_no_redirect_leads_a_library_into_the_network(
    world: World, ask: Ask, target: str, error: type[SourceError]
) -> None:
    world.server.routes["/feed.xml"] = Reply(status=302, headers={"Location": target})
    with pytest.raises(error):
        ask("GET", "/feed.xml")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/", "http://user:secret@journal.example/"])
def test_what_is_refused_as_an_address_is_refused_to_a_library(world: World, url: str) -> None:
    with world.client() as client, pytest.raises(AddressRefused) as error:
        client.send("GET", url)
    assert "secret" not in str(error.value)


def test_a_name_that_changes_its_address_gains_nothing_through_a_library(world: World) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])
    manners = world.client().manners
    with PoliteClient(manners, None, world.time.clock, lambda *_: next(answers)) as client:
        url = world.server.url(host="journal.example")
        assert with_requests(client)("GET", url).content == b"fine"
        world.server.routes["/feed.xml"] = Reply(reset=True)
        with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
            with_httpx(client)("GET", url)


def test_options_that_weaken_a_library_weaken_nothing(world: World) -> None:
    with world.client() as client, pytest.raises(AddressRefused):
        with_requests(client)(
            "GET", "http://10.0.0.7/", verify=False, timeout=None, proxies={"http": world.server.url("")}
        )
    assert world.server.asked == []


def test_a_library_cannot_spend_more_than_the_run_has(world: World, ask: Ask) -> None:
    with pytest.raises(BudgetUsedUp, match="0 requests"):
        ask("GET", "/feed.xml", budget=Budget(requests=0))
    world.server.routes["/feed.xml"] = Reply(b"x" * 3_000_000, 404)
    with pytest.raises(BudgetUsedUp, match="bytes"):
        ask("GET", "/feed.xml", budget=Budget(bytes=100_000))
    world.hosts.put(f"127.0.0.1:{world.server.port}", HostState(wait=40))
    with pytest.raises(BudgetUsedUp, match="minutes"):
        ask("GET", "/feed.xml", budget=Budget(minutes=0.5))


def test_the_pace_the_circuit_and_rest_are_those_of_all(world: World, ask: Ask) -> None:
    world.server.routes["/api"] = Reply(status=503, headers={"Retry-After": "3600"})
    with pytest.raises(HostResting, match="left alone for 3,600 s"):
        ask("GET", "/api")
    with pytest.raises(HostResting), world.client() as client:
        client.get(world.server.url())
    assert len(world.server.asked) == 1


def test_sizes_and_time_are_bounded_for_every_status(world: World, ask: Ask) -> None:
    world.server.routes["/bomb"] = Reply(gzip.compress(b"\0" * 30_000_000), 404, {"Content-Encoding": "gzip"})
    with pytest.raises(BadAnswer, match="more than 10,000,000 bytes"):
        ask("GET", "/bomb")
    world.server.routes["/slow"] = Reply(b"x" * 100_000, 404, drip=0.02)  # more than half an hour
    with pytest.raises(Unreachable):
        ask("GET", "/slow", manners={"answer_seconds": 0.2, "tries": 1})


# Libraries -----------------------------------------------------------------------------------------------------


def test_our_errors_are_found_inside_those_of_libraries(world: World) -> None:
    import praw
    from atproto_client.request import Request
    from mastodon import Mastodon

    with world.client(Budget(requests=0), allowed_private=LOOPBACK) as client:
        session = requests.Session()
        session.mount("http://", PoliteAdapter(client))
        url = world.server.url("")
        reddit = praw.Reddit(
            client_id="x", client_secret="y", user_agent="server:vigie:1 (by /u/example)", reddit_url=url,
            oauth_url=url, requestor_kwargs={"session": session}, check_for_updates=False,
        )  # fmt: skip
        mastodon = Mastodon(api_base_url=url, session=session, version_check_mode="none")
        bluesky = Request(transport=PoliteTransport(client))
        for call in (
            lambda: list(reddit.subreddit("test").new()),
            mastodon.timeline_public,
            lambda: bluesky.get(world.server.url("/xrpc/x")),
        ):
            with pytest.raises(Exception) as error:
                call()
            assert isinstance(cause(error.value), BudgetUsedUp), repr(error.value)
    assert world.server.asked == []


def test_an_error_that_is_none_of_ours_has_no_cause() -> None:
    loop = ValueError("a")
    loop.__context__ = KeyError("b")
    loop.__context__.__context__ = loop
    assert cause(loop) is None
    refused = RobotsRefused("http://a.example/", "no")
    assert cause(refused) is refused
    assert cause(RuntimeError(refused)) is refused
