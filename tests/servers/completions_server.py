"""A loopback server that speaks OpenAI's chat completions, as far as an analyser asks; its model reads braces.

A text says in braces what it says, `{intent=question}`; `{spoil}` in one makes the whole answer prose.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LABEL = re.compile(r"\{(\w+)=([\w-]+)(?::([\d.]+))?\}")
PROSE = "Here is what I think of these messages."


class CompletionsServer(ThreadingHTTPServer):
    """Answers with status 200 unless `statuses` has another in its turn; keeps what was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.content: str | None = None  # what the model says, whatever it is asked
        self.usage: dict[str, int] | None = {"prompt_tokens": 100, "completion_tokens": 20}
        self.slow = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def texts(self) -> list[list[str]]:
        """The texts of each request."""
        return [[one["text"] for one in json.loads(body["messages"][1]["content"])] for body in self.asked]


@contextmanager
def serving() -> Iterator[CompletionsServer]:
    with CompletionsServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: CompletionsServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.asked.append(body)
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        status = server.statuses.pop(0) if server.statuses else 200
        if self.path != "/v1/chat/completions":
            status = 404
        if server.slow:
            time.sleep(server.slow)
        said = server.content if server.content is not None else _say(body["messages"][1]["content"])
        told = {"choices": [{"message": {"role": "assistant", "content": said}}], "usage": server.usage}
        answer = json.dumps(told if status == 200 else {"error": {"message": "no"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _say(given: str) -> str:
    messages = json.loads(given)
    if any("{spoil}" in one["text"] for one in messages):
        return PROSE
    answers = []
    for one in messages:
        said = {task: [value, float(sure or 0.9)] for task, value, sure in LABEL.findall(one["text"])}
        answers.append({"n": one["n"]} | said)
    return json.dumps({"answers": answers})
