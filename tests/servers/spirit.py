"""Spirit 0.14 (PyPI's package, in an environment of its own) on loopback: a forum that no profile knows.

Installed once into a cache, its database is a file. People log in and write through its own forms. Skips where it
cannot be had.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.helpers.ports import free_port
from tests.servers.installing import CACHE, run, started

PEOPLE = """
import sys
import django
django.setup()
from django.contrib.auth import get_user_model
for name in sys.argv[1:]:
    user = get_user_model().objects.create_user(name, f"{name}@example.org", "Passw0rd-x")
    user.st.is_moderator = user.st.is_administrator = name == "staff"
    user.st.save()
"""
SETTINGS = """
from .dev import *
ST_RATELIMIT_ENABLE = False
ST_DOUBLE_POST_THRESHOLD_MINUTES = 0
"""
CATEGORY = 2  # the one that Spirit begins with
PATIENCE = 60


@dataclass
class Spirit:
    """A running forum with its users; `staff` moderates."""

    port: int
    people: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log_in(self, name: str) -> None:
        self.people[name] = httpx.Client(base_url=self.url, timeout=PATIENCE, follow_redirects=True)
        self._send("/user/login/", name, username=name, password="Passw0rd-x")

    def start(self, name: str, title: str, text: str) -> int:
        """Begin a topic; return its number."""
        page = self._send("/topic/publish/", name, title=title, category=str(CATEGORY), comment=text)
        return int(re.search(r"/topic/(\d+)/", str(page.url))[1])  # type: ignore[index]

    def reply(self, name: str, topic: int, text: str) -> None:
        self._send(f"/comment/{topic}/publish/", name, comment=text)

    def edit(self, name: str, comment: int, text: str) -> None:
        self._send(f"/comment/{comment}/update/", name, comment=text)

    def delete(self, comment: int) -> None:
        self._send(f"/comment/{comment}/delete/", "staff")

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.url, timeout=PATIENCE).is_success
        except httpx.HTTPError:
            return False

    def _send(self, path: str, name: str, **given: str) -> httpx.Response:
        client = self.people[name]
        client.get(path)
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answer = client.post(path, data=given | token, headers={"Referer": self.url + path})
        assert answer.is_success, answer.text[:500]
        assert "errorlist" not in answer.text, answer.text
        return answer


def installed() -> Path:
    """Return the folder of the environment that Spirit is in, with a project that has its tables."""
    root = CACHE / "spirit-0.14"
    if not (root / "project/db.sqlite3").is_file():
        shutil.rmtree(root, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        run(sys.executable, "-m", "venv", root, patience=120)
        run(root / "bin/python", "-m", "pip", "install", "-q", "django-spirit==0.14.3", patience=900)
        run("env", f"PATH={root / 'bin'}:/usr/bin:/bin", root / "bin/spirit", "startproject", "forum", folder=root)
        project = root / "forum"
        (project / "forum/settings/tests.py").write_text(SETTINGS)
        settings = "DJANGO_SETTINGS_MODULE=forum.settings.tests"
        run("env", settings, root / "bin/python", "manage.py", "spiritinstall", folder=project, patience=300)
        project.rename(root / "project")
    return root


@contextmanager
def spirit(*people: str) -> Iterator[Spirit]:
    """Run a fresh forum with some users until the block ends."""
    root = installed()
    with TemporaryDirectory(prefix="spirit-") as text:
        folder = Path(text) / "project"
        shutil.copytree(root / "project", folder)
        (folder / "people.py").write_text(PEOPLE)
        env = {"DJANGO_SETTINGS_MODULE": "forum.settings.tests", "PYTHONPATH": str(folder)}
        python = root / "bin/python"
        run("env", *(f"{key}={value}" for key, value in env.items()), python, folder / "people.py", *people)
        forum = Spirit(free_port())
        command = [python, folder / "manage.py", "runserver", "--noreload", f"127.0.0.1:{forum.port}"]
        with started(*command, ready=forum.is_ready, log=folder / "spirit.log", patience=PATIENCE, **env):
            for person in people:
                forum.log_in(person)
            yield forum
            for client in forum.people.values():
                client.close()
