"""Whether the ports that answer on this machine are guarded: asked as a stranger would."""

from __future__ import annotations

import urllib.error
import urllib.request

from flows.settings import Settings

STRANGER = "stranger.invalid"
# Our own addresses are asked themselves, whatever proxy the environment names for the world.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_doors(config: Settings) -> list[str]:
    """What a stranger is let in to, one line each; a port that nothing answers on is none."""
    found = []
    if _status(f"{config.prefect_api_url}/admin/version") == 200:
        found.append(f"{config.prefect_url} asks nobody for a sign-in")
    for url, probe in ((config.prefect_url, "/api/health"), (config.app_url, "/_stcore/health")):
        if _status(url + probe, STRANGER) == 200:
            found.append(f"{url} answers by any name")
    return found


def answers(url: str) -> bool:
    """Whether a server of ours answers there, and is well."""
    return _status(url) == 200


def _status(url: str, host: str | None = None) -> int | None:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310  (our own address)
    try:
        with DIRECT.open(request, timeout=3) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return None
