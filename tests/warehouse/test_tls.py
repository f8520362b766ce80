"""What VIGIE_DATABASE_URL asks of the server's identity holds for everything that connects, dbt and Prefect too."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psycopg2
import pytest
from pydantic import SecretStr

from flows.settings import Settings
from flows.stack import _stack_environment
from flows.warehouse.refresh.dbt import environment
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House


@dataclass
class Impostor:
    """It listens where Postgres should, with a certificate of nobody's, and keeps what is said to it in trust."""

    certificate: Path
    listening: socket.socket
    heard: list[bytes] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def serve(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(8)  # may we speak TLS?
                connection.sendall(b"S")
                with context.wrap_socket(connection, server_side=True) as secret:
                    if said := secret.recv(1000):
                        self.heard.append(said)


def _certificate(folder: Path, name: str) -> Path:
    file = folder / f"{name}.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 36500"
    name_in_it = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = [*made.split(), *name_in_it.split(), "-keyout", str(file), "-out", f"{file}.crt"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here to make a certificate with")
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    with socket.create_server(("localhost", 0)) as listening:
        made = Impostor(_certificate(tmp_path, "impostor"), listening)
        thread = threading.Thread(target=made.serve, daemon=True)
        thread.start()
        yield made
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_dbt_and_prefect_tell_nothing_to_whom_the_root_certificate_does_not_know(
    impostor: Impostor, empty_warehouse: House, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"sslmode=verify-full&sslrootcert={_certificate(tmp_path, 'ours')}"
    url = f"postgresql://vigie:secret@localhost:{impostor.port}/vigie?{asked}"
    # A socket has no TLS, so that the same may be asked of the tests' server.
    there = server.settings().database_url
    assert there
    ours = f"{there.get_secret_value()}{'&' if '?' in there.get_secret_value() else '?'}{asked}"
    config = Settings(home=server.home, database_url=SecretStr(ours))

    for variables in (environment(config, url), _stack_environment(config)):
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                if name.startswith("PG"):
                    patch.setenv(name, value)
            with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
                psycopg2.connect(host="localhost", port=impostor.port, user="vigie", password="secret")
            with pytest.raises(ssl.SSLCertVerificationError):
                asyncio.run(
                    asyncpg.connect(f"postgresql://vigie:secret@localhost:{impostor.port}/vigie", timeout=60)
                )
    assert impostor.heard == []


def test_a_prefect_database_elsewhere_is_reached_as_its_own_url_says(
    empty_warehouse: House, server: Server
) -> None:
    there = server.settings().database_url
    assert there
    ours = f"{there.get_secret_value()}{'&' if '?' in there.get_secret_value() else '?'}sslmode=verify-full"
    elsewhere = SecretStr(f"postgresql+asyncpg://prefect@elsewhere.example/{SCRATCH}")
    config = Settings(home=server.home, database_url=SecretStr(ours), prefect_database_url=elsewhere)

    assert _stack_environment(config).get("PGSSLMODE") == os.environ.get("PGSSLMODE")
