"""The sign-in of Prefect's API: made once, readable by its owner alone, or given; never in a message."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.commands.machine import say_where
from flows.commands.terminal import console
from flows.errors import SettingError
from flows.serving.access import client_environment, prefect_auth, server_environment, sign_in_url
from flows.settings import PROJECT, Settings


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    config = Settings(home=tmp_path, prefect_auth=None)
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: prefect_auth(config), range(64)))
    (auth,) = made
    assert len(auth.partition(":")[2]) >= 32
    assert (tmp_path / "prefect.auth").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["prefect.auth"]
    assert prefect_auth(Settings(home=tmp_path / "other", prefect_auth=None)) != auth


def test_server_and_clients_are_handed_the_same_and_csrf_is_on(tmp_path: Path) -> None:
    config = Settings(home=tmp_path, prefect_auth=None, prefect_port=4321)
    server, client = server_environment(config), client_environment(config)
    assert server["PREFECT_SERVER_API_AUTH_STRING"] == client["PREFECT_API_AUTH_STRING"] == prefect_auth(config)
    assert (
        server["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == client["PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"] == "true"
    )
    assert server["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4321"
    assert sign_in_url(config) == f"http://127.0.0.1:4321/sign-in#{prefect_auth(config)}"


def test_a_given_one_is_taken_and_kept_nowhere(tmp_path: Path) -> None:
    config = Settings(home=tmp_path, prefect_auth="ann:correct-horse-battery")
    assert prefect_auth(config) == "ann:correct-horse-battery"
    assert not (tmp_path / "prefect.auth").exists()
    assert "correct-horse" not in repr(config)


@pytest.mark.parametrize(
    "bad", ["", "no-user-at-all-here", "ann:short", ":nobody-before-it", "ann:été-passé-ici-là"]
)
def test_one_that_cannot_be_used_is_refused_without_being_repeated(tmp_path: Path, bad: str) -> None:
    with pytest.raises(SettingError, match="VIGIE_PREFECT_AUTH") as told:
        prefect_auth(Settings(home=tmp_path, prefect_auth=bad))
    assert not bad or bad not in str(told.value)


@pytest.mark.parametrize("kept", ["", "vigie:", "ann"])
def test_a_kept_one_that_was_cut_off_is_refused_with_what_to_do(tmp_path: Path, kept: str) -> None:
    (tmp_path / "prefect.auth").write_text(kept)
    with pytest.raises(SettingError, match=r"prefect\.auth holds no sign-in that can be used: remove it"):
        prefect_auth(Settings(home=tmp_path, prefect_auth=None))


def test_up_shows_the_sign_in_that_was_made_and_none_that_was_given(tmp_path: Path) -> None:
    made = Settings(home=tmp_path, prefect_auth=None)
    with console.capture() as shown:
        say_where(made)
    assert sign_in_url(made) in shown.get()
    with console.capture() as shown:
        say_where(Settings(home=tmp_path, prefect_auth="ann:correct-horse-battery"))
    assert "http://127.0.0.1:4200\n" in shown.get()
    assert "correct-horse" not in shown.get()


def test_commands_print_the_address_and_what_scripts_need(tmp_path: Path) -> None:
    env = {"VIGIE_HOME": str(tmp_path), "VIGIE_PREFECT_PORT": "4321", "PATH": ""}

    def run(command: str) -> str:
        words = [sys.executable, "-m", "flows.cli", command]
        return subprocess.run(words, env=env, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    address = run("sign-in").strip()
    auth = (tmp_path / "prefect.auth").read_text()
    assert address == f"http://127.0.0.1:4321/sign-in#{auth}"
    exported = run("prefect-env")
    assert f"export PREFECT_API_AUTH_STRING={auth}\n" in exported
    assert "export PREFECT_API_URL=http://127.0.0.1:4321/api\n" in exported
