"""What the app's tests look at: the example archive and one nasty message, imported and refreshed once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.shared import language
from flows.settings import DBT_PROJECT, PROJECT, Settings, settings
from flows.warehouse import database
from flows.warehouse.database import connect, warehouse_url
from flows.warehouse.refresh.run import refresh
from flows.warehouse.roles import APP as VIEWER
from flows.warehouse.roles import grant
from tests.conftest import MakeHouse
from tests.helpers.databases import SCRATCH, Server
from tests.helpers.house import House

ARCHIVE = PROJECT / "flows" / "sources" / "examples" / "tilleul.csv"
NASTY = Path(__file__).with_name("nasty.csv")
View = Callable[..., AppTest]
_OPENED: dict[tuple[object, ...], AppTest] = {}
TILE = re.compile(r'<div class="v-label">([^<]*).*?data-testid="figure-[\w-]+">([^<]*)</div>', re.DOTALL)
PANEL = "social, care"
ADDRESSES = {"sources": "data"}
COPY = "copy marts.dim_kpis from stdin (format csv, header)"
APP = f"{SCRATCH}_app"


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse with the archive in it, and the files it was read from; as the app's role where that is ours."""

    config: Settings
    url: str
    app_url: str | None
    files: tuple[Path, ...]


def _other(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


# How what is typed is looked for: as migrations make it.
IDENTITY = (
    ("0018_telephones", "identity.telephone_in"),
    ("0018_telephones", "identity.is_telephone"),
    ("0018_telephones", "identity.written_telephone"),
    ("0018_telephones", "identity.opaque_id"),
    ("0020_erasures", "identity.typed_hashes"),
)


def _run(url: str, command: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command)


@pytest.fixture(scope="session")
def place(server: Server, make_house: MakeHouse, built: str) -> Iterator[Place]:
    yield from loaded(server, make_house, built, APP)


def loaded(
    server: Server, make_house: MakeHouse, built: str, name: str, understand: str = "off", **more: str
) -> Iterator[Place]:
    """The archive in a database of this name, and its texts understood where an analyser is named."""
    with make_house(built) as house:
        for source, file, panel in (("tilleul", ARCHIVE, [PANEL, "own"]), ("nasty", NASTY, [])):
            house.load(file, name=source, panel=panel)
        refresh(config=house.reading(understand, **more).settings)
    config = server.create(name, SCRATCH)
    with connect(config) as connection:
        grant(connection)  # a database made from a template has none of its template's own grants
    yield Place(config, warehouse_url(config), server.url_as(VIEWER, name), (ARCHIVE, NASTY))
    st.cache_resource.clear()
    server.drop(name)


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


def opened(name_of_page: str = "today", /, *, anew: bool = False, **parameters: str) -> AppTest:
    """Open a page of the app with these URL parameters: `opened("answer", tab="all", q="virement")`.

    Tests that only look share the same opened page; one that uses its widgets opens it `anew`.
    """
    key = (os.environ["VIGIE_DATABASE_URL"], name_of_page, tuple(sorted(parameters.items())))
    if anew or key not in _OPENED:
        _OPENED[key] = _open(name_of_page, parameters)
    return _OPENED.pop(key) if anew else _OPENED[key]


def _open(name_of_page: str, parameters: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name.rstrip("_")] = value
    if name_of_page != "today":
        # Before its first run, AppTest takes a page's file for its address.
        app._page_hash = calc_hash(ADDRESSES.get(name_of_page, name_of_page))
    app.run()
    assert not app.exception
    return app


def tiles(app: AppTest) -> dict[str, str]:
    """The page's tiles: each label with its figure, in order."""
    found: dict[str, str] = {}
    for part in app.html:
        for label, figure in TILE.findall(part.value):
            found[unescape(label)] = unescape(figure)
    return found


@pytest.fixture
def view(served: Place) -> View:
    """Open a page of the app on the archive's warehouse."""
    return opened


@pytest.fixture
def bare(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app in this process reads a database in which nothing has been built; its URL."""
    name = f"vigie_bare_{uuid4().hex[:8]}"
    _run(place.url, f"create database {name} template template0")
    url = _other(place.url, name)
    monkeypatch.setenv("VIGIE_DATABASE_URL", url)
    # Made by hand, it has no rights for the app's own role.
    monkeypatch.setattr(database, "app_url", database.warehouse_url)
    _forget()
    yield url
    _forget()
    _run(place.url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def contract_database(place: Place) -> Iterator[str]:
    """A database with the smallest marts that satisfy the app, several sources and two customers; its URL."""
    name = f"vigie_contract_{uuid4().hex[:8]}"
    _run(place.url, f"create database {name} template template0 encoding 'UTF8'")
    url = _other(place.url, name)
    _run(url, Path(__file__).with_name("contract.sql").read_text(encoding="utf-8"))
    for step, function in IDENTITY:
        _run(url, _defined(step, function))
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write((DBT_PROJECT / "seeds" / "kpi_definitions.csv").read_bytes())
    yield url
    _forget()
    _run(place.url, f"drop database {name} with (force)")


def _defined(step: str, function: str) -> str:
    """A function as a migration makes it."""
    text = (PROJECT / f"flows/warehouse/migrations/versions/{step}.sql").read_text(encoding="utf-8")
    found = re.search(rf"create (or replace )?function {re.escape(function)}\(.*?\n\$\$;", text, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.fixture
def contract(contract_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[View]:
    """Open a page of the app on the smallest marts that satisfy it."""
    monkeypatch.setenv("VIGIE_DATABASE_URL", contract_database)
    monkeypatch.setattr(database, "app_url", database.warehouse_url)
    _forget()
    yield opened
    _forget()


@pytest.fixture
def speak() -> Iterator[Callable[[language.Language], None]]:
    """Speak a language in this test's own calls; English again after it."""
    yield language.use
    language.use("en")


@pytest.fixture
def house(warehouse: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A warehouse of a test's own that the app in this process reads."""
    monkeypatch.setenv("VIGIE_HOME", str(warehouse.settings.home))
    monkeypatch.setenv("VIGIE_DATABASE_URL", warehouse_url(warehouse.settings))
    _forget_all()
    yield warehouse
    _forget_all()


def _forget_all() -> None:
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()
