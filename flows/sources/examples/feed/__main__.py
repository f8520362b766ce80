"""Serve the demo's feed on 127.0.0.1, with an ETag, so that a second read costs one short answer."""

from __future__ import annotations

import os
import sys

from flows.serving.files import serve_folder
from flows.sources.examples.feed import PORT, PORT_VARIABLE, SITE


def main() -> None:
    """Serve until interrupted, on the port that VIGIE_FEED_PORT names."""
    port = os.environ.get(PORT_VARIABLE, str(PORT))
    try:
        serve_folder(SITE, "127.0.0.1", int(port), lambda url: print(f"{url}/atom.xml", flush=True))
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"the demo's feed cannot listen on port {port} ({error}): set {PORT_VARIABLE} to a free one")
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
