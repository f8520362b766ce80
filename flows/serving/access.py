"""The sign-in of Prefect's API: one string, which everything on this machine is handed by its environment."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from flows.errors import SettingError
from flows.settings import Settings

USER = "vigie"
# What a header and a browser's btoa() carry unchanged.
USABLE = re.compile(r"[!-9;-~]+:[!-~]{12,}")


def prefect_auth(config: Settings) -> str:
    """The sign-in as `user:password`: VIGIE_PREFECT_AUTH, or one made on first use and kept in VIGIE_HOME.

    Raises SettingError when the setting or what was kept cannot be used; the message never has its value.
    """
    if config.prefect_auth is None:
        return _kept(config.home_path / "prefect.auth")
    given = config.prefect_auth.get_secret_value()
    if not USABLE.fullmatch(given):
        raise SettingError(
            "VIGIE_PREFECT_AUTH must be user:password, the password of at least 12 letters, digits or signs, "
            "without blanks or accents"
        )
    return given


def _kept(file: Path) -> str:
    kept = kept_secret(file, lambda: f"{USER}:{secrets.token_urlsafe(24)}")
    if not USABLE.fullmatch(kept):
        raise SettingError(f"{file} holds no sign-in that can be used: remove it and start again for a new one")
    return kept


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """Content of the file, which its owner alone may read; made, whole and once, by whoever comes first."""
    if not file.exists():
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # of mode 0600
        try:
            with os.fdopen(handle, "w") as made:
                made.write(make())
            with suppress(FileExistsError):
                os.link(name, file)
        finally:
            Path(name).unlink()
    return file.read_text().strip()


def sign_in_url(config: Settings) -> str:
    """Address that opens Prefect's UI signed in; what follows the `#` never leaves the browser."""
    return f"{config.prefect_url}/sign-in#{quote(prefect_auth(config), safe=':')}"


def client_environment(config: Settings) -> dict[str, str]:
    """What a client of Prefect's API needs to reach it and to be let in."""
    auth = {"PREFECT_API_AUTH_STRING": prefect_auth(config), "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true"}
    return auth | _past_proxies(config)


def _past_proxies(config: Settings) -> dict[str, str]:
    """Prefect's client asks the proxy of HTTP_PROXY for everything, this machine too, but what NO_PROXY names."""
    known = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    names = [*filter(None, (name.strip() for name in known)), config.url_host.strip("[]")]
    spared = ",".join(dict.fromkeys(names))
    return {"NO_PROXY": spared, "no_proxy": spared}  # the small letters win where both are set


def server_environment(config: Settings) -> dict[str, str]:
    """What makes Prefect's server ask who comes, and answer no page but its own."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": prefect_auth(config),
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": config.prefect_url,
        # Below whatever name the page has: its own origin, behind a proxy too.
        "PREFECT_SERVER_UI_API_URL": "/api",
    }
