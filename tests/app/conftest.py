"""What the app's tests look at: the example archive and one nasty message, imported and refreshed once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from flows.settings import PROJECT, Settings, settings
from flows.sources.files import FilesConfig
from flows.sources.registry import open_source
from flows.warehouse import server
from flows.warehouse.collecting import run_source
from flows.warehouse.database import connect, warehouse_url
from flows.warehouse.refreshing import refresh

ARCHIVE = PROJECT / "flows" / "sources" / "examples" / "tilleul.csv"
NASTY = Path(__file__).with_name("nasty.csv")
View = Callable[..., AppTest]


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse with the archive in it, and the files it was read from."""

    config: Settings
    url: str
    files: tuple[Path, ...]


def _other(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _run(url: str, command: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("app")
    given = os.environ.get("VIGIE_DATABASE_URL")
    name = f"vigie_app_{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        if given:
            _run(given, f"create database {name} template template0 encoding 'UTF8'")
        try:
            config = Settings(home=home, database_url=_other(given, name) if given else None)
            with connect(config) as connection:
                for source, file in (("tilleul", ARCHIVE), ("nasty", NASTY)):
                    asked = FilesConfig(name=source, path=str(file), mapping="messages")
                    run_source(connection, asked, open_source(asked))
            refresh(config=config)
            yield Place(config, warehouse_url(config), (ARCHIVE, NASTY))
        finally:
            st.cache_resource.clear()
            if given:
                _run(given, f"drop database if exists {name} with (force)")
            else:
                server.stop(home)


def _forget() -> None:
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def served(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The app in this process reads the archive's warehouse."""
    monkeypatch.setenv("VIGIE_HOME", str(place.config.home))
    monkeypatch.setenv("VIGIE_DATABASE_URL", place.url)
    _forget()
    yield place
    _forget()


@pytest.fixture
def view(served: Place) -> View:
    """Open a page of the app with these URL parameters: `view("conversations", q="virement")`."""

    def opened(name_of_page: str = "overview", /, **parameters: str) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60)
        for name, value in parameters.items():
            app.query_params[name.rstrip("_")] = value
        if name_of_page != "overview":
            app.switch_page(f"screens/{name_of_page}.py")
        app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def bare(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app in this process reads a database in which nothing has been built; its URL."""
    name = f"vigie_bare_{uuid4().hex[:8]}"
    _run(place.url, f"create database {name} template template0")
    url = _other(place.url, name)
    monkeypatch.setenv("VIGIE_DATABASE_URL", url)
    _forget()
    yield url
    _forget()
    _run(place.url, f"drop database {name} with (force)")
