"""`make demo` from the outside: two addresses, figures in a browser, runs in Prefect, and nothing left after."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import psycopg
import pytest

from flows.serving.pool import template
from flows.settings import PROJECT
from tests.browser.access import AccessTests
from tests.browser.by_hand import waits_opened
from tests.browser.conftest import Stack, start
from tests.browser.signed_in import SignedInTests
from tests.helpers.ports import port_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
LAST = datetime.now(ZoneInfo("Europe/Paris")).date() - timedelta(days=2)
FIRST = LAST - timedelta(days=29)
WINDOW = f"?lang=en&from={FIRST}&to={LAST}"


# By how many pixels a grid's columns are wider than the grid.
ONE_GRID = "document.querySelectorAll('[data-testid=stDataFrame]').length === 1"
CUT = """grid => {
    const inside = grid.querySelector('.dvn-scroller')
    return Math.max(0, inside.scrollWidth - inside.clientWidth)
}"""


@pytest.fixture(scope="module")
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(180_000)
    yield page
    page.close()


def api(stack: Stack, path: str, **body: Any) -> Any:
    with stack.api() as client:
        return client.post(path, json=body).raise_for_status().json()


class TestAccess(AccessTests):
    """Who may reach what, on the same stack."""


class TestSignedIn(SignedInTests):
    """What somebody signed in can have run, on the same stack."""


def test_it_prints_both_addresses(stack: Stack) -> None:
    assert stack.app_url in stack.said()
    assert f"http://127.0.0.1:{stack.prefect_port}" in stack.said()


def test_the_figures_on_the_page_are_those_of_the_archive(stack: Stack, page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.app_url}/{WINDOW}")
    shown = page.locator("[data-testid=figure-waits_opened]").inner_text()
    with psycopg.connect(database_url(stack)) as connection:
        found = connection.execute(
            "select value from marts.kpis(%s, %s, names => '{waits_opened,answered_rate}') where channel is null",
            (FIRST, LAST),
        ).fetchall()
        by_hand = waits_opened(connection, FIRST, LAST)
    (opened,), (answered,) = found
    assert int(shown.replace(",", "")) == opened == by_hand
    rate = page.locator("[data-testid=figure-answered_rate]").inner_text()
    assert float(rate.rstrip(" %")) == pytest.approx(float(answered) * 100, abs=0.06 if "." in rate else 0.51)
    assert errors == []


PAGES = {
    "": ("Today", "Aujourd’hui"),
    "answer": ("To answer", "À répondre"),
    "conversations": ("To answer", "À répondre"),
    "customers": ("Customers", "Clients"),
    "review": ("Review", "À vérifier"),
    "data": ("Data", "Données"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_both_languages_without_an_error(
    stack: Stack, page: Page, path: str, language: str
) -> None:
    errors: list[str] = []
    # Streamlit's own client asks for its probes below the page's address first, and is told 404.
    page.on("response", lambda r: errors.append(r.url) if r.status >= 400 and "/_stcore/" not in r.url else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.app_url}/{path}{WINDOW.replace('lang=en', f'lang={language}')}")
    title = PAGES[path][language == "fr"]
    page.locator(".v-head h1").filter(has_text=title).wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert page.locator("[data-testid=stException]").count() == 0
    assert errors == []


LOOKS = [("desk-light", (1440, 1000), "light"), ("desk-dark", (1440, 1000), "dark"), ("phone", (390, 844), "dark")]
# What may be wider than the screen scrolls by itself; the page never does.
WIDER = """() => {
    const page = document.querySelector('[data-testid=stMain]');
    return [document.documentElement, page].map(it => it.scrollWidth - it.clientWidth);
}"""


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
def test_no_page_is_wider_than_its_screen_nor_says_an_error(
    stack: Stack, browser: Browser, look: str, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    chosen = chosen_by_reading(stack)
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="fr-FR",
        has_touch=look == "phone",
    )
    page = context.new_page()
    page.set_default_timeout(180_000)
    errors: list[str] = []
    # Streamlit's own client asks for its probes below the page's address first, and is told 404.
    page.on(
        "console",
        lambda line: (
            errors.append(line.text)
            if line.type == "error" and "/_stcore/" not in line.location.get("url", "")
            else None
        ),
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    addresses = ("", f"answer?tab=backlog&conversation={chosen}", "answer?tab=all", "customers", "review", "data")
    for path in addresses:
        page.goto(f"{stack.app_url}/{path}")
        page.locator(".v-head h1").wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(1000)
        assert page.evaluate(WIDER) == [0, 0], (look, path)
    assert errors == []
    context.close()


def test_a_wait_is_set_aside_and_that_is_undone(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.app_url}/answer?lang=en&tab=all&conversation={chosen_by_reading(stack)}")
    for button, press, told in (
        ("Handled elsewhere, or not for us?", "Set it aside", "answered elsewhere"),
        ("Undo what was decided", "Undo", "undone: it waits again"),
    ):
        page.get_by_role("button", name=button).click()
        page.get_by_label("Reason").fill("we spoke on the phone")
        page.get_by_test_id("stForm").get_by_label("Your name").fill("Nora Essai")
        page.get_by_role("button", name=press, exact=True).click()
        page.locator("[data-testid=decision]").filter(has_text=told).wait_for()
        page.get_by_label("Reason").wait_for(state="hidden")
    page.get_by_text("still waiting since").wait_for()
    assert page.locator("[data-testid=decision]").all_inner_texts()[1].startswith("undone")


def chosen_by_reading(stack: Stack) -> str:
    """A conversation whose last wait is open, as an address has it."""
    with psycopg.connect(database_url(stack)) as connection:
        row = connection.execute(
            "select conversation_id from marts.fct_conversations where waiting_since is not null"
            " order by opened_at desc limit 1"
        ).fetchone()
    assert row is not None
    return urllib.parse.quote(row[0])


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize(("path", "opened"), [("customers", "customer")])
def test_a_click_on_a_cell_opens_its_row_and_no_column_is_cut(
    stack: Stack, page: Page, width: int, path: str, opened: str
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(f"{stack.app_url}/{path}{WINDOW}")
    grid = page.locator("[data-testid=stDataFrame]")
    grid.locator("canvas").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(ONE_GRID)
    assert grid.evaluate(CUT) == 0
    grid.click(position={"x": 120, "y": 38 * 2.5})
    page.wait_for_url(re.compile(f"{opened}="))
    page.locator(".v-person").wait_for()
    page.wait_for_function(ONE_GRID)  # the list before the click stands beside the new one for a moment
    assert grid.evaluate(CUT) == 0
    page.set_viewport_size({"width": 1440, "height": 1000})


def begin(page: Page, url: str) -> None:
    """Open the backlog and say who decides, by keys alone."""
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{url}/answer?lang=en&tab=backlog")
    page.locator("[data-testid=row]").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('placeholder')") == "Your name, kept with decisions":
            break
    page.keyboard.type("Nora Essai")
    page.keyboard.press("Tab")
    page.wait_for_function("document.cookie.includes('vigie_name=Nora%20Essai')")


def test_ten_decisions_are_made_by_keys_alone_and_seen_by_somebody_else(
    stack: Stack, page: Page, browser: Browser
) -> None:
    begin(page, stack.app_url)
    page.keyboard.press("j")
    page.wait_for_url(re.compile("conversation="))
    page.locator(".v-person").wait_for()
    read = []
    for n, key in enumerate("xenxenxenx", start=1):
        read.append(page.url.partition("conversation=")[2].partition("&")[0])
        page.keyboard.press(key)
        page.locator("[data-testid=stButtonGroup] button").filter(has_text=f"Set aside {n}").wait_for()
        page.wait_for_function(f"!location.search.includes('conversation={read[-1]}')")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert len(set(read)) == 10
    with psycopg.connect(database_url(stack)) as connection:
        kept = connection.execute(
            "select conversation_id, verdict, decided_by from marts.set_aside order by decision_id"
        ).fetchall()
    assert [urllib.parse.quote(row[0], safe="") for row in kept] == [
        urllib.parse.quote(urllib.parse.unquote(each), safe="") for each in read
    ]
    assert [row[1] for row in kept][:3] == ["noise", "outside", "not_for_us"]
    assert {row[2] for row in kept} == {"Nora Essai"}

    other = browser.new_page()
    other.set_default_timeout(180_000)
    other.goto(f"{stack.app_url}/answer?lang=en&tab=aside")
    other.locator("[data-testid=row]").nth(9).wait_for()
    other.close()
    page.keyboard.press("u")
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Set aside 9").wait_for()


def test_rows_do_not_move_when_their_buttons_have_loaded(stack: Stack, browser: Browser) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = browser.new_page()
    page.set_default_timeout(180_000)
    page.route("**/Button.*.js", hold)
    page.goto(f"{stack.app_url}/answer?lang=en&tab=backlog")
    rows = page.locator("[data-testid=row]")
    rows.nth(9).wait_for()
    page.locator("[class*=st-key-row-] [data-testid=stSkeleton]").nth(9).wait_for(state="attached")
    before = rows.nth(9).bounding_box()
    for route in held:
        route.continue_()
    page.locator("[class*=st-key-row-] [data-testid=stButton]").nth(9).wait_for(state="attached")
    assert rows.nth(9).bounding_box() == before
    page.close()


def test_a_row_opens_by_tab_and_enter_and_by_a_click_anywhere_on_it(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.app_url}/answer?lang=en&tab=backlog")
    rows = page.locator("[data-testid=row]")
    rows.nth(5).wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    buttons = page.get_by_role("button", name=re.compile("^Open "))
    buttons.nth(1).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("conversation="))
    first = page.url
    page.locator(".v-row.open").wait_for()
    box = rows.nth(4).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] - 8)
    page.wait_for_function("was => location.href !== was", arg=first)


def test_conversations_open_from_a_link(stack: Stack, page: Page) -> None:
    with psycopg.connect(database_url(stack)) as connection:
        row = connection.execute(
            "select c.conversation_id, m.body from marts.fct_conversations as c"
            " inner join marts.fct_messages as m on c.conversation_id = m.conversation_id"
            " where c.answered_waits > 0 and m.direction = 'brand' and length(m.body) between 40 and 200"
            " order by c.opened_at desc limit 1"
        ).fetchone()
    assert row is not None
    page.goto(f"{stack.app_url}/answer{WINDOW}&tab=all&conversation={urllib.parse.quote(row[0])}")
    page.get_by_text(" ".join(row[1].split())[:40]).first.wait_for()
    page.get_by_text("answered after").first.wait_for()


def test_collect_woke_refresh_through_prefect(stack: Stack) -> None:
    runs = api(stack, "/flow_runs/filter", sort="START_TIME_DESC")
    flows = {f["id"]: f["name"] for f in api(stack, "/flows/filter")}
    done = [flows[r["flow_id"]] for r in runs if r["state_type"] == "COMPLETED"]
    assert {"collect", "refresh"} <= set(done)
    refreshed = [r for r in runs if flows[r["flow_id"]] == "refresh" and r["state_type"] == "COMPLETED"]
    assert any((r["created_by"] or {}).get("type") == "AUTOMATION" for r in refreshed)
    scheduled = [r for r in runs if flows[r["flow_id"]] == "refresh" and r["state_type"] == "SCHEDULED"]
    assert scheduled, "the ten-minute schedule made no runs"
    keys = {a["key"] for a in api(stack, "/artifacts/filter")}
    assert {"collect-demo", "collect-petit-journal", "refresh"} <= keys


def test_deploy_removes_what_left_the_file_and_tightens_the_pool_of_an_older_version(stack: Stack) -> None:
    from prefect.workers.process import ProcessWorker

    flow = api(stack, "/flows/", name="collect")
    (pool,) = {d["work_pool_name"] for d in api(stack, "/deployments/filter")}
    made = {"flow_id": flow["id"], "work_pool_name": pool}
    api(stack, "/deployments/", name="gone", tags=["vigie", pool], **made)
    api(stack, "/deployments/", name="not-ours", tags=["vigie", "vigie-00000000"], **made)
    lax = ProcessWorker.get_default_base_job_template()
    with stack.api() as client:
        client.patch(f"/work_pools/{pool}", json={"base_job_template": lax}).raise_for_status()
    said = subprocess.run(
        [sys.executable, "-m", "flows.cli", "deploy"],
        cwd=PROJECT, env=stack.environment(), capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert "removed gone" in said
    names = {d["name"] for d in api(stack, "/deployments/filter")}
    assert names == {"marts", "identity", "demo", "petit-journal", "not-ours"}
    with stack.api() as client:
        assert client.get(f"/work_pools/{pool}").json()["base_job_template"] == template()


def test_it_listens_on_loopback_only_and_on_no_port_of_a_running_demo(stack: Stack) -> None:
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=False)
    if listening.returncode:
        pytest.skip("no `ss` here to ask who listens")
    ours = processes(stack).keys()
    lines = [line for line in listening.stdout.splitlines() if ours & set(map(int, re.findall(r"pid=(\d+)", line)))]
    found = [line.split()[3].rpartition(":") for line in lines]
    assert {host for host, _, _ in found} == {"127.0.0.1"}
    ports = {port for _, _, port in found}
    assert ports >= {stack.ports[f"VIGIE_{name}_PORT"] for name in ("APP", "PREFECT", "FEED")}
    assert not ports & set(map(str, port_settings().values())), "a running demo has these"


def test_a_port_in_use_is_named_with_its_setting(stack: Stack) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "flows.cli", "up"],
        cwd=PROJECT, env=stack.environment() | {"VIGIE_HOME": str(stack.home.parent / "second")},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"port {stack.app_port}" in second.stderr
    assert "VIGIE_APP_PORT" in second.stderr


def test_ctrl_c_stops_everything_and_a_second_start_goes_on_where_it_was(stack: Stack) -> None:
    assert stack.stop() == 130
    assert left_behind(stack) == []
    again = start(stack.home, stack.ports)
    try:
        with psycopg.connect(database_url(stack)) as connection:
            row = connection.execute("select count(*) from marts.fct_messages").fetchone()
            runs = connection.execute(
                "select new from ops.runs where source = 'demo' order by started_at"
            ).fetchall()
            assert row is not None
            assert row[0] > 14_000
            assert runs[0][0] > 14_000
            assert runs[-1][0] < 1000, "at most what a day has, where midnight has gone by"
    finally:
        told = again.stop(signal.SIGTERM)
    assert told == 0, "`vigie down` asked for it: no make calls that an error"
    assert left_behind(again) == []


def database_url(stack: Stack) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "status", "--json"],
        cwd=PROJECT, env=stack.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(done.stdout)["database_url"])


def left_behind(stack: Stack) -> list[str]:
    """Command lines of processes that still run with this stack's home in their environment."""
    return list(processes(stack).values())


def processes(stack: Stack) -> dict[int, str]:
    """What runs with this stack's home in its environment: command lines by process id."""
    wanted = f"VIGIE_HOME={stack.home}".encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found
