"""The dbt project's documentation, generated and served on loopback."""

from __future__ import annotations

import functools
import http.server
from collections.abc import Callable

from flows.settings import Settings
from flows.warehouse.database import connect_read_only, warehouse_url
from flows.warehouse.status import require_readable
from flows.warehouse.transform import Dbt


def serve(config: Settings, ready: Callable[[str], None]) -> None:
    """Generate the documentation from the warehouse as it stands and serve it until interrupted."""
    with connect_read_only(config) as connection:
        require_readable(connection)
    Dbt(config, warehouse_url(config)).run("docs", "generate")
    folder = config.home_path / "dbt" / "target"
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer((config.host, config.docs_port), handler) as server:
        ready(f"http://{config.host}:{config.docs_port}")
        server.serve_forever()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""
