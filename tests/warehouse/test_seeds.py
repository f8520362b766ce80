"""What a company says of itself is tested when it changes: a wrong row is named, and the figures stay."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import doctor
from flows.errors import RefreshError
from flows.settings import DBT_PROJECT
from flows.warehouse.refresh import claims, dbt
from tests.helpers.house import House

MESSAGES = "select count(*) from marts.fct_messages"


def asked(number: str) -> dict[str, str]:
    return {"id": number, "account": f"customer of {number}", "posted_at": "2026-11-01T10:00:00Z"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project of one's own that refreshes build."""
    folder = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    hashed = claims.project_hash
    monkeypatch.setattr(claims, "project_hash", lambda: hashed(folder))
    monkeypatch.setattr(dbt, "DBT_PROJECT", folder)
    return folder


@pytest.fixture
def append(project: Path) -> Callable[[str, str], None]:
    def append(seed: str, rows: str) -> None:
        path = project / "seeds" / f"{seed}.csv"
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + rows, encoding="utf-8")

    return append


def test_a_wrong_row_of_a_seed_is_named_and_figures_stay(
    warehouse: House, append: Callable[[str, str], None], project: Path, data: Path
) -> None:
    # Given a figure, then seeds with hours that overlap and hours that end before they begin
    warehouse.load_rows([asked("q1")])
    warehouse.refresh()
    assert warehouse.value(MESSAGES) == 1
    good = {path.name: path.read_bytes() for path in (project / "seeds").glob("*.csv")}
    for file in sorted((data / "cases" / "figures" / "F20_seeds").glob("*.append.csv")):
        append(file.name.removesuffix(".append.csv"), file.read_text(encoding="utf-8"))
    warehouse.load_rows([asked("q2")])

    # When the warehouse is refreshed, then it says which rows are wrong and how
    with pytest.raises(RefreshError) as failed:
        warehouse.refresh()
    said = str(failed.value)
    assert "hours close after they open: calendar nightbad, weekday 1, opens 22:00:00, closes 06:00:00" in said
    assert "calendar over, weekday 1, opens 09:00:00, closes 18:00:00" in said

    # And the figures are the old ones, and the doctor says why
    assert warehouse.value(MESSAGES) == 1
    told = {one.name: one for one in doctor.examine(warehouse.settings)}["refresh"]
    assert not told.is_well and "nightbad" in told.seen

    # When the seeds are right again, then nothing was lost
    for name, content in good.items():
        (project / "seeds" / name).write_bytes(content)
    warehouse.refresh()
    assert warehouse.value(MESSAGES) == 2


WRONG = [
    pytest.param("channel_calendars", "chat,nowhere,,\n", "nowhere", id="a calendar that there is not"),
    pytest.param("calendars", "moon,Moon/Sea\n", "Moon/Sea", id="a zone that there is not"),
    pytest.param("opening_hours", "office,8,09:00,12:00\n", "weekday 8", id="an eighth day of the week"),
    pytest.param("holidays", "office,2026-12-24,Eve,12:00,09:00\n", "Eve", id="half a holiday that ends first"),
    pytest.param("holidays", "office,2026-12-24,Eve,09:00,\n", "Eve", id="half a holiday without an end"),
    pytest.param("promises", "twitter,acknowledged,calendar,60,,\n", "twitter", id="two promises at once"),
    pytest.param("promises", "chat,acknowledged,calendar,-5,,\n", "-5", id="a promise of less than nothing"),
    pytest.param(
        "promises", "chat,answered,calendar,5,,,nobody\n", "nobody", id="a promise of a brand without accounts"
    ),
    pytest.param(
        "promises",
        "chat,answered,calendar,5,,,tilleul\nchat,answered,calendar,9,2026-01-01,,tilleul\n",
        "chat",
        id="two promises of one brand",
    ),
    pytest.param("bot_silences", "chat,0,,,\n", "days 0", id="a silence of no day"),
    pytest.param("brand_accounts", "shop,desk,,agent,,\n", "desk", id="an agent of no brand"),
    pytest.param("brand_accounts", "shop,desk,us,agent,2026-02-01,2026-01-01\n", "desk", id="an agent for no day"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "row", "named"), WRONG)
def test_other_wrong_rows_are_named_too(
    warehouse: House, append: Callable[[str, str], None], seed: str, row: str, named: str
) -> None:
    append(seed, row)
    with pytest.raises(RefreshError, match=named):
        warehouse.refresh()
