"""The app's sign-in: what `st.login` needs to ask an OpenID provider who comes, and that nobody goes unasked."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from flows.errors import SettingError
from flows.serving.access import kept_secret
from flows.settings import LOOPBACK, Settings

CALLBACK = "oauth2callback"
COOKIE_SECRET = "app.cookie"  # noqa: S105  (a file's name)
NEEDED = ("sign_in_client", "sign_in_secret_file", "sign_in_roles")


def check(config: Settings) -> None:
    """Raise SettingError where others than this machine would reach the app unasked, or nobody could sign in."""
    if config.sign_in_metadata is None:
        if not config.is_on_loopback:
            raise SettingError(
                f"VIGIE_HOST={config.host} opens the app to the network, and it asks nobody who they are: set up "
                "the sign-in (VIGIE_SIGN_IN_METADATA and what belongs to it, docs/security.md), or leave "
                "VIGIE_HOST at 127.0.0.1"
            )
        return
    missing = [f"VIGIE_{name.upper()}" for name in NEEDED if not getattr(config, name)]
    if missing:
        raise SettingError(
            f"VIGIE_SIGN_IN_METADATA is set: {' and '.join(missing)} must be, too (docs/security.md)"
        )
    for name, url in (("VIGIE_SIGN_IN_METADATA", config.sign_in_metadata), ("VIGIE_PUBLIC_URL", config.public_url)):
        if url is not None:
            _check_url(name, url)
    if config.database_url and not config.app_database_url:
        raise SettingError(
            "with a Postgres of your own the app signs in to it as the pipeline, which owns everything: set "
            "VIGIE_APP_DATABASE_URL (docs/roles.md) before others sign in to the app"
        )
    _client_secret(config)


def _check_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
        raise SettingError(f"{name} must be an address that begins with https:// (http:// on this machine alone)")


def _client_secret(config: Settings) -> str:
    file = config.sign_in_secret_file
    try:
        secret = file.expanduser().read_text(encoding="utf-8").strip() if file else ""
    except OSError as error:
        raise SettingError(f"VIGIE_SIGN_IN_SECRET_FILE cannot be read: {error.strerror}") from error
    if not secret:
        raise SettingError("VIGIE_SIGN_IN_SECRET_FILE holds nothing: it must hold the client's secret")
    return secret


def streamlit_secrets(config: Settings) -> dict[str, Any]:
    """What Streamlit's `st.login` reads as its secrets, handed over in memory; nothing where nobody signs in.

    What signs the cookies is made on first use and kept in VIGIE_HOME; without it all must sign in again.
    """
    check(config)
    if config.sign_in_metadata is None:
        return {}
    base = (config.public_url or config.app_url).rstrip("/").lower()
    auth = {
        "redirect_uri": f"{base}/{CALLBACK}",
        "cookie_secret": kept_secret(config.home_path / COOKIE_SECRET, lambda: secrets.token_urlsafe(48)),
        "client_id": str(config.sign_in_client),
        "client_secret": _client_secret(config),
        "server_metadata_url": config.sign_in_metadata,
        "client_kwargs": {"scope": config.sign_in_scope},
    }
    return {"auth": auth}


def check_address(config: Settings, address: str | None) -> None:
    """Raise SettingError where the app itself is about to listen to more than this machine, and asks nobody."""
    if config.sign_in_metadata is None and address not in {"127.0.0.1", "localhost", "::1"}:
        raise SettingError(
            f"the app would listen on {address or 'every address'} and ask nobody who they are: set up the sign-in "
            "(docs/security.md), or start it with --server.address 127.0.0.1"
        )
