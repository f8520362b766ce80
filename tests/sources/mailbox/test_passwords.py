"""Where a mailbox's password comes from: the environment, or a Secret block of a real Prefect."""

from __future__ import annotations

import warnings

import pytest

from flows.errors import SourceError
from flows.sources.mailbox.config import ImapServer
from flows.sources.mailbox.secrets import password

SERVER = {"host": "imap.example.org", "user": "support@example.org"}


def test_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ImapServer(**SERVER, password_env="TEST_MAIL_PASSWORD")
    monkeypatch.setenv("TEST_MAIL_PASSWORD", "correct-horse")

    assert password(server) == "correct-horse"

    monkeypatch.setenv("TEST_MAIL_PASSWORD", "")
    with pytest.raises(SourceError, match="TEST_MAIL_PASSWORD"):
        password(server)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_password_from_a_secret_block() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from prefect.blocks.system import Secret
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            Secret(value="correct-horse").save("support-mail")

            assert password(ImapServer(**SERVER, password_block="support-mail")) == "correct-horse"
            with pytest.raises(SourceError, match="no Secret block 'nothing'"):
                password(ImapServer(**SERVER, password_block="nothing"))
