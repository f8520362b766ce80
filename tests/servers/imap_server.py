"""A real IMAP server on loopback: Debian's Dovecot, in a session and a folder of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.helpers.ports import free_port
from tests.servers.waiting import PATIENCE

PASSWORD = "correct-horse"
USER = "support@example.org"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
default_vsz_limit = 0
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class ImapServer:
    """A running server; mails are delivered and read through the protocol, as any mail program does."""

    folder: Path
    port: int
    tls_port: int

    @contextmanager
    def session(self, user: str = USER) -> Iterator[imaplib.IMAP4]:
        """A mail program of an account's own; whoever logs in has one."""
        client = imaplib.IMAP4("127.0.0.1", self.port, PATIENCE)
        try:
            client.login(user, PASSWORD)
            yield client
        finally:
            client.logout()

    def deliver(
        self,
        *mails: EmailMessage | bytes,
        folder: str = "INBOX",
        user: str = USER,
        received: datetime | None = None,
        flags: str = "",
    ) -> None:
        """Put mails into a folder. The server notes when it `received` them: now, where nothing is said."""
        moment = imaplib.Time2Internaldate(received) if received else ""
        with self.session(user) as client:
            for mail in mails:
                content = mail if isinstance(mail, bytes) else mail.as_bytes()
                lines = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                assert client.append(folder, flags, moment, lines)[0] == "OK"  # type: ignore[arg-type]

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.is_file() else ""


@contextmanager
def imap_server(certificate: tuple[Path, Path] | None = None) -> Iterator[ImapServer]:
    """Run Dovecot until the block ends; skips where it is not installed. With a certificate and key: TLS too."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if not program or not Path("/usr/lib/dovecot/imap-login").exists():
        pytest.skip("no IMAP server here: apt-get install dovecot-imapd")
    with TemporaryDirectory(prefix="vigie-imap-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = ImapServer(folder, free_port(), free_port())
        config = folder / "dovecot.conf"
        config.write_text(_config(server, certificate))
        with (folder / "out").open("wb") as out:
            process = subprocess.Popen(
                [program, "-F", "-c", str(config)], stdout=out, stderr=out, start_new_session=True
            )
        try:
            _wait(server, process)
            yield server
        finally:
            _stop(process)


def _config(server: ImapServer, certificate: tuple[Path, Path] | None) -> str:
    """Started by root, the server runs as the users that its package made, and keeps mails as nobody."""
    folder = server.folder
    me = pwd.getpwuid(os.getuid()).pw_name
    is_root = os.getuid() == 0
    owner = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.getuid())
    mail = folder / "mail"
    mail.mkdir()
    folder.chmod(0o755)
    os.chown(mail, owner.pw_uid, owner.pw_gid)
    return CONFIG.format(
        folder=folder,
        internal="dovecot" if is_root else me,
        group="dovecot" if is_root else grp.getgrgid(os.getgid()).gr_name,
        login="dovenull" if is_root else me,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        password=PASSWORD,
        port=server.port,
        tls_port=server.tls_port if certificate else 0,
        ssl="yes" if certificate else "no",
        certificate=f"ssl_cert = <{certificate[0]}\nssl_key = <{certificate[1]}" if certificate else "",
    )


def _wait(server: ImapServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1) as one:
                if one.recv(4) == b"* OK":
                    return
        except OSError:
            if process.poll() is not None:
                break
        time.sleep(0.05)
    said = (server.folder / "out").read_text(errors="replace")
    raise AssertionError(f"Dovecot did not start: {said}\n{server.log()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
