"""What a page shows can be saved, and a spreadsheet that opens it runs nothing that a customer wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.shared import export
from app.shared.language import Language
from tests.app.conftest import View

PARIS = ZoneInfo("Europe/Paris")
Speak = Callable[[Language], None]


@pytest.mark.parametrize("cell", ["=1+1", "+33 6", "-2", "@sum", "\tx", "\rx", "  =x", "＝1", "-x"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert export.safe(cell, PARIS) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a=b", "a=b"), (None, ""), (-3, "-3"), (0.5, "0.5"), (-12.5, "-12.5"), (220.0, "220"),
        (datetime(2026, 11, 20, 9, tzinfo=UTC), "2026-11-20 10:00:00+01:00"),
    ],
)  # fmt: skip
def test_other_cells_stay_as_they_are(cell: export.Cell, text: str) -> None:
    assert export.safe(cell, PARIS) == text


def test_the_file_opens_in_the_readers_spreadsheet(speak: Speak) -> None:
    made = export.csv_of(["a", "b"], [[0.5, 'x;"y"\nz']], PARIS)
    assert made.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))[1] == ["0.5", 'x;"y"\nz']
    speak("fr")
    french = export.csv_of(["a", "b"], [[0.5, "x"]], PARIS).decode("utf-8-sig")
    assert french == "a;b\r\n0,5;x\r\n"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("overview", ["trend-", "service-", "satisfaction-"]), ("customers", ["customers", "timeline"]),
        ("sources", ["sources", "rejects", "runs"]),
    ],
)  # fmt: skip
def test_each_page_saves_what_it_shows(contract: View, page: str, names: list[str]) -> None:
    buttons = contract(page, customer="c1").get("download_button")
    assert len(buttons) == len(names)
    assert all(f"csv-{name}" in button.proto.id for name, button in zip(names, buttons, strict=True))


def test_conversations_and_open_waits_are_saved_too(view: View) -> None:
    assert len(view("conversations").get("download_button")) == 1
    whole = view(from_="2026-10-22", to="2026-11-20").get("download_button")
    assert "csv-open-waits-2026-10-22-2026-11-20" in whole[-1].proto.id
