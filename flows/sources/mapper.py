"""Rows in, records out: what a mapping says of each column, worked out once and applied to every row."""

from __future__ import annotations

import hashlib
from datetime import time
from typing import Any

from flows.records import Json, Record, Unusable, canonical, make
from flows.records.encodings import repair
from flows.sources.mapping import Mapping
from flows.sources.values import NOTHING, NOTHING_WRITTEN, converter, first_of, id_text, parse_written, reader

NAMES = frozenset({"account", "handle"})


class Mapper:
    """Turns rows into records under one mapping, for one site."""

    def __init__(self, mapping: Mapping, site: str) -> None:
        """Work out once how each field is read and converted."""
        self.mapping = mapping
        self.site = site
        self._contract = mapping.contract
        nulls = frozenset({"", *NOTHING, *mapping.nulls})
        of_texts = frozenset({"", *NOTHING_WRITTEN, *mapping.nulls})
        fields = mapping.fields.items()
        self._fields = []
        for name, c in fields:
            if c.position:
                continue
            nothing = (of_texts if name in self._contract.texts else nulls) - frozenset(c.values or ())
            convert = converter(self._contract.fields[name], c)
            # Most columns are one, and empty or plain: `record` reads those without a call.
            plain = c.columns[0] if len(c.columns) == 1 and "." not in c.columns[0] else None
            self._fields.append((name, plain, first_of(c.columns, nothing), convert, nothing))
        # Where a site's export is written in a wrong encoding, its accounts are: they are people's names there.
        self._written = [name for name in self._contract.fields if name in self._contract.texts or name in NAMES]
        self._nothing = nulls
        self._positions = [name for name, column in fields if column.position]
        self._constants = {str(name): value for name, value in mapping.constants.items()}
        self._volatile_columns = [
            column for name, c in fields if name in self._contract.volatile for column in c.columns
        ]
        ids = [mapping.id] if isinstance(mapping.id, str) else mapping.id
        self._ids = [reader(name, nulls) for name in ids]
        self._is_hashed = isinstance(mapping.id, list)
        self._identifiers = [
            (given, None if given.column.endswith("*") else reader(given.column, nulls))
            for given in mapping.identifiers
        ]
        self._table, self._label = mapping.table, mapping.label

    def record(self, row: Json, position: int, repaired: bool = False) -> Record:
        """Make the record of one row; raises Unusable with the reason."""
        mapped: Json = self._constants.copy()
        for name, plain, read, convert, nothing in self._fields:
            value = read(row) if plain is None else row.get(plain)
            if value.__class__ is str and (not value or value in nothing or value.strip() in nothing):
                continue
            if value is not None:
                try:
                    mapped[name] = convert(value)
                except (ValueError, OverflowError) as error:
                    raise Unusable(f"bad {name}", f"{name}: {str(value)[:80]!r}: {error}") from error
        for name in self._positions:
            mapped[name] = position
        for text in self._written:
            if (said := mapped.get(text)) and (fixed := repair(said)) != said:
                mapped[text] = fixed
                repaired = True
        if mapped.get("time_precision") == "day" and (own := self._own_midnight(row)):
            mapped["posted_at"] = own
        mapped |= self._who(row)
        if trouble := self._contract.trouble(mapped):
            raise Unusable(*trouble)
        return self._record(row, mapped, repaired)

    def _record(self, row: Json, mapped: Json, repaired: bool) -> Record:
        counters = {name: mapped.pop(name) for name in self._contract.volatile if name in mapped}
        order = mapped.pop("native_order", 0)
        kept = row.copy()
        for name in self._volatile_columns:
            kept.pop(name, None)
        read = {"mapping": self._label, "row": kept}
        return make(
            self._table, self.site, self._id(row), mapped, read,
            counters=counters, repaired=repaired, native_order=order,
        )  # fmt: skip

    def _own_midnight(self, row: Json) -> str | None:
        """A day as it is written, in its own zone: in UTC it may be the one before. None for a time of day."""
        column = self.mapping.fields.get("posted_at")
        value = first_of(column.columns, self._nothing)(row) if column else None
        if column is None or value is None:
            return None
        moment = parse_written(str(value).strip(), column.time or ["iso"], column.zone)
        return moment.isoformat() if moment.time() == time.min else None

    def _who(self, row: Json) -> Json:
        """What the row says of who is behind it, as its stream keeps it; nothing where it says nothing."""
        found = []
        for given, read in self._identifiers:
            if read is None:
                start = given.column[:-1]
                cells = [(name[len(start) :], row[name]) for name in row if name and name.startswith(start)]
            elif not row.get(given.column) and "." not in given.column:
                continue
            else:
                cells = [(given.site or "", read(row))]
            found += [
                (given, site, value)
                for site, cell in cells
                if cell
                for part in _parts(cell, given.separator)
                if (value := self._said(part))
            ]
        if not found:
            return {}
        if self.mapping.stream != "customers":
            kept = [{"type": g.type, "value": value, "how_known": g.how_known} for g, _, value in found]
            return {"identifiers": kept} if kept else {}
        known = {
            "emails": [{"value": v, "how_known": g.how_known} for g, _, v in found if g.type == "email"],
            "phones": [{"value": v, "how_known": g.how_known} for g, _, v in found if g.type == "phone"],
            "handles": [{"site": site, "handle": v} for g, site, v in found if g.type == "handle" and site],
        }
        return {name: values for name, values in known.items() if values}

    def _id(self, row: Json) -> str:
        if self._is_hashed:
            return hashlib.sha256(canonical([read(row) for read in self._ids])).hexdigest()[:32]
        value = self._ids[0](row)
        if value is None:
            raise Unusable("no id", f"the row has no {self.mapping.id}")
        try:
            return id_text(value)
        except ValueError as error:
            raise Unusable("bad id", f"{self.mapping.id}: {str(value)[:80]!r}: {error}") from error

    def _said(self, cell: Any) -> str | None:
        """What an identifier's cell says; None where it stands for nothing, or for what a spreadsheet lost."""
        try:
            text = id_text(cell)
        except ValueError:
            return None
        return None if text in self._nothing else text


def _parts(cell: Any, separator: str | None) -> list[Any]:
    """What one cell says: one value, or several where the mapping says what stands between them."""
    if separator is None:
        return [cell]
    return cell if isinstance(cell, list) else str(cell).split(separator)
