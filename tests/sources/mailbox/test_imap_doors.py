"""How an IMAP server is reached: certificates, private addresses, passwords, servers that are none."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from flows.errors import SettingError
from flows.records import Page
from tests.helpers.ports import free_port
from tests.servers.imap_server import PASSWORD, ImapServer, imap_server
from tests.sources.mailbox.conftest import VARIABLE, options, reader
from tests.sources.mailbox.reading import Ran, Reader, mail

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(chain)],
            check=True, capture_output=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no openssl here to make a certificate with")
    return chain, key


def test_tls_and_starttls_with_a_certificate_of_ones_own(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with imap_server(certificate) as running:
        running.deliver(mail(1))

        def run(port: int, security: str, **more: str) -> Ran:
            imap = {"host": "localhost", "security": security, **more}
            return Reader(options(port, "INBOX", imap=imap, allowed_private=["localhost", "127.0.0.1"])).run()

        assert run(running.tls_port, "tls", ca_file=str(certificate[0])).ids == ["1@example.net"]
        assert run(running.port, "starttls", ca_file=str(certificate[0])).ids == ["1@example.net"]
        assert "certificate" in run(running.tls_port, "tls").error
        assert "certificate" in run(running.port, "starttls").error
        another_name = {"host": "127.0.0.1", "ca_file": str(certificate[0])}
        assert "certificate" in run(running.tls_port, "tls", **another_name).error


def test_private_addresses_are_refused_unless_listed(post: ImapServer) -> None:
    source = reader(post, "INBOX", allowed_private=[])

    assert "private or reserved network" in source.run().error
    assert "Login" not in post.log()


def test_passwords_go_over_the_open_network_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    source = Reader(options(143, "INBOX", imap={"host": "192.0.2.1"}, allowed_private=["192.0.2.0/24"]))

    assert "this machine only" in source.run().error


def test_errors_say_what_to_do_and_never_the_password(post: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "wröng-secret")
    wrong = reader(post, "INBOX").run().error
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingError) as missing:
        reader(post, "INBOX").run()
    closed = Reader(options(free_port(), "INBOX"))
    monkeypatch.setenv(VARIABLE, PASSWORD)

    assert "AUTHENTICATIONFAILED" in wrong
    assert "secret" not in wrong
    assert VARIABLE in str(missing.value)
    assert "refused" in closed.run().error.lower()


def test_a_server_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        source = Reader(options(port, "INBOX", max_minutes=0.01))
        pages: list[Page] = source.run().pages

    assert "minutes are used up" in str(pages[0].gap)
