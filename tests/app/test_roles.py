"""Each role opens its pages and no other, and sees who people are or not; who decides and who looks is who signed in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.customers import queries as customers
from app.shared import access
from app.shared.access import ADDRESSES, ROLES, ROOMS, Room
from flows.settings import PROJECT, RoleName, settings
from tests.app.conftest import Place, _forget, tiles

ME = "nora@company.example"
GROUPS = {f"crm {role}": role for role in ROLES}
TITLES = {"today": "Today", "answer": "To answer", "customers": "Customers", "review": "Review", "sources": "Data"}


@pytest.fixture
def signing(served: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The archive's warehouse, read by people who sign in, through the app's own role where that is ours."""
    given = {
        "METADATA": "http://127.0.0.1:9/.well-known/openid-configuration", "CLIENT": "vigie",
        "ROLES": json.dumps(GROUPS),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"VIGIE_SIGN_IN_{name}", value)
    if served.app_url:
        monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    _forget()
    yield served
    _forget()


def claims(*roles: str, **more: Any) -> dict[str, Any]:
    """What an ID token says of somebody, as Streamlit hands it on."""
    groups = [f"crm {role}" for role in roles]
    return {"is_logged_in": True, "sub": "u-7", "iat": int(time.time()), "email": ME, "groups": groups} | more


def page(room: Room, user: dict[str, Any], **parameters: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60)
    app.user = user
    for name, value in parameters.items():
        app.query_params[name] = value
    if room != "today":
        app._page_hash = calc_hash(ADDRESSES.get(room, room))
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(part.value for part in app.html)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_is_refused_by_every_other(signing: Place, role: RoleName) -> None:
    for room in ROOMS:
        seen = shown(page(room, claims(role)))
        if room == "today" and "today" not in ROLES[role].rooms:  # the start leads to the first page that is theirs
            continue
        is_open = f"<h1>{TITLES[room]}</h1>" in seen
        assert is_open == (room in ROLES[role].rooms), (role, room)
        assert ("Not your page" in seen) == (not is_open), (role, room)
