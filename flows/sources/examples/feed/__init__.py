"""The feed of a newspaper that never was; `python -m flows.sources.examples.feed` serves it for the demo."""

from pathlib import Path

SITE = Path(__file__).parent / "site"
PORT = 8512
PORT_VARIABLE = "VIGIE_FEED_PORT"
