"""Where a source's secret comes from: the environment, or a Secret block of a real Prefect."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pytest

from flows.errors import SettingError
from flows.settings import settings
from flows.sources.credentials import read_secret

HOME = "imaps://imap.example.org:993"


@pytest.fixture
def grant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set VIGIE_SECRETS, as whoever runs Vigie does."""

    def set_secrets(listed: str) -> None:
        monkeypatch.setenv("VIGIE_SECRETS", listed)
        settings.cache_clear()

    monkeypatch.setenv("MAIL_PASSWORD", "correct-horse")
    yield set_secrets
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("listed", [
    "MAIL_PASSWORD@imap.example.org", "OTHER@a.example, MAIL_PASSWORD@IMAP.example.org:993",
    "MAIL_PASSWORD@*.example.org",
])  # fmt: skip
def test_a_secret_of_the_environment_goes_where_it_is_listed_for(grant: Callable[[str], None], listed: str) -> None:
    grant(listed)
    assert read_secret("MAIL_PASSWORD", HOME) == "correct-horse"


@pytest.mark.parametrize("listed", [
    "", "MAIL_PASSWORD", "MAIL_PASSWORD@", "MAIL_PASSWORD@imap.example.com", "MAIL_PASSWORD@imap.example.org:143",
    "MAIL_PASSWORD@*.imap.example.org", "MAIL@imap.example.org", "MAIL_PASSWORD@*", "MAIL_PASSWORD@example.org",
    "MAIL_PASSWORD@imap.example.org:x",
])  # fmt: skip
def test_a_variable_that_is_not_listed_for_a_host_is_not_read(grant: Callable[[str], None], listed: str) -> None:
    grant(listed)
    with pytest.raises(SettingError, match=r"adds MAIL_PASSWORD@imap\.example\.org to VIGIE_SECRETS") as error:
        read_secret("MAIL_PASSWORD", HOME)
    assert "correct-horse" not in str(error.value)


def test_every_host_that_a_secret_goes_to_must_be_listed(grant: Callable[[str], None]) -> None:
    grant("MAIL_PASSWORD@imap.example.org")
    with pytest.raises(SettingError, match=r"MAIL_PASSWORD@evil\.example"):
        read_secret("MAIL_PASSWORD", HOME, "https://evil.example/token")


def test_a_secret_that_is_listed_and_not_set_is_told(
    grant: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    grant("MAIL_PASSWORD@imap.example.org")
    monkeypatch.setenv("MAIL_PASSWORD", "")
    with pytest.raises(SettingError, match="MAIL_PASSWORD is not set"):
        read_secret("MAIL_PASSWORD", HOME)


@pytest.mark.parametrize(
    "name", ["VIGIE_DATABASE_URL", "PREFECT_SERVER_API_AUTH_STRING", "DBT_PASSWORD", "PGPASSWORD"]
)
def test_what_vigie_itself_is_told_is_never_a_sources(
    grant: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "correct-horse")
    grant(f"{name}@imap.example.org")
    with pytest.raises(SettingError, match="no secret of a source"):
        read_secret(name, HOME)


@pytest.mark.parametrize("name", ["MAIL_PASSWORD", "a-block"])
def test_a_secret_is_not_sent_in_the_clear(grant: Callable[[str], None], name: str) -> None:
    grant("MAIL_PASSWORD@social.example.org")
    with pytest.raises(SettingError, match="for all to read"):
        read_secret(name, "http://social.example.org")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_secret_block() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from prefect.blocks.system import Secret
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=600):
            Secret(value="correct-horse").save("support-mail")

            assert read_secret("support-mail") == "correct-horse"
            with pytest.raises(SettingError, match="no Prefect Secret block nothing"):
                read_secret("nothing")
