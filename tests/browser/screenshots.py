"""`make screenshots`: the pictures in docs/, taken from the demo as it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from flows.settings import PROJECT
from tests.browser.conftest import ARGUMENTS, CHROMIUM, free_port, start

PAGES = {
    "overview": "/?from=2026-10-22&to=2026-11-20",
    "conversations": "/conversations?from=2026-10-22&to=2026-11-20",
}


def main() -> None:
    """Start the demo, photograph its pages, stop it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stack = start(Path(folder) / "home", free_port(), free_port())
        try:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
            for name, path in PAGES.items():
                page.goto(stack.app_url + path)
                page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
                page.wait_for_timeout(2500)
                page.screenshot(path=PROJECT / "docs" / f"{name}.png")
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
