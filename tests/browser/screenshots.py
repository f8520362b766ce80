"""`make screenshots`: the pictures in docs/, taken from the demo as it runs, each below a quarter of a megabyte."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import psycopg
from playwright.sync_api import sync_playwright

from flows.settings import PROJECT, Settings
from flows.warehouse.database import warehouse_url
from tests.browser.conftest import ARGUMENTS, CHROMIUM, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
LIMIT = 250_000
DESK, PHONE = (1440, 1000), (390, 844)
# What a manager would open: somebody severe who waits, near the top of the list; somebody met in several places.
CONVERSATION = """
    with top as (
        select * from marts.to_answer(now()) where stands = 'backlog'
        order by coalesce(due_at, waits_since) desc limit 10
    )
    select conversation_id from top
    order by array_position(array['high', 'middle', 'low'], severity), due_at desc nulls last limit 1
"""
CUSTOMER = """
    select customer_id from marts.dim_customers
    where accounts > 1 and ratings > 0 and crm_number is not null
    order by accounts desc, messages desc limit 1
"""


@dataclass(frozen=True)
class Shot:
    """A picture: its file's name, the address, and what looks at it."""

    name: str
    path: str
    size: tuple[int, int] = DESK
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"
    scroll: str | None = None


def shots(conversation: str, customer: str) -> list[Shot]:
    """All pictures of the demo."""
    return [
        Shot("today", "/"),
        Shot("today-course", "/", scroll=".st-key-card-volume"),
        Shot("today-french-dark", "/", scheme="dark", language="fr"),
        Shot("today-phone", "/", size=PHONE),
        Shot("answer", f"/answer?tab=backlog&conversation={quote(conversation)}"),
        Shot("answer-phone", "/answer?tab=backlog", size=PHONE),
        Shot("customers", f"/customers?customer={quote(customer)}"),
        Shot("review", "/review"),
        Shot("data", "/data"),
    ]


def take(browser: Browser, url: str, shot: Shot, folder: Path) -> None:
    """Take one picture when the page stands still."""
    with browser.new_context(
        viewport={"width": shot.size[0], "height": shot.size[1]},
        color_scheme=shot.scheme,
        locale="en-GB" if shot.language == "en" else "fr-FR",
        device_scale_factor=2 if shot.size == PHONE else 1,
    ) as context:
        page = context.new_page()
        page.goto(url + shot.path)
        page.locator(".v-head").wait_for(timeout=60_000)
        page.locator(DONE).wait_for(timeout=60_000)
        if shot.scroll:
            page.locator(shot.scroll).evaluate("it => it.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(2000)
        file = folder / f"{shot.name}.png"
        page.screenshot(path=file)
        size = file.stat().st_size
        print(f"{file.name:<28} {size / 1000:>5.0f} kB")
        assert size < LIMIT, f"{file} is too heavy for the documentation"


def photograph(home: Path, url: str, folder: Path) -> None:
    """Take all pictures of a demo that runs."""
    with psycopg.connect(warehouse_url(Settings(home=home))) as connection:
        chosen = [connection.execute(query).fetchone() for query in (CONVERSATION, CUSTOMER)]
    conversation, customer = (str(row[0]) for row in chosen if row)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for shot in shots(conversation, customer):
            take(browser, url, shot, folder)
        browser.close()


def main() -> None:
    """Start the demo (or take the one that runs), photograph its pages, stop it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, help="VIGIE_HOME of a demo that runs; without it one is started")
    asked.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('VIGIE_APP_PORT', '8501')}")
    asked.add_argument("--to", type=Path, default=PROJECT / "docs")
    given = asked.parse_args()
    if given.home:
        photograph(given.home, given.url, given.to)
        return
    with tempfile.TemporaryDirectory() as folder:
        stack = start(Path(folder) / "home")
        try:
            photograph(stack.home, stack.app_url, given.to)
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
