"""What tests of the flows share: a real Prefect."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One Prefect server of the tests' own for all of them; it keeps its leases where Vigie's does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from prefect.settings import (
            PREFECT_HOME,
            PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE,
            temporary_settings,
        )
        from prefect.testing.utilities import prefect_test_harness

        storage = "prefect.server.concurrency.lease_storage.filesystem"
        home = tmp_path_factory.mktemp("prefect")
        with (
            temporary_settings({PREFECT_HOME: home, PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE: storage}),
            prefect_test_harness(server_startup_timeout=600),
        ):
            yield
