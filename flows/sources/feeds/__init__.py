"""Feeds as a source: RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed, from blogs, press and review sites."""

from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.mapping import STREAM
from flows.sources.feeds.source import Feeds

__all__ = ["STREAM", "Feeds", "FeedsConfig"]
