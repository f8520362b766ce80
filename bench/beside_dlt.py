"""The same CSV file read into the same Postgres by dlt, a general tool: merged by its key, as we keep versions."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def load(file: Path, url: str, folder: Path) -> int:
    """Merge a file's rows by their id into a table of schema `beside_dlt`; returns how many it then has."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # before dlt is imported: it tells nobody what we measure
    import dlt

    def rows() -> Iterator[dict[str, str]]:
        with file.open(newline="", encoding="utf-8") as handle:
            yield from csv.DictReader(handle)

    pipeline = dlt.pipeline(
        "beside_vigie",
        pipelines_dir=str(folder),
        destination=dlt.destinations.postgres(credentials=with_host(url)),
        dataset_name="beside_dlt",
    )
    messages = dlt.resource(rows, name="messages", primary_key="id", write_disposition="merge")
    pipeline.run(messages())
    with pipeline.sql_client() as client:
        found = client.execute_sql("select count(*) from messages")
    return int(found[0][0]) if found else 0


def with_host(url: str) -> str:
    """Return a URL that names a host, which dlt wants; of a socket in the parameters libpq takes that."""
    parts = urlsplit(url)
    place, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{place}@{host or 'localhost'}"))


def is_there() -> bool:
    """Whether dlt is installed: it is of the extra `bench` alone."""
    from importlib.util import find_spec

    return find_spec("dlt") is not None
