"""Every source there is: the union of their configs (the form in the Prefect UI) and how each is opened."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from flows.errors import SettingError
from flows.sources.base import Source
from flows.sources.feeds import Feeds, FeedsConfig
from flows.sources.files import Files, FilesConfig
from flows.sources.sample import Sample, SampleConfig

AnyConfig: TypeAlias = Annotated[FilesConfig | FeedsConfig | SampleConfig, Field(discriminator="type")]
_ADAPTER: TypeAdapter[AnyConfig] = TypeAdapter(AnyConfig)


def read_config(values: dict[str, Any]) -> AnyConfig:
    """Check a source's configuration; SettingError says what is wrong, and where. No type: files."""
    try:
        return _ADAPTER.validate_python({"type": "files"} | values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise SettingError(f"source {values.get('name', '')}: {place}: {first['msg']}") from error


def open_source(config: AnyConfig) -> Source:
    """Return the source that a config describes."""
    if isinstance(config, FeedsConfig):
        return Feeds(config)
    if isinstance(config, SampleConfig):
        return Sample(config)
    return Files(config)
