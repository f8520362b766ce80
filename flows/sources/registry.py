"""Every source there is: the union of their configs (the form in the Prefect UI) and how each is opened."""

from __future__ import annotations

from typing import TypeAlias

from flows.sources.base import Source
from flows.sources.files import Files, FilesConfig

AnyConfig: TypeAlias = FilesConfig


def open_source(config: AnyConfig) -> Source:
    """Return the source that a config describes."""
    return Files(config)
