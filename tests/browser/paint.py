"""`make paint`: how long a manager looks at an empty page, in the browser, on the demo's 15,000 messages.

From navigation to the first contentful paint, to the first tile's figure, and to the last element, by the browser's
own clock. The demo settles for two minutes first.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from flows.settings import PROJECT
from tests.browser.conftest import ARGUMENTS, CHROMIUM, environment, start
from tests.helpers.ports import own_ports

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

# Runs in the page before anything of the page's own: performance.now() counts from the navigation.
WATCH = """
window.figure = null;
new MutationObserver(() => {
    const value = document.querySelector('[data-testid=figure-waits_opened]');
    if (window.figure === null && value && value.innerText.trim()) {
        requestAnimationFrame(() => { window.figure ??= performance.now(); });
    }
}).observe(document, {childList: true, subtree: true, characterData: true});
"""
SETTLING = 120.0  # seconds: its first refresh and its deployments
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
Painted = tuple[float, float, float]
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def look(context: BrowserContext, url: str) -> Painted:
    """Open Today in a new page; seconds to the first paint, the first figure, the end."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.figure !== null", timeout=60_000)
    page.locator(DONE).wait_for(timeout=60_000)
    whole = page.evaluate("performance.now()")
    figure = page.evaluate("window.figure")
    painted = page.evaluate(PAINTED)
    page.close()
    return painted / 1000, figure / 1000, whole / 1000


def anew(browser: Browser, url: str) -> Painted:
    """A browser that has never been here: nothing of the app in its cache."""
    with browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB") as context:
        return look(context, url)


def again(browser: Browser, url: str, times: int) -> list[Painted]:
    """A browser that has been here before, each time in a new session of the app's."""
    with browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB") as context:
        look(context, url)
        return [look(context, url) for _ in range(times)]


@contextmanager
def restarted(home: Path) -> Iterator[str]:
    """An app's process of its own, new, on the demo's warehouse; its address."""
    ports = own_ports()
    port = ports["VIGIE_APP_PORT"]
    command = [sys.executable, "-m", "streamlit", "run", "app/served.py", "--server.port", port]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment(home, ports) | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def said(what: str, seen: list[Painted]) -> None:
    """One line of the table: medians."""
    middle = [statistics.median(one[place] for one in seen) for place in range(3)]
    longest = max(figure for _, figure, _ in seen)
    print(
        f"{what:<44} n = {len(seen):>2}   first paint {middle[0]:.2f} s   first figure {middle[1]:.2f} s"
        f" (longest {longest:.2f} s)   whole page {middle[2]:.2f} s"
    )


def measure(home: Path, url: str, times: int) -> None:
    """Print the three tables' lines: a new process, a new browser, a browser that comes back."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        first = []
        for _ in range(max(3, times // 3)):
            with restarted(home) as fresh:
                first.append(anew(browser, fresh))
        said("new process of the app, first reader ever", first)
        anew(browser, url)
        said("warm app, new browser", [anew(browser, url) for _ in range(times)])
        said("warm app, browser that comes back", again(browser, url, times))
        browser.close()


def main() -> None:
    """Start the demo (or take the one that runs), measure, stop it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, help="VIGIE_HOME of a demo that runs; without it one is started")
    asked.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('VIGIE_APP_PORT', '8501')}")
    asked.add_argument("-n", type=int, default=15)
    given = asked.parse_args()
    if given.home:
        measure(given.home, given.url, given.n)
        return
    with tempfile.TemporaryDirectory() as folder:
        stack = start(Path(folder) / "home")
        try:
            time.sleep(SETTLING)
            measure(stack.home, stack.app_url, given.n)
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
