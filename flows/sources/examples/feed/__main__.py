"""Serve the demo's feed on 127.0.0.1, with an ETag, so that a second read costs one short answer."""

from __future__ import annotations

import hashlib
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flows.sources.examples.feed import FEED, PORT, PORT_VARIABLE

ROBOTS = b"User-agent: *\nAllow: /\n"


class Handler(BaseHTTPRequestHandler):
    """Answers for the feed and its robots.txt; whatever else is asked is not there."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a request; 304 where the asker has what there is."""
        known = {"/atom.xml": ("application/atom+xml; charset=utf-8", FEED.read_bytes()),
                 "/robots.txt": ("text/plain; charset=utf-8", ROBOTS)}  # fmt: skip
        if self.path not in known:
            self.send_error(404)
            return
        kind, content = known[self.path]
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        is_known = self.headers.get("If-None-Match") == etag
        self.send_response(304 if is_known else 200)
        self.send_header("ETag", etag)
        if not is_known:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(content)


def main() -> None:
    """Serve until interrupted, on the port that VIGIE_FEED_PORT names."""
    port = os.environ.get(PORT_VARIABLE, str(PORT))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"the demo's feed cannot listen on port {port} ({error}): set {PORT_VARIABLE} to a free one")
    with server:
        print(f"http://127.0.0.1:{server.server_address[1]}/atom.xml", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
