"""Where a client does not go, by redirects and names neither."""

from __future__ import annotations

import pytest

from flows.sources.http import (
    AddressRefused,
    BadAnswer,
    PoliteClient,
    RequestPolicy,
    RobotsRefused,
    Unreachable,
)
from flows.sources.http.guard import Guard
from tests.helpers.polite import LOOPBACK, OK, FakeTime, World
from tests.servers.feed_server import Reply


def _to(target: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": target})


def test_a_permanent_move_is_told_a_temporary_one_is_not(world: World) -> None:
    world.server.routes |= {"/old": _to("/new", 301), "/new": _to("/today"), "/today": OK}
    with world.client() as client:
        answer = client.get(world.server.url("/old"))
        assert (answer.url, answer.moved_to) == (world.server.url("/today"), world.server.url("/new"))
        assert client.get(world.server.url("/new")).moved_to is None


def test_a_redirect_loop_ends_after_five(world: World) -> None:
    world.server.routes["/loop"] = _to("/loop")
    with pytest.raises(BadAnswer, match="redirects more than 5 times"):
        world.get("/loop")
    assert len(world.server.paths()) == 6


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.7/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://inside.example/",
     "http://[::ffff:10.0.0.7]/", "file:///etc/passwd", "ftp://example.org/", "http://user:secret@journal.example/"],
)  # fmt: skip
def test_a_redirect_leads_nowhere_that_an_address_may_not(world: World, target: str) -> None:
    world.server.routes["/feed.xml"] = _to(target)
    with pytest.raises(AddressRefused) as error:
        world.get()
    assert "secret" not in str(error.value)


def test_each_hop_is_asked_for_leave_by_its_own_robots_txt(world: World) -> None:
    world.server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /hidden")
    world.server.routes["/feed.xml"] = _to("/hidden")
    with pytest.raises(RobotsRefused):
        world.get()


def test_a_redirect_to_nowhere_is_told(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(status=302)
    with pytest.raises(BadAnswer, match="redirects to nowhere"):
        world.get()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
     "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]",
     "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255", "0.1.2.3", "168.63.129.16", "[fec0::1]", "[64:ff9b:1::1]",
     "[::ffff:168.63.129.16]", "[2002:a83f:8110::]", "[64:ff9b::a83f:8110]", "[::127.0.0.1]",
     "[::ffff:0:127.0.0.1]", "[2001:0:5db8:d822::f7f7:f7f7]", "192.0.0.8", "192.88.99.1",
     "[3fff::1]", "[5f00::1]", "198.18.0.1", "[ff02::1]"],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    with PoliteClient(RequestPolicy()) as client, pytest.raises(AddressRefused, match="allowed_private"):
        client.get(f"http://{host}:9/feed.xml")


@pytest.mark.parametrize(
    "url", ["gopher://example.org/", "example.org/feed", "http://", "http://[broken/", "javascript:1"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with PoliteClient(RequestPolicy()) as client, pytest.raises(AddressRefused):
        client.get(url)


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    guard = Guard((), (), lambda _host, _port: ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        guard.addresses("mixed.example", 80)


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "Journal.Example", "journal.example."])
def test_a_listed_host_or_network_may_be_asked(allowed: str) -> None:
    guard = Guard([allowed], ["0.0.0.0/0"], lambda _host, _port: ["127.0.0.1"])
    assert guard.addresses("journal.example", 80) == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        Guard([allowed], ["0.0.0.0/0"], lambda _host, _port: ["10.0.0.7"]).addresses("other.example", 80)


@pytest.mark.parametrize(
    ("granted", "host", "address", "port"),
    [("127.0.0.1:80", "feed.example", "127.0.0.1", 80), ("feed.example:80", "feed.example", "10.0.0.7", 80),
     ("[::1]:80", "feed.example", "::1", 80), ("::1", "feed.example", "::1", 80), ("fd00::/8", "x", "fd12::1", 80),
     ("10.0.0.0/8", "feed.example", "::ffff:10.0.0.7", 80), ("10.0.0.0/8:80", "feed.example", "10.0.0.7", 80)],
)  # fmt: skip
def test_what_a_source_lists_counts_where_the_environment_lists_it_too(
    granted: str, host: str, address: str, port: int
) -> None:
    def guard(allowed: str, granted: str) -> Guard:
        return Guard([allowed], [granted], lambda _host, _port: [address])

    own = "0.0.0.0/0" if "." in address and ":" not in address else "::/0"
    assert guard(own, granted).addresses(host, port) == [address]
    for refused in (guard(own, ""), guard("", granted), guard(own, "192.168.0.0/16"), guard(own, f"{host}:81")):
        with pytest.raises(AddressRefused):
            refused.addresses(host, port)
    if granted.endswith(":80"):
        with pytest.raises(AddressRefused, match="VIGIE_ALLOWED_PRIVATE"):
            guard(own, granted).addresses(host, 81)


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_asked(world: World) -> None:
    """A name that changes its address between check and connection (DNS rebinding) gains nothing."""
    answers = iter([["127.0.0.1"]])
    with PoliteClient(
        RequestPolicy(allowed_private=LOOPBACK, granted_private=LOOPBACK),
        None,
        world.time.clock,
        lambda *_: next(answers),
    ) as client:
        assert client.get(world.server.url(host="journal.example")).content == b"fine"
    assert world.server.asked[-1].headers["host"] == f"journal.example:{world.server.port}"


def test_a_host_that_does_not_resolve_is_told() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    fake = FakeTime()
    with (
        PoliteClient(RequestPolicy(), None, fake.clock, resolve) as client,
        pytest.raises(Unreachable) as error,
    ):
        client.get("http://nowhere.example/feed.xml")
    assert error.value.reason == "unreachable", "nobody refused anything"
    assert str(error.value) == (
        "http://nowhere.example/feed.xml: its robots.txt could not be asked for: no whole answer"
        " (nowhere.example does not resolve (no such name))"
    )


def test_proxies_of_the_environment_are_not_a_way_around(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", world.server.url(""))
    with PoliteClient(RequestPolicy()) as client, pytest.raises(AddressRefused):
        client.get("http://10.0.0.7/")
    assert world.server.asked == []
