"""The modules of snscrape: which are used, which are refused and why, and what is said without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.errors import SettingError
from flows.settings import PROJECT
from flows.sources.registry import read_config
from flows.sources.snscrape import MODULES, SnscrapeConfig
from flows.sources.telegram.config import TelegramConfig


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_other_modules_of_snscrape_are_refused_with_the_reason_and_the_alternative(module: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_config({"type": "snscrape", "name": "x", "module": module})
    assert MODULES[module].reason in str(refused.value)  # type: ignore[index]
    assert f"Take instead: {MODULES[module].instead}" in str(refused.value)  # type: ignore[index]
    page = (PROJECT / "docs" / "sources" / "telegram.md").read_text()
    assert f"| `{module}` | {MODULES[module].status} |" in page  # type: ignore[index]


def test_every_module_that_snscrape_has_is_declared() -> None:
    from importlib.util import find_spec

    pytest.importorskip("snscrape", reason="the extra snscrape is not installed")
    found = find_spec("snscrape")
    assert found and found.submodule_search_locations
    files = Path(found.submodule_search_locations[0], "modules").glob("*.py")
    assert {file.stem for file in files} - {"__init__"} == MODULES.keys()


def test_without_snscrape_the_source_says_what_to_install() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['snscrape'] = None\n"
         "from flows.sources.registry import open_source, read_config\n"
         "c = read_config({'type': 'telegram', 'name': 't', 'channels': ['example']})\n"
         "from flows.errors import SettingError\n"
         "try: list(open_source(c).pages(None, {}))\n"
         "except SettingError as error: print(error)"],
        capture_output=True, text=True, check=True, cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)},
    ).stdout  # fmt: skip
    assert "pip install 'snscrape<0.8'" in said


def test_the_form_describes_every_field_and_takes_names_of_channels() -> None:
    for form in (TelegramConfig, SnscrapeConfig):
        assert all(field.description for name, field in form.model_fields.items() if name != "type")
    assert TelegramConfig(name="x", channels=["@Bank", "bank"]).channels == ["bank"]
    with pytest.raises(ValidationError):
        TelegramConfig(name="x", channels=["https://t.me/bank"])
