"""snac 2 (Debian trixie's package): a small server of the Fediverse that speaks the API of Mastodon.

It posts, answers, edits and boosts through that API; it deletes through its web page only. It sends no Link header,
ignores max_id, since_id and limit of an account's statuses, and changes a status's id with every edit and boost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.helpers.ports import free_port
from tests.servers.installing import debian_package, listens, needs_libraries, run, started

PATIENCE = 30


@dataclass
class Snac:
    """A running server with its users."""

    program: Path
    folder: Path
    port: int
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        return f"127.0.0.1_{self.port}"

    def account(self, user: str) -> str:
        """The name that the server gives an account."""
        return f"{user}@127.0.0.1:{self.port}"

    def log_in(self, user: str) -> str:
        """Return a token of a user's."""
        form = {"login": user, "passwd": self.passwords[user], "redir": "", "cid": "", "state": ""}
        answer = httpx.post(f"{self.url}/oauth/x-snac-get-token", data=form)
        self.tokens[user] = re.search(r"[0-9a-f]{32}", answer.text)[0]  # type: ignore[index]
        return self.tokens[user]

    def call(self, method: str, path: str, user: str, **form: Any) -> Any:
        """Call the API as a user."""
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        answer = httpx.request(
            method, f"{self.url}/api/v1/{path}", headers=headers, data=form or None, timeout=PATIENCE
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, user: str, text: str, **form: Any) -> Any:
        """Write a status; `in_reply_to_id` answers one."""
        return self.call("POST", "statuses", user, status=text, **form)

    def edit(self, user: str, native_id: str, text: str) -> Any:
        """Write a status again."""
        return self.call("PUT", f"statuses/{native_id}", user, status=text)

    def delete(self, user: str, uri: str) -> None:
        """Delete a status, as its author does on the web page."""
        form = {"id": uri, "actor": f"{self.url}/{user}", "action": "Delete", "redir": "/"}
        answer = httpx.post(f"{self.url}/{user}/admin/action", auth=(user, self.passwords[user]), data=form)
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text

    def is_there(self, user: str, native_id: str) -> bool:
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        return httpx.get(f"{self.url}/api/v1/statuses/{native_id}", headers=headers).is_success


@contextmanager
def snac(folder: Path, *users: str) -> Iterator[Snac]:
    """Run snac with some users on a free port, until the block ends; skips where it cannot be had."""
    program = debian_package("snac2", "trixie") / "usr/bin/snac"
    needs_libraries(program)
    server = Snac(program, folder / "snac", free_port())
    host = f"127.0.0.1:{server.port}"
    run(program, "init", server.folder, given=f"127.0.0.1\n{server.port}\n{host}\n\n\n")
    settings = server.folder / "server.json"
    quiet = {
        "protocol": "http",
        "disable_inbox_collection": True,
        "disable_email_notifications": True,
        "num_threads": 8,
    }
    settings.write_text(json.dumps(json.loads(settings.read_text()) | quiet))
    for user in users:
        made = run(program, "adduser", server.folder, user)
        server.passwords[user] = re.search(r"password is (\S+)", made)[1]  # type: ignore[index]
    with started(program, "httpd", server.folder, ready=listens(server.port), log=folder / "snac.log"):
        for user in users:
            server.log_in(user)
        yield server
