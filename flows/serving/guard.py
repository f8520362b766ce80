"""The guard before each of Vigie's servers: our own names only, and no request of another origin's page.

A strange Host is DNS rebinding: a page whose name was pointed at this machine, to a browser of our own origin. A
strange Origin is a page elsewhere that uses whoever looks at it. Neither gets anything, files and health included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.settings import LOOPBACK

# Our pages take nothing from elsewhere, send nothing there, and are shown in nobody else's frame.
SEALS = {
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none';"
    " base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def allowed_hosts(host: str, names: Sequence[str] = ()) -> list[str]:
    """Names that a request may call us by: where we listen, with all of loopback's where that is, and a proxy's."""
    own = LOOPBACK if host in LOOPBACK else (host,)
    return [*own, *(re.sub(r":\d+$", "", name) for name in names)]


class OwnPagesOnly:
    """Refuse what the page of another origin asks for; let no such page show or load what is ours.

    `names` are hosts, with their port where it is not the usual one, by which a proxy shows us. Where there is one
    address that people open us by, `public_url`, whoever is behind us believes to be asked by that.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = (), public_url: str | None = None) -> None:
        """Wrap an application."""
        self.app = app
        self.names = names
        self.public = urlsplit(public_url.lower()) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to a foreign page, else pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SEALS)
                if self.public and self.public.scheme == "https":
                    message["headers"] = [(name, _secure(name, value)) for name, value in message["headers"]]
            await send(message)

        headers = Headers(scope=scope)
        if self._is_foreign(headers):
            await PlainTextResponse("Forbidden", 403)(scope, receive, sealed)
            return
        # A proxy may send a Host of its own beside the page's Origin. Who is behind us and compares the two, as
        # Streamlit does for sockets, sees one origin: whose page it is was looked at here.
        scheme, host = (self.public.scheme, self.public.netloc) if self.public else ("http", headers["host"])
        shown = {b"host": host.encode(), b"origin": f"{scheme}://{host}".encode()}
        own = [(name, shown.get(name, value)) for name, value in scope["headers"]]
        await self.app({**scope, "headers": own}, receive, sealed)

    def _is_foreign(self, headers: Headers) -> bool:
        own = {headers.get("host", "").lower(), *self.names}
        if any(urlsplit(origin).netloc.lower() not in own for origin in headers.getlist("origin")):
            return True
        # A browser says no Origin when a page loads a picture, a script or a frame; of this it always speaks.
        is_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        return headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not is_link


def _secure(name: bytes, value: bytes) -> bytes:
    """A header's value; a cookie travels by HTTPS alone."""
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return value + b"; Secure" if is_open else value


def guards(host: str, names: Sequence[str] = (), public_url: str | None = None) -> list[Middleware]:
    """The guard as middleware, outermost first: `host` as our address has it, `names` as a proxy's."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(host, names), www_redirect=False),
        Middleware(OwnPagesOnly, names=names, public_url=public_url),
    ]


def guarded(app: ASGIApp, host: str, names: Sequence[str] = (), public_url: str | None = None) -> ASGIApp:
    """An application with the guard around it."""
    for guard in reversed(guards(host, names, public_url)):
        app = guard.cls(app, *guard.args, **guard.kwargs)
    return app
