"""The feed of a newspaper that never was; `python -m flows.sources.examples.feed` serves it for the demo."""

from pathlib import Path

FEED = Path(__file__).parent / "atom.xml"
PORT = 8512
PORT_VARIABLE = "VIGIE_FEED_PORT"
