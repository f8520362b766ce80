"""The process of one flow run: Prefect's engine, which takes no stored result from anybody.

A state may name a result, and Prefect reads it where the state says and with the library that the state says: by
default with pickle, which runs what it reads. Whoever may write states could have code run that way.
"""

from __future__ import annotations

import runpy
from typing import Any


def refuse_stored_results() -> None:
    """Let this process neither read nor write stored results: flows hand theirs on in memory, and in Postgres.

    Raises AttributeError where a Prefect has other names for what is closed here.
    """
    from prefect import results
    from prefect.serializers import PickleSerializer, Serializer, UnknownSerializer
    from prefect.utilities.dispatch import get_registry_for_type

    # By name a serializer is found in the registry, and imports what it is told to.
    registry: dict[str, Any] = get_registry_for_type(Serializer) or {}
    registry.update(dict.fromkeys(registry, UnknownSerializer))
    # What names none gets this one.
    _replace(PickleSerializer, "loads", UnknownSerializer.loads)
    # A storage set on the server would receive the result of every flow that does not decline.
    _replace(results, "_read_server_default_result_storage_block_id", _none)
    _replace(results, "_aread_server_default_result_storage_block_id", _no_one)


def _replace(owner: object, name: str, by: object) -> None:
    getattr(owner, name)
    setattr(owner, name, by)


def _none() -> None:
    return None


async def _no_one() -> None:
    return None


if __name__ == "__main__":
    refuse_stored_results()
    runpy.run_module("prefect.engine", run_name="__main__")
