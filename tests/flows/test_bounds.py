"""What a person signed in to Prefect's UI reaches by a source's form: what the environment declares, and no more.

Each test runs the flow `collect` with the configuration that such a person would write.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.errors import SourceError, VigieError
from flows.settings import settings
from flows.sources.registry import read_config
from flows.warehouse.collecting import RunReport
from tests.helpers.house import House
from tests.servers.feed_server import FeedServer, Reply, feed_server

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.usefixtures("prefect"),
]
FEED = b"""<rss version="2.0"><channel><title>Press</title><item><guid>http://a.example/1</guid>
<title>News</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
SECRET = "postgresql://owner:correct-horse@db.example/vigie"
Collect = Callable[..., RunReport]


@pytest.fixture
def collect(empty_warehouse: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collect]:
    """Run the flow; the environment is given as NAME=value and declares nothing else."""
    import flows.collect

    monkeypatch.setattr("flows.warehouse.database.settings", lambda: empty_warehouse.settings)
    once = flows.collect.read_source.with_options(retries=0)
    monkeypatch.setattr(flows.collect, "read_source", once)
    for name in ("VIGIE_SECRETS", "VIGIE_FILE_ROOTS", "VIGIE_ALLOWED_PRIVATE"):
        monkeypatch.delenv(name, raising=False)

    def run(config: dict[str, Any], **environment: str) -> RunReport:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        return flows.collect.collect(read_config({"name": "mine", **config}))

    yield run
    monkeypatch.undo()
    settings.cache_clear()


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """An IMAP server of somebody's own, which keeps whatever it is told."""
    came: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as wire:
                wire.write(b"* OK [CAPABILITY IMAP4rev1] welcome\r\n")
                wire.flush()
                for line in wire:
                    came.append(line)
                    wire.write(b"* CAPABILITY IMAP4rev1\r\n" + line.split()[0] + b" OK done\r\n")
                    wire.flush()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], came
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize("name", ["VIGIE_DATABASE_URL", "OTHER_PASSWORD", "MAIL_PASSWORD"])
def test_a_variable_of_the_environment_is_not_sent_to_a_host_of_ones_own(collect: Collect, name: str) -> None:
    with listener() as (port, came):
        imap = {"host": "127.0.0.1", "port": port, "security": "none", "user": "me", "password": name}
        with pytest.raises(VigieError, match=r"VIGIE_SECRETS|no secret of a source"):
            collect(
                {"type": "mailbox", "imap": imap, "allowed_private": ["127.0.0.1"]},
                VIGIE_ALLOWED_PRIVATE="127.0.0.1",
                VIGIE_SECRETS="MAIL_PASSWORD@imap.example.org",
                **{name: SECRET},
            )
    assert b"correct-horse" not in b"".join(came)


def test_a_key_of_another_api_is_not_sent_to_a_host_of_ones_own(collect: Collect) -> None:
    with feed_server() as server:
        with pytest.raises(VigieError, match="VIGIE_SECRETS"):
            collect(
                {"type": "stackexchange", "exchange": "money", "tags": ["example"], "key_env": "MAIL_PASSWORD",
                 "base_url": server.url("/2.3"), "allowed_private": ["127.0.0.1"]},
                MAIL_PASSWORD="correct-horse", VIGIE_ALLOWED_PRIVATE="127.0.0.1",
            )  # fmt: skip
        assert server.asked == []


def test_a_file_outside_the_roots_is_not_read_into_the_warehouse(
    collect: Collect, empty_warehouse: House, tmp_path: Path
) -> None:
    secret = tmp_path / "passwords.json"
    secret.write_text(SECRET, encoding="utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "link.csv").symlink_to(secret)
    for config in (
        {"path": str(secret), "mapping": "messages"},
        {"path": str(inbox / "link.csv"), "mapping": "messages"},
        {"path": f"{inbox}/../*.json", "mapping": "messages"},
        {"type": "mailbox", "path": str(secret)},
        {"type": "mailbox", "path": str(inbox)},
    ):
        with pytest.raises(SourceError, match="VIGIE_FILE_ROOTS"):
            collect(config, VIGIE_FILE_ROOTS=str(inbox))
    assert empty_warehouse.value("select count(*) from raw.rejects") == 0


def test_a_file_below_a_root_is_read(collect: Collect, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,account,channel,posted_at\n1,ann,mail,2026-11-01T10:00:00Z\n")
    report = collect({"path": str(tmp_path / "*.csv"), "mapping": "messages"}, VIGIE_FILE_ROOTS=str(tmp_path))
    assert report.counts.new == 1


def feed(server: FeedServer, path: str = "/feed.xml", **more: Any) -> dict[str, Any]:
    server.routes |= {"/robots.txt": Reply(b""), "/feed.xml": Reply(FEED)}
    return {
        "type": "feeds",
        "urls": [server.url(path)],
        "crawl_delay": 0,
        "allowed_private": ["127.0.0.0/8"],
        **more,
    }


@pytest.mark.parametrize("granted", ["", "10.0.0.0/8", "127.0.0.1:1", "localhost"])
def test_a_form_opens_no_private_network_by_itself(collect: Collect, granted: str) -> None:
    with feed_server() as server:
        with pytest.raises(SourceError, match="VIGIE_ALLOWED_PRIVATE"):
            collect(feed(server), VIGIE_ALLOWED_PRIVATE=granted)
        assert server.asked == []


def test_a_host_that_the_environment_grants_may_be_asked_and_no_other_port_of_it(collect: Collect) -> None:
    with feed_server() as server, feed_server() as other:
        granted = f"127.0.0.1:{server.port}"
        assert collect(feed(server), VIGIE_ALLOWED_PRIVATE=granted).counts.new == 1
        server.routes["/moved"] = Reply(status=302, headers={"Location": other.url("/feed.xml")})
        with pytest.raises(SourceError, match="VIGIE_ALLOWED_PRIVATE"):
            collect(feed(server, "/moved", name="moved"), VIGIE_ALLOWED_PRIVATE=granted)
        assert other.asked == []


def test_a_mapping_runs_nothing_but_registered_functions(
    collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strangers_module.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\nrows = list\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "in.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        "{name: m, version: 1, description: d, rows: 'strangers_module:rows', id: id,"
        " fields: {account: a, posted_at: t}, constants: {channel: x}}",
        encoding="utf-8",
    )
    with pytest.raises(VigieError, match=r"entry point of the group vigie\.row_shapers"):
        collect(
            {"path": str(tmp_path / "in.jsonl"), "mapping": str(tmp_path / "mine.yaml")},
            VIGIE_FILE_ROOTS=str(tmp_path),
        )
    assert not (tmp_path / "ran").exists()
