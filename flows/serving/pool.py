"""The work pool: what may be changed about how a run's process is started, which is nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flows.settings import PROJECT

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

FILE = PROJECT / "flows" / "serving" / "pool.json"


def template() -> dict[str, Any]:
    """The pool's base job template: no variables, so no command, environment or folder of a run's own choice."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def ensure_pool(client: SyncPrefectClient, name: str) -> None:
    """Make the installation's work pool, or give it our template back; that of an older Vigie is left as it is."""
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

    try:
        if client.read_work_pool(name).base_job_template != template():
            client.update_work_pool(name, WorkPoolUpdate(base_job_template=template()))
    except ObjectNotFound:
        with suppress(ObjectAlreadyExists):  # the worker, which starts meanwhile, makes it from the same file
            client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template()))
