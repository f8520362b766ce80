"""Prefect's server as Vigie serves it: behind the guard, opened by one address, nothing on it from elsewhere.

`uvicorn --factory flows.serving.prefect_server:create` runs the API, the UI and all services in one process, as
`prefect server start` would.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from flows.serving.guard import guarded
from flows.settings import settings

# Where Prefect's UI itself puts the sign-in that it asks for, once the API lets it in: any page may lead here with
# one of its own. The fragment is sent to nobody else, and gone from the history with the address.
SIGN_IN = """<!doctype html><meta charset="utf-8"><title>Prefect</title><script type="module">
try {
    const given = btoa(decodeURIComponent(location.hash.slice(1)));
    const answer = await fetch("/api/admin/version", {headers: {Authorization: `Basic ${given}`}});
    if (answer.ok) localStorage.setItem("prefect-password", given);
} finally {
    location.replace("/");
}
</script>"""
# FastAPI's pages about an API load their scripts from a host elsewhere, onto the origin that holds the sign-in.
FROM_ELSEWHERE = {"/docs", "/docs/oauth2-redirect", "/redoc"}
# Takes seconds to make, in which the server does nothing else, and asks nobody who comes; below /api it does ask.
UNGUARDED = "/openapi.json"


def create() -> ASGIApp:
    """Make the application; Prefect's settings come from the environment."""
    from prefect.server.api.server import create_app

    # The guard stands outside: triggers call the application inside under a host name of Prefect's own.
    app = create_app(final=True)
    _without_foreign_pages(app)
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", None) != UNGUARDED]
    app.router.routes.insert(0, Route("/sign-in", _sign_in))
    config = settings()
    return guarded(app, config.url_host, config.proxy_names)


async def _sign_in(_request: Request) -> Response:
    return HTMLResponse(SIGN_IN, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _without_foreign_pages(app: Any) -> None:
    """Take FastAPI's pages off an application and those mounted in it."""
    app.router.routes[:] = [r for r in app.router.routes if getattr(r, "path", None) not in FROM_ELSEWHERE]
    for route in app.router.routes:
        if hasattr(getattr(route, "app", None), "router"):
            _without_foreign_pages(route.app)
