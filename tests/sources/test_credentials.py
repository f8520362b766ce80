"""Where a source's secret comes from: the environment, or a Secret block of a real Prefect."""

from __future__ import annotations

import warnings

import pytest

from flows.errors import SettingError
from flows.sources.credentials import read_secret


def test_a_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MAIL_PASSWORD", "correct-horse")
    assert read_secret("TEST_MAIL_PASSWORD") == "correct-horse"

    monkeypatch.setenv("TEST_MAIL_PASSWORD", "")
    with pytest.raises(SettingError, match="TEST_MAIL_PASSWORD"):
        read_secret("TEST_MAIL_PASSWORD")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_secret_block() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from prefect.blocks.system import Secret
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            Secret(value="correct-horse").save("support-mail")

            assert read_secret("support-mail") == "correct-horse"
            with pytest.raises(SettingError, match="no Prefect Secret block nothing"):
                read_secret("nothing")
