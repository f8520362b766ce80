"""The app asks who comes, or answers this machine alone; what stands in between is refused with what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import ValidationError
from starlette.routing import WebSocketRoute
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from flows.errors import SettingError
from flows.serving.app_paths import NeededPathsOnly
from flows.serving.guard import guarded
from flows.serving.sign_in import check, check_address, streamlit_secrets
from flows.settings import Settings
from flows.stack import running


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    """All that a sign-in needs."""
    (tmp_path / "secret").write_text("hush\n")
    return {
        "home": tmp_path / "home", "sign_in_metadata": "https://id.example/.well-known/openid-configuration",
        "sign_in_client": "vigie", "sign_in_secret_file": tmp_path / "secret",
        "sign_in_roles": {"leads": "manager"},
    }  # fmt: skip


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "vigie.example"])
def test_nobody_but_this_machine_reaches_an_app_that_asks_nobody(host: str, tmp_path: Path) -> None:
    config = Settings(home=tmp_path, host=host)
    with pytest.raises(SettingError, match=r"VIGIE_SIGN_IN_METADATA .*docs/security.md.* VIGIE_HOST at 127.0.0.1"):
        check(config)
    with pytest.raises(SettingError, match="asks nobody"), running(config, print):
        pass
    with pytest.raises(SettingError, match=r"--server.address 127.0.0.1"):
        check_address(config, host)
    with pytest.raises(SettingError, match="every address"):
        check_address(Settings(), None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_sign_in(host: str) -> None:
    check(Settings(host=host))
    check_address(Settings(host=host), host)
    assert streamlit_secrets(Settings(host=host)) == {}


def test_with_a_sign_in_the_app_may_listen_anywhere(given: dict[str, Any]) -> None:
    config = Settings(host="0.0.0.0", **given)
    check(config)
    check_address(config, "0.0.0.0")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sign_in_client": None}, "VIGIE_SIGN_IN_CLIENT"),
        ({"sign_in_roles": {}}, "VIGIE_SIGN_IN_ROLES"),
        ({"sign_in_secret_file": None}, "VIGIE_SIGN_IN_SECRET_FILE"),
        ({"sign_in_secret_file": Path("/nowhere/secret")}, "VIGIE_SIGN_IN_SECRET_FILE cannot be read"),
        ({"sign_in_secret_file": Path("/dev/null")}, "holds nothing"),
        ({"sign_in_metadata": "http://id.example/x"}, "VIGIE_SIGN_IN_METADATA must be"),
        ({"sign_in_metadata": "id.example"}, "VIGIE_SIGN_IN_METADATA must be"),
        ({"public_url": "http://vigie.example"}, "VIGIE_PUBLIC_URL must be"),
        ({"database_url": "postgresql://pipeline:x@db/vigie"}, "VIGIE_APP_DATABASE_URL"),
    ],
)
def test_half_a_sign_in_is_none(given: dict[str, Any], change: dict[str, Any], told: str) -> None:
    check(Settings(**given))
    with pytest.raises(SettingError, match=told):
        check(Settings(**(given | change)))


def test_a_role_that_there_is_not_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="manager"):
        Settings(**(given | {"sign_in_roles": {"leads": "king"}}))


def test_what_signs_cookies_is_made_once_and_its_owners_alone(given: dict[str, Any]) -> None:
    config = Settings(**given, public_url="https://vigie.example:8443/")
    first, second = (streamlit_secrets(config)["auth"] for _ in range(2))
    file = config.home_path / "app.cookie"
    assert first == second
    assert first["redirect_uri"] == "https://vigie.example:8443/oauth2callback"
    assert first["client_secret"] == "hush"
    assert first["cookie_secret"] == file.read_text()
    assert len(first["cookie_secret"]) >= 64
    assert file.stat().st_mode & 0o777 == 0o600
    other = Settings(**(given | {"home": config.home_path / "other"}))
    assert streamlit_secrets(other)["auth"]["cookie_secret"] != first["cookie_secret"]


Sent = list[dict[str, Any]]


def ask(app: Any, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Sent:
    """Send one request, or open a socket; what came back."""
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b"", "extensions": {}}
    if method == "WEBSOCKET":
        scope |= {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    sent: Sent = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect" if method == "WEBSOCKET" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


async def inside(scope: Any, _receive: Any, send: Any) -> None:
    """What a request gets that is let through: what the app behind believes, and a cookie."""
    seen = [value for name, value in scope["headers"] if name in {b"host", b"origin"}]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", b"a=b; Path=/")]})
    await send({"type": "http.response.body", "body": b" ".join(seen)})


NEEDED = {
    "/_stcore/health", "/_stcore/host-config", "/media/{file_id:path}", "/_stcore/stream", "/auth/login",
    "/auth/logout", "/oauth2callback", "",
}  # fmt: skip


def test_every_interface_of_streamlit_is_needed_or_shut() -> None:
    doors = NeededPathsOnly(inside, ["customers"], has_sign_in=True)
    routes = create_streamlit_routes(MagicMock())
    assert {getattr(route, "path", "") for route in routes} > NEEDED
    for route in routes:
        path = getattr(route, "path", "")
        asked = path.replace("{file_id:path}", "a.csv") or "/customers"
        method = "WEBSOCKET" if isinstance(route, WebSocketRoute) else "GET"
        assert (ask(doors, asked, method)[0].get("status") == 200) == (path in NEEDED), path
        for writing in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert ask(doors, asked, writing)[0]["status"] in {404, 405}, (writing, path)


def test_without_a_sign_in_its_addresses_are_shut_too() -> None:
    doors = NeededPathsOnly(inside, [], has_sign_in=False)
    assert [ask(doors, path)[0]["status"] for path in ("/auth/login", "/oauth2callback", "/customers")] == [404] * 3


def test_behind_https_streamlit_believes_to_be_asked_by_the_public_address_and_cookies_travel_by_it_alone() -> None:
    config = Settings(public_url="https://Vigie.example")
    names, url = config.proxy_names, config.public_url
    assert names == ["vigie.example"]
    for host, origin in (("vigie.example", "https://vigie.example"), ("127.0.0.1:8501", "https://vigie.example")):
        start, body = ask(guarded(inside, "127.0.0.1", names, url), "/", headers={"Host": host, "Origin": origin})
        assert body["body"].split() == [b"vigie.example", b"https://vigie.example"]
        assert (b"set-cookie", b"a=b; Path=/; Secure") in start["headers"]
    refused = ask(
        guarded(inside, "127.0.0.1", names, url), "/", headers={"Host": "127.0.0.1", "Origin": "https://a.example"}
    )
    assert refused[0]["status"] == 403
