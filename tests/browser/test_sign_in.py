"""The app as it is served, a real OpenID provider, a browser: each role sees its pages, nothing leads past it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from app.shared.access import ADDRESSES, ROLES, ROOMS
from flows.settings import PROJECT, RoleName
from tests.app.conftest import Place, loaded
from tests.conftest import MakeHouse
from tests.helpers.databases import Server
from tests.helpers.ports import free_port
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SECRET = "not-a-secret-of-anybody"
COOKIE = "_streamlit_user"
TITLES = {"today": "Today", "answer": "To answer", "customers": "Customers", "review": "Review", "sources": "Data"}
USERS = [
    *({"sub": role, "email": f"{role.split()[0]}@company.example", "groups": [f"crm {role}"]} for role in ROLES),
    {"sub": "stranger", "email": "stranger@company.example", "groups": ["another team"]},
    {"sub": "liar", "email": "manager@company.example", "email_verified": False, "groups": ["crm manager"]},
]


@dataclass(frozen=True)
class Served:
    """The app of a test's own, with its provider, and the warehouse that it reads."""

    url: str
    place: Place
    home: Path
    log: Path


@contextmanager
def process(command: list[str], environment: dict[str, str], url: str, log: Path) -> Iterator[None]:
    """Run a server until the block ends; it is there when `url` answers."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: running.poll() is not None or _answers(url), url)
        assert running.poll() is None, log.read_text(errors="replace")
        yield
    finally:
        running.terminate()
        running.wait(60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def served(
    server: Server, make_house: MakeHouse, built: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("sign-in")
    secret = folder / "secret"
    secret.write_text(SECRET)
    provider, port = free_port(), free_port()
    issuer = f"http://127.0.0.1:{provider}"
    metadata = f"{issuer}/.well-known/openid-configuration"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIE_", "PREFECT_"))}
    users = [part for user in USERS for part in ("--user-claims", json.dumps(user))]
    for place in loaded(server, make_house, built, "vigie_sign_in"):
        given = {
            "VIGIE_HOME": str(place.config.home), "VIGIE_DATABASE_URL": place.url,
            "VIGIE_APP_DATABASE_URL": place.app_url or place.url, "VIGIE_APP_PORT": str(port),
            "VIGIE_SIGN_IN_METADATA": metadata, "VIGIE_SIGN_IN_CLIENT": "vigie",
            "VIGIE_SIGN_IN_SECRET_FILE": str(secret),
            "VIGIE_SIGN_IN_ROLES": json.dumps({f"crm {role}": role for role in ROLES}),
        }  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        asked = [sys.executable, "-m", "oidc_provider_mock", "--port", str(provider), *users]
        app = [
            sys.executable, "-m", "streamlit", "run", "app/served.py",
            "--server.address", "127.0.0.1", "--server.port", str(port),
        ]  # fmt: skip
        with (
            process(asked, kept, metadata, folder / "provider.log"),
            process(app, kept | given, f"{url}/_stcore/health", folder / "app.log"),
        ):
            yield Served(url, place, place.config.home, folder / "app.log")


@contextmanager
def somebody(browser: Browser, served: Served, subject: str | None) -> Iterator[Page]:
    """A browser in which somebody has signed in."""
    context = browser.new_context(base_url=served.url, locale="en-GB")
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        page.goto("/")
        page.get_by_role("button", name="Sign in").wait_for()
        if subject:
            sign_in(page, subject)
            page.get_by_test_id("signed-in").wait_for()
        yield page
    finally:
        context.close()


def sign_in(page: Page, subject: str) -> None:
    """Go to the provider, be somebody there, and come back."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=subject, exact=True).first.click()
    page.wait_for_url("**/")


def menu(page: Page) -> list[str]:
    return [each.inner_text().splitlines()[-1] for each in page.get_by_test_id("stSidebarNavLink").all()]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_signs_in_and_opens_its_pages_alone(browser: Browser, served: Served, role: RoleName) -> None:
    own = ROLES[role].rooms
    with somebody(browser, served, role) as page:
        page.locator("h1").first.wait_for()
        assert f"{role.split()[0]}@company.example" in page.get_by_test_id("signed-in").inner_text()
        assert page.get_by_test_id("masked").count() == (not ROLES[role].sees_persons)
        if len(own) > 1:  # Streamlit draws no menu of one
            assert menu(page) == [TITLES[room] for room in own]
        for room in set(ROOMS) - set(own) - {"today"}:
            page.goto(f"/{ADDRESSES.get(room, room)}")
            page.get_by_text("Not your page").wait_for()
            assert page.locator("h1").count() == 0


@pytest.mark.parametrize(
    ("subject", "told"), [("stranger", "nobody gave you a role here"), ("liar", "say who you are")]
)
def test_who_has_no_role_or_no_proved_address_sees_no_page(
    browser: Browser, served: Served, subject: str, told: str
) -> None:
    with somebody(browser, served, None) as page:
        sign_in(page, subject)
        for address in ("/", "/customers", "/data"):
            page.goto(address)
            page.get_by_text(told).wait_for()
            assert page.locator("h1").count() == 0


def test_a_cookie_that_somebody_made_or_changed_gets_nowhere(browser: Browser, served: Served) -> None:
    claims = {
        "sub": "manager", "email": "manager@company.example", "groups": ["crm manager"], "iat": 4_000_000_000,
        "is_logged_in": True, "provider": "default", "origin": served.url,
    }  # fmt: skip
    with somebody(browser, served, "data engineer") as page:
        page.locator("h1").first.wait_for()
        given = next(each["value"] for each in page.context.cookies() if each["name"] == COOKIE)
    own = (served.home / "app.cookie").read_text()
    forged = [
        create_signed_value("", COOKIE, json.dumps(claims)).decode(),
        create_signed_value(SECRET, COOKIE, json.dumps(claims)).decode(),
        create_signed_value(own, "another", json.dumps(claims)).decode(),
        given[:-2] + ("AA" if given[-2:] != "AA" else "BB"),
        json.dumps(claims),
    ]
    for value in forged:
        with browser.new_context(base_url=served.url, locale="en-GB") as context:
            context.add_cookies([{"name": COOKIE, "value": value, "url": served.url}])
            page = context.new_page()
            page.goto("/customers")
            page.get_by_text("say who you are").wait_for(timeout=60_000)
            assert page.locator("h1").count() == 0
    # The same, signed as the app signs: what keeps the others out is the signature alone.
    with browser.new_context(base_url=served.url, locale="en-GB") as context:
        good = create_signed_value(own, COOKIE, json.dumps(claims)).decode()
        context.add_cookies([{"name": COOKIE, "value": good, "url": served.url}])
        page = context.new_page()
        page.goto("/customers")
        page.get_by_test_id("signed-in").wait_for(timeout=60_000)


SHUT = (
    "/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/upload_file/a/b", "/_stcore/bidi-components/a/b",
    "/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/_stcore/agent/mcp", "/component/a/index.html",
    "/app/static/main.py", "/_stcore/allowed-message-origins", "/nothing", "/customers/nothing",
    "/static/../_stcore/metrics",
)  # fmt: skip


def test_interfaces_that_no_page_needs_are_shut(served: Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        for path in SHUT:
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                assert client.request(method, path).status_code in {400, 404, 405}, (method, path)
        for path in ("/", "/customers", "/_stcore/health", "/_stcore/host-config", "/favicon.png"):
            assert client.get(path).status_code == 200, path
            assert client.post(path).status_code == 405, path


def test_no_secret_stands_in_a_log_and_what_signs_cookies_is_its_owners_alone(served: Served) -> None:
    file = served.home / "app.cookie"
    assert file.stat().st_mode & 0o777 == 0o600
    said = served.log.read_text(errors="replace")
    assert SECRET not in said
    assert file.read_text() not in said
