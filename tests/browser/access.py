"""Nobody but who is signed in runs or reads anything: tried by pages in Chromium, by raw requests and sockets.

Collected by test_demo.py, whose stack it shares.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from flows.serving.pool import template
from tests.browser.conftest import Stack
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME = "from-elsewhere"
EVIL = "evil.example"

# What a page can try with no help of the server's: each answers what it got, null when it got nothing.
TRY = """async ([url, body, auth]) => {
    const got = async (promise) => promise.then(async r => r.type === 'opaque' ? null : [r.status, await r.text()],
                                                () => null);
    const json = {'Content-Type': 'application/json'}, text = {'Content-Type': 'text/plain'};
    const signed = {...json, 'Authorization': 'Basic ' + btoa(auth)};
    const post = (headers, mode) => got(fetch(url, {method: 'POST', body, headers, mode, credentials: 'include'}));
    const form = document.createElement('form');
    Object.assign(form, {method: 'POST', action: url, enctype: 'text/plain', target: 'hidden'});
    form.innerHTML = `<input name='${body.slice(0, -1)}, "x' value='": 1}'>`;
    const frame = document.createElement('iframe');
    frame.name = 'hidden';
    document.body.append(frame, form);
    form.submit();
    const element = (tag, key) => new Promise(done => {
        const it = document.createElement(tag);
        it.onload = () => done(tag + ' loaded'); it.onerror = () => done(null);
        it[key] = url; document.body.append(it); setTimeout(() => done(null), 4000);
    });
    navigator.sendBeacon(url, body);
    return {
        json: await post(json, 'cors'), simple: await post(text, 'cors'), blind: await post(text, 'no-cors'),
        signed: await post(signed, 'cors'),
        get: await got(fetch(url)), shown: await got(fetch(url, {mode: 'no-cors'})),
        script: await element('script', 'src'), image: await element('img', 'src'),
    };
}"""
SOCKET = """(url) => new Promise(done => {
    const socket = new WebSocket(url, ['streamlit', 'x']);
    socket.onopen = () => done('open'); socket.onerror = () => done(null);
})"""

SOCKETS = ["/events/in", "/events/out", "/logs/out", "/task_runs/subscriptions/scheduled",
           "/work_pools/vigie/workers/connect"]  # fmt: skip
# A browser always says whom it means; a program may try something else.
RAW = ["GET {probe} HTTP/1.0", "GET {probe} HTTP/1.1", "GET {probe} HTTP/1.1\r\nHost:",
       "GET {probe} HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:{port}",
       "GET {probe} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1:{port}",
       "GET http://127.0.0.1:{port}{probe} HTTP/1.1\r\nHost: evil.example"]  # fmt: skip


class Page200(BaseHTTPRequestHandler):
    """A page elsewhere."""

    def do_GET(self) -> None:
        content = b"<!doctype html><title>elsewhere</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def order(proof: Path) -> dict[str, Any]:
    """What would run a command, if it were let in."""
    return {"name": NAME, "state": {"type": "SCHEDULED"}, "job_variables": {"command": f"touch {proof}"}}


def runs_of(stack: Stack, name: str = NAME) -> list[dict[str, Any]]:
    """Flow runs of a name."""
    with stack.api() as client:
        named = {"flow_runs": {"name": {"any_": [name]}}}
        found: list[dict[str, Any]] = client.post("/flow_runs/filter", json=named).raise_for_status().json()
    return found


class AccessTests:
    """Tests of one running stack."""

    @pytest.fixture
    def elsewhere(self) -> Iterator[int]:
        """Port of a server of somebody else's on this machine."""
        with ThreadingHTTPServer(("127.0.0.1", 0), Page200) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield server.server_address[1]
            server.shutdown()

    @pytest.fixture(params=[EVIL, "127.0.0.1"])
    def page_elsewhere(self, foreign: Page, elsewhere: int, request: pytest.FixtureRequest) -> Page:
        """A page of another name, and one of this machine's own on another port."""
        foreign.goto(f"http://{request.param}:{elsewhere}/")
        return foreign

    @pytest.fixture
    def foreign(self, browser: Browser) -> Iterator[Page]:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        yield page
        page.context.close()

    @pytest.fixture
    def deployment(self, stack: Stack) -> str:
        with stack.api() as client:
            return str(client.get("/deployments/name/refresh/marts").json()["id"])

    def test_a_page_elsewhere_runs_and_reads_nothing(
        self, stack: Stack, page_elsewhere: Page, deployment: str, tmp_path: Path
    ) -> None:
        proof = tmp_path / "ran"
        body = json.dumps(order(proof))
        create = f"{stack.api_url}/deployments/{deployment}/create_flow_run"
        urls = [create, f"{stack.api_url}/flow_runs/filter", f"{stack.api_url}/health",
                f"http://127.0.0.1:{stack.prefect_port}/ui-settings", f"{stack.app_url}/_stcore/health",
                f"{stack.app_url}/_stcore/host-config"]  # fmt: skip
        for url in urls:
            got = page_elsewhere.evaluate(TRY, [url, body, stack.auth])
            assert set(got.values()) == {None}, (url, got)
        for address in (f"{stack.app_url}/_stcore/stream", f"{stack.api_url}/events/out"):
            assert page_elsewhere.evaluate(SOCKET, address.replace("http", "ws", 1)) is None, address
        assert runs_of(stack) == []
        assert not proof.exists()

    def test_a_name_pointed_at_this_machine_is_no_way_in(self, stack: Stack, foreign: Page) -> None:
        for port, paths in (
            (stack.prefect_port, ("/", "/sign-in", "/ui-settings", "/api/health", "/v2/")),
            (stack.app_port, ("/", "/_stcore/health", "/_stcore/host-config", "/static/", "/data")),
        ):
            base = f"http://{EVIL}:{port}"
            for path in paths:
                answer = foreign.goto(base + path)
                assert answer is not None
                assert (answer.status, answer.text()) == (400, "Invalid host header"), path
            # The page has that origin now, and asks it as its own.
            got = foreign.evaluate(TRY, [base + "/api/flow_runs/filter", "{}", "vigie:guess"])
            assert {answer[0] for answer in got.values() if answer} == {400}
            assert foreign.evaluate(SOCKET, f"ws://{EVIL}:{port}/_stcore/stream") is None
        assert foreign.context.cookies() == []

    @pytest.mark.parametrize("lines", RAW)
    def test_a_request_by_hand_finds_no_other_way(self, stack: Stack, lines: str) -> None:
        for port, probe in ((stack.prefect_port, "/api/health"), (stack.app_port, "/_stcore/health")):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as opened:
                opened.sendall((lines.format(port=port, probe=probe) + "\r\n\r\n").encode())
                answer = opened.recv(4096).decode()
            assert answer.split()[1] == "400", answer

    def test_every_route_of_the_api_asks_who_comes(self, stack: Stack) -> None:
        with stack.api() as client:
            routes = client.get("/openapi.json").json()["paths"]
            signed = dict(client.headers)
        asked = 0
        with httpx.Client(base_url=stack.api_url, headers=signed) as stranger:
            for path, methods in routes.items():
                where = re.sub(r"[{}]", "", path.removeprefix("/api"))
                for method in methods:
                    if (method, where) in {("get", "/health"), ("get", "/ready")}:
                        continue
                    for wrong in (None, "Basic dmlnaWU6d3Jvbmc=", "Bearer x"):
                        answer = stranger.request(method, where, headers={"Authorization": wrong} if wrong else {})
                        assert answer.status_code == 401, (method, where, wrong)
                        asked += 1
        assert asked > 500

    def test_signed_in_is_not_enough_for_a_foreign_page_nor_without_a_csrf_token(
        self, stack: Stack, deployment: str, tmp_path: Path
    ) -> None:
        create = f"/deployments/{deployment}/create_flow_run"
        with stack.api() as client:
            for headers, write, read in (
                ({"Origin": f"http://{EVIL}"}, 403, 403),
                ({"Origin": stack.app_url}, 403, 403),
                ({"Host": EVIL}, 400, 400),
                ({"Prefect-Csrf-Token": "guess"}, 403, 200),
                ({"Prefect-Csrf-Client": "another"}, 403, 200),
            ):
                asked = client.post(create, json=order(tmp_path / "ran"), headers=headers)
                assert (asked.status_code, client.get("/health", headers=headers).status_code) == (write, read)
        assert runs_of(stack) == []

    @pytest.mark.parametrize("route", SOCKETS)
    def test_a_socket_without_the_sign_in_is_closed(self, stack: Stack, route: str) -> None:
        url = stack.api_url.replace("http", "ws", 1) + route
        for token in (None, "vigie:wrong"):
            with connect(url, subprotocols=[Subprotocol("prefect")]) as opened, pytest.raises(ConnectionClosed):
                opened.send(json.dumps({"type": "auth", "token": token}))
                assert "auth_success" not in str(opened.recv(timeout=10))
        with pytest.raises(InvalidStatus, match="403"):
            connect(url, origin=Origin(f"http://{EVIL}"))

    def test_the_app_opens_no_socket_and_takes_no_file_from_elsewhere(self, stack: Stack) -> None:
        stream = stack.app_url.replace("http", "ws", 1) + "/_stcore/stream"
        for origin in (f"http://{EVIL}", "null", f"http://127.0.0.1:{stack.prefect_port}"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(stream, origin=Origin(origin))
        with pytest.raises(InvalidStatus, match="400"):
            connect(stream, additional_headers={"Host": EVIL})
        connect(stream, origin=Origin(stack.app_url)).close()
        upload = f"{stack.app_url}/_stcore/upload_file/session/file"
        assert httpx.put(upload, files={"file": b"x"}, headers={"Origin": f"http://{EVIL}"}).status_code == 403
        assert httpx.put(upload, files={"file": b"x"}).status_code == 404
        health = httpx.get(f"{stack.app_url}/_stcore/health", headers={"Origin": stack.app_url})
        assert health.text == "ok"
        assert "access-control-allow-origin" not in health.headers

    def test_whoever_is_signed_in_cannot_name_a_command(
        self, stack: Stack, deployment: str, tmp_path: Path
    ) -> None:
        proof = tmp_path / "ran"
        with stack.api() as client:
            pool = client.get(f"/deployments/{deployment}").json()["work_pool_name"]
            assert client.get(f"/work_pools/{pool}").json()["base_job_template"] == template()
            for variables in (
                {"command": f"touch {proof}"},
                {"env": {"A": "b"}},
                {"env.A": "b"},
                {"working_dir": "/"},
            ):
                asked = order(proof) | {"job_variables": variables}
                answer = client.post(f"/deployments/{deployment}/create_flow_run", json=asked)
                assert (answer.status_code, "not allowed" in answer.text) == (422, True)
            # A run of no deployment is not checked against the template; the worker still takes nothing from it.
            flow = client.post("/flows/", json={"name": "collect"}).json()["id"]
            loose = order(proof) | {"name": "loose", "flow_id": flow, "work_pool_name": pool}
            client.post("/flow_runs/", json=loose).raise_for_status()
        wait_until(lambda: runs_of(stack, "loose")[0]["state_type"] in {"CRASHED", "FAILED"}, "the worker takes it")
        assert not proof.exists()

    def test_the_printed_address_opens_prefect_signed_in(self, stack: Stack, foreign: Page) -> None:
        page = foreign
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{stack.prefect_port}/")
        page.wait_for_url("**/login*")
        for address in (stack.sign_in_url.replace("127.0.0.1", "localhost"), stack.sign_in_url):
            page.goto(address)
            page.wait_for_url("**/dashboard*")
        page.get_by_role("link", name="Runs", exact=True).click()
        page.get_by_text("refresh").first.wait_for()
        assert not [url for url in asked if stack.auth in url.partition("#")[0]]

    def test_a_page_elsewhere_cannot_sign_anybody_out(self, stack: Stack, foreign: Page, elsewhere: int) -> None:
        page, address = foreign, stack.sign_in_url.partition("#")[0]
        inside = page.get_by_role("link", name="Runs", exact=True)
        page.goto(stack.sign_in_url)
        # Prefect's UI forgets a sign-in when it is left while it asks the server about it.
        inside.wait_for()
        for wrong in ("vigie:a-guess-of-theirs", "", "%", "€"):
            page.goto(f"http://{EVIL}:{elsewhere}/")
            page.evaluate("url => { location.href = url }", f"{address}#{wrong}")
            inside.wait_for()
            assert page.evaluate("atob(localStorage.getItem('prefect-password'))") == stack.auth, wrong

    def test_the_sign_in_is_in_no_log_and_no_command_line(self, stack: Stack) -> None:
        secret = stack.auth.partition(":")[2].encode()
        files = [file for folder in ("logs", "prefect", "dbt") for file in (stack.home / folder).rglob("*")]
        assert not [file for file in files if file.is_file() and secret in file.read_bytes()]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                assert secret not in (process / "cmdline").read_bytes()
            except OSError:
                continue
        assert (stack.home / "prefect.auth").stat().st_mode & 0o777 == 0o600
