"""Files served over HTTP behind the guard: the dbt project's documentation, the demo's feed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path


def serve_folder(
    folder: Path, host: str, port: int, ready: Callable[[str], None], names: Sequence[str] = ()
) -> None:
    """Serve a folder until interrupted; `ready` is called with its address. Port 0 takes a free one.

    `names` are hosts that a proxy shows it by. Raises OSError when the port is taken.
    """
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    from flows.serving.guard import guarded

    files = Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))])
    app = guarded(files, host, names)
    address = host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family) as listening:
        ready(f"http://{host}:{listening.getsockname()[1]}")
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listening])
