"""Misago 0.39 (PyPI's package, in an environment of its own) on loopback, with a database on the tests' Postgres.

Installed once into a cache. People log in and write through its own API. Skips where it cannot be had.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.helpers.databases import Server, url_of
from tests.helpers.ports import free_port
from tests.servers.installing import CACHE, run, started

SETTINGS = """
import json, os
from devproject.settings import *
DEBUG = False
DATABASES = {"default": json.loads(os.environ["FORUM_DATABASE"]) | {"ENGINE": "django.db.backends.postgresql"}}
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "debug_toolbar"]
MIDDLEWARE = [name for name in MIDDLEWARE if "debug_toolbar" not in name]
CELERY_TASK_ALWAYS_EAGER = True
from misago.conf import defaults
MISAGO_POSTING_MIDDLEWARES = [n for n in defaults.MISAGO_POSTING_MIDDLEWARES if "floodprotection" not in n]
"""
PEOPLE = """
import sys
import django
django.setup()
from django.contrib.auth import get_user_model
from misago.conf.shortcuts import get_dynamic_settings
from misago.users.setupnewuser import setup_new_user
for name in sys.argv[1:]:
    user = get_user_model().objects.create_user(name, f"{name}@example.org", "Passw0rd-x")
    setup_new_user(get_dynamic_settings(), user)
"""
REMOVE = """
import sys
import django
django.setup()
from misago.threads.models import Post
post = Post.objects.get(id=sys.argv[1])
thread = post.thread
post.delete()
thread.synchronize()
thread.save()
"""
CATEGORY = 3  # the one that Misago begins with
PATIENCE = 60


@dataclass
class Misago:
    """A running forum with its users."""

    port: int
    script: list[str | Path]
    people: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log_in(self, name: str) -> None:
        client = httpx.Client(base_url=self.url, timeout=PATIENCE)
        client.get("/")
        self.people[name] = client
        self._send("POST", "/api/auth/", name, username=name, password="Passw0rd-x")

    def start(self, name: str, title: str, text: str) -> Any:
        """Begin a thread."""
        return self._send("POST", "/api/threads/", name, category=CATEGORY, title=title, post=text)

    def reply(self, name: str, thread: int, text: str) -> Any:
        return self._send("POST", f"/api/threads/{thread}/posts/", name, post=text)

    def edit(self, name: str, thread: int, post: int, text: str) -> Any:
        return self._send("PUT", f"/api/threads/{thread}/posts/{post}/", name, post=text)

    def delete(self, post: int) -> None:
        """Take a post away, as moderators do; members may only hide theirs."""
        run(*self.script, REMOVE, str(post))

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.url, timeout=PATIENCE).is_success
        except httpx.HTTPError:
            return False

    def _send(self, method: str, path: str, name: str, **given: Any) -> Any:
        client = self.people[name]
        token = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": self.url}
        answer = client.request(method, path, json=given, headers=token)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


def installed() -> Path:
    """Return the Python of the environment that Misago is in."""
    root = CACHE / "misago-0.39"
    if not (root / "ready").is_file():
        shutil.rmtree(root, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        run(sys.executable, "-m", "venv", root, patience=120)
        run(root / "bin/python", "-m", "pip", "install", "-q", "misago==0.39.0", patience=900)
        (root / "ready").touch()
    return root / "bin/python"


@contextmanager
def misago(server: Server, *people: str) -> Iterator[Misago]:
    """Run a fresh forum with some users until the block ends."""
    python = installed()
    name = "misago_of_tests"
    server.create(name)
    with TemporaryDirectory(prefix="misago-") as text:
        folder = Path(text)
        (folder / "forum_settings.py").write_text(SETTINGS)
        (folder / "people.py").write_text(PEOPLE)
        env = {
            "DJANGO_SETTINGS_MODULE": "forum_settings", "PYTHONPATH": str(folder),
            "FORUM_DATABASE": json.dumps(_database(url_of(server.url, name))),
        }  # fmt: skip
        given = [f"{key}={value}" for key, value in env.items()]
        run("env", *given, python, "-m", "django", "migrate", folder=folder, patience=600)
        run("env", *given, python, folder / "people.py", *people, folder=folder)
        forum = Misago(free_port(), ["env", *given, python, "-c"])
        command = [python, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{forum.port}"]
        with started(*command, ready=forum.is_ready, log=folder / "misago.log", patience=PATIENCE, **env):
            for person in people:
                forum.log_in(person)
            yield forum
            for client in forum.people.values():
                client.close()
    server.drop(name)


def _database(url: str) -> dict[str, str]:
    """A Postgres URL as Django wants it."""
    parts = urlsplit(url)
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return {
        "NAME": parts.path.strip("/"), "USER": parts.username or "", "PASSWORD": parts.password or "",
        "HOST": parts.hostname or asked.get("host", ""), "PORT": str(parts.port or asked.get("port", "")),
    }  # fmt: skip
