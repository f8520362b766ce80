"""Which of Streamlit's HTTP interfaces the app uses: all others are shut, those of a newer Streamlit too.

Shut are uploads, components, metrics, health of scripts, files of the project, and the interface for agents.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SOCKET = "/_stcore/stream"
PATHS = frozenset({"/", "/index.html", "/favicon.png", "/manifest.json", "/_stcore/health", "/_stcore/host-config"})
FOLDERS = ("/static/", "/media/")  # Streamlit's own scripts, fonts and styles; files that a page made to be saved
SIGN_IN = frozenset({"/auth/login", "/auth/logout", "/oauth2callback"})


class NeededPathsOnly:
    """Answer 404 to what no page of ours asks for, and 405 to whoever would write: pages write by their socket."""

    def __init__(self, app: ASGIApp, pages: Collection[str], *, has_sign_in: bool) -> None:
        """Wrap Streamlit's application; `pages` are the addresses of our pages, without a slash."""
        self.app = app
        self.paths = PATHS | {f"/{page}" for page in pages} | (SIGN_IN if has_sign_in else frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is needed."""
        kind, path = scope["type"], scope.get("path", "")
        is_known = path == SOCKET if kind == "websocket" else path in self.paths or path.startswith(FOLDERS)
        if kind in {"http", "websocket"} and not is_known:
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        elif kind == "http" and scope["method"] not in {"GET", "HEAD"}:
            await PlainTextResponse("Method Not Allowed", 405)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
