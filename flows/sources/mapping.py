"""Declared mappings: how the columns of somebody's export become messages, customers, contacts…, written in YAML.

A mapping names its columns, types, time formats, zones and constants; where YAML is not enough, `rows` names one of
the registered functions that turn a document of the file into flat rows. Shipped mappings stand in `mappings/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from flows.errors import MappingError, SourceError
from flows.records import Answerable, Json
from flows.records.contracts import CONTRACTS, Contract, Entity
from flows.sources.readers import Format
from flows.sources.roots import Roots, declared
from flows.sources.shapes import Shaper, find_shaper
from flows.sources.time_formats import check_format, check_order
from flows.sources.values import converter

SHIPPED = Path(__file__).parent / "mappings"

LARGEST = 1_000_000  # bytes of a mapping file


class Column(BaseModel):
    """Where one field of a record comes from."""

    model_config = ConfigDict(extra="forbid")

    column: str | list[str] | None = Field(
        None,
        description="Column, or several: the first that says something. `a.b` reaches into nested JSON.",
    )
    position: bool = Field(False, description="The row's place in the file instead of a column.")
    values: dict[str, str] | None = Field(None, description="What each value means, small and capitals alike.")
    otherwise: str | None = Field(None, description="What all other values mean; unset: such a row is rejected.")
    time: list[str] | None = Field(
        None,
        max_length=20,
        description="Formats: `iso`, `written` (as mails and feeds do), `epoch`, `epoch_ms` or strptime's.",
    )
    zone: str | None = Field(None, description="IANA zone of times that carry none.")
    html: bool = Field(False, description="The text is HTML: read as a browser shows it.")

    @property
    def columns(self) -> list[str]:
        """The columns it is read from, the first that says something first."""
        return self.column if isinstance(self.column, list) else [self.column] if self.column else []

    @property
    def formats(self) -> list[str]:
        """The formats of its times."""
        return self.time or ["iso"]

    @field_validator("time", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """YAML reads `1: true` as a number and a flag."""
        if not isinstance(value, dict):
            return value
        said = {str(k) if isinstance(k, int) and not isinstance(k, bool) else k: v for k, v in value.items()}
        return {k: str(v).lower() if isinstance(v, (bool, int, float)) else v for k, v in said.items()}

    @field_validator("time")
    @classmethod
    def _known_formats(cls, value: list[str] | None) -> list[str] | None:
        for one in value or []:
            check_format(one)
        check_order(value or [])
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value and ZoneInfo(value).key
        except (KeyError, OSError) as error:
            raise ValueError(f"no IANA zone {value!r}") from error


class Identifier(BaseModel):
    """A column that says who is behind a row, and how well that is known."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["email", "customer_number", "phone", "order_number", "handle", "link", "site"]
    column: str = Field(description="Column of the file; `handle:*` stands for every column of that beginning.")
    how_known: Literal["verified", "declared", "unverified"] = Field(
        "unverified",
        description="verified: shown to be theirs, as by a sign-in or a confirmed address; declared: they say so.",
    )
    site: str | None = Field(None, description="Site of a handle; unset: what stands for the * of `column`.")
    separator: str | None = Field(
        None, min_length=1, description="What stands between several in one cell, such as `;`."
    )


class Mapping(BaseModel):
    """A mapping file, checked."""

    model_config = ConfigDict(extra="forbid")

    name: str
    version: int = Field(ge=1)
    description: str
    stream: Entity = Field("messages", description="What a row is.")
    answerable: Answerable = "intent"
    format: Format | None = Field(None, description="Unset: by the file's ending.")
    items: str = Field("item", description="Where a JSON file keeps its list, in ijson's notation.")
    rows: str | None = Field(None, description="Name of the function that turns one document into rows.")
    nulls: list[str] = Field(
        default_factory=list, description="Words that stand for nothing, besides '', NULL, \\N, nan and their like."
    )
    id: str | list[str] = Field(description="Column of the native id; a list: the id is a hash of these.")
    only_with: str | None = Field(
        None,
        description="Column that says something in this mapping's rows; others are passed over and counted, such "
        "as reviews without a reply where the mapping reads replies.",
    )
    repeats: Literal["reject", "versions"] = Field(
        "reject",
        description="What an id is that comes again in a file with other content: a reject, or a newer version.",
    )
    fields: dict[str, Column]
    identifiers: list[Identifier] = Field(default_factory=list, description="Who is behind a row; may be absent.")
    optional: list[str] = Field(default_factory=list, description="Columns that a file may lack.")
    ignored: list[str] = Field(default_factory=list, description="Columns that are known and not read.")
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)

    @field_validator("fields", mode="before")
    @classmethod
    def _bare_columns(cls, value: object) -> object:
        if isinstance(value, dict):
            return {k: {"column": v} if isinstance(v, str) else v for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def _known_fields(self) -> Mapping:
        known = self.contract.fields
        for name in [*self.fields, *self.constants]:
            if name not in known:
                raise ValueError(f"{self.stream} have no field {name!r}, but {', '.join(sorted(known))}")
        for name, column in self.fields.items():
            try:
                converter(known[name], column)
            except ValueError as error:
                raise ValueError(f"{name} is a {known[name]}: {error}") from error
        self.typed_constants()
        return self

    @property
    def contract(self) -> Contract:
        """What its records hold."""
        return CONTRACTS[self.stream]

    def typed_constants(self) -> Json:
        """The constants as their fields hold them. Raises ValueError for one that its field cannot hold."""
        return {name: self._typed(name, value) for name, value in self.constants.items()}

    def _typed(self, name: str, value: str | float | bool) -> Any:
        try:
            meant = converter(self.contract.fields[name], Column())(value)
        except ValueError as error:
            raise ValueError(f"constant {name}: {value!r}: {error}") from error
        return meant if isinstance(value, str) else value

    @property
    def table(self) -> str:
        """The stream that its records go to."""
        return f"files__{self.stream}"

    @property
    def label(self) -> str:
        """Name and version, as kept with every record."""
        return f"{self.name}@{self.version}"

    def columns(self) -> set[str]:
        """Columns that a CSV file must have; of rows that a function shapes it is the function that knows."""
        if self.rows:
            return set()
        ids = [self.id] if isinstance(self.id, str) else self.id
        named = {name for c in self.fields.values() for name in c.columns}
        named |= {self.only_with} if self.only_with else set()
        return (named | set(ids)) - set(self.optional)

    def reads(self, column: str) -> bool:
        """Whether a column of a file means something to the mapping; a function that shapes rows may read all."""
        if self.rows or column in {*self.columns(), *self.optional, *self.ignored}:
            return True
        named = {name for c in self.fields.values() for name in c.columns} | {g.column for g in self.identifiers}
        return any(
            column == name or name.startswith(f"{column}.") or (name.endswith("*") and column.startswith(name[:-1]))
            for name in named
        )

    def shaper(self) -> Shaper | None:
        """The function that `rows` names; MappingError when none of that name is registered."""
        if not self.rows:
            return None
        try:
            return find_shaper(self.rows)
        except MappingError as error:
            raise MappingError(f"mapping {self.name}: {error}") from error


def shipped_mappings() -> list[str]:
    """Names of the mappings that come with Vigie."""
    return sorted(file.stem for file in SHIPPED.glob("*.yaml"))


class _Loader(yaml.SafeLoader):
    """YAML without aliases: a few lines that repeat each other could stand for more than any memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not used in mappings: write it out")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def load_mapping(name: str, roots: Roots | None = None) -> Mapping:
    """Load a shipped mapping by name, or a mapping file by path; MappingError says what is wrong with it.

    `roots` hold the files that may be read; unset: the declared.
    """
    shipped = shipped_mappings()
    try:
        path = SHIPPED / f"{name}.yaml" if name in shipped else Path(name)
        if path.suffix in {".yaml", ".yml"} and name not in shipped:
            path = (roots or declared()).check(path)
        if path.suffix not in {".yaml", ".yml"} or not path.is_file():
            raise MappingError(f"no mapping '{name}': give the path of a YAML file, or one of {', '.join(shipped)}")
        if path.stat().st_size > LARGEST:
            raise MappingError(f"mapping {path}: it has more than {LARGEST:,} bytes")
        return Mapping.model_validate(yaml.load(path.read_bytes().decode(), Loader=_Loader))  # noqa: S506 - it is safe
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError, OSError) as error:
        raise MappingError(f"mapping {path}: {error}") from error
    except SourceError as error:
        raise MappingError(f"mapping {error}") from error
