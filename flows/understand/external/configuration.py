"""What an analyser of a company's own is told: a YAML file that a setting names."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.errors import SettingError


class Strict(BaseModel):
    """What is not known is an error: a misspelt budget would be none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Told = TypeVar("Told", bound=Strict)


def read(file: Path | None, setting: str, kind: type[Told]) -> Told:
    """Read a file of this kind; raises SettingError, which says what to mend."""
    if file is None:
        raise SettingError(f"{setting} is not set: name the analyser's YAML file (docs/external-analysers.md)")
    try:
        given = yaml.safe_load(file.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{setting}: {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingError(f"{setting}: {file} is no YAML: {error}") from error
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in error.errors())
        raise SettingError(f"{setting}: {file}: {wrong}") from error
