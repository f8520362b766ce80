"""The dbt project's documentation, generated and served to this machine."""

from __future__ import annotations

from collections.abc import Callable

from flows.serving.files import serve_folder
from flows.settings import Settings
from flows.warehouse.database import connect_read_only, warehouse_url
from flows.warehouse.refresh.dbt import Dbt
from flows.warehouse.status import require_readable


def serve(config: Settings, ready: Callable[[str], None]) -> None:
    """Generate the documentation from the warehouse as it stands and serve it until interrupted."""
    with connect_read_only(config) as connection:
        require_readable(connection)
    Dbt(config, warehouse_url(config)).run("docs", "generate")
    serve_folder(
        config.home_path / "dbt" / "target", config.url_host, config.docs_port, ready, names=config.proxy_names
    )
