"""Rows in, records out: what a mapping says of each column, worked out once and applied to every row."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import time, timedelta
from functools import lru_cache, partial
from typing import Any

from flows.records import Json, Record, Unusable, canonical, make
from flows.records.encodings import repair
from flows.records.times import EARLIEST
from flows.sources.mapping import Mapping
from flows.sources.plans import DAYS, REMEMBERED, SAYS_NOTHING, Plan, Plans
from flows.sources.time_formats import Unzoned, parse_written, says_day
from flows.sources.values import first_of, id_text, reader

NAMES = frozenset({"account", "handle"})
# Where none is given, as int_ratings_latest and fct_ratings have it.
USUAL_SCALE = (1.0, 5.0)
USUAL_SCALES = {"nps": (0.0, 10.0)}
HTML = re.compile(r"<(?:p|div|html|body|span|br|table|blockquote|!doctype)\b", re.IGNORECASE)
A_DAY = timedelta(days=1, seconds=-1)


class Mapper:
    """Turns rows into records under one mapping, for one site."""

    def __init__(self, mapping: Mapping, site: str) -> None:
        """Work out once how each field is read and converted."""
        self.mapping = mapping
        self.site = site
        self._contract = mapping.contract
        self._plans = Plans(mapping)
        self._nothing = nulls = self._plans.nulls
        # Where a site's export is written in a wrong encoding, its accounts are: they are people's names there.
        self._written = [name for name in self._contract.fields if name in self._contract.texts or name in NAMES]
        self._positions = [name for name, column in mapping.fields.items() if column.position]
        self._constants = mapping.typed_constants()
        ids = [mapping.id] if isinstance(mapping.id, str) else mapping.id
        self._ids = [reader(name, nulls) for name in ids]
        self._is_hashed = isinstance(mapping.id, list)
        self._table, self._label = mapping.table, mapping.label
        self._words = tuple(self._contract.allowed)
        self._rating = "value" if mapping.stream == "ratings" else "rating"
        self._only_with = reader(mapping.only_with, nulls) if mapping.only_with else None
        self._days = [
            (
                name,
                first_of(column.columns, nulls),
                lru_cache(REMEMBERED)(partial(says_day, formats=column.formats)),
            )
            for name in DAYS
            if (column := mapping.fields.get(name))
        ]
        self.told: Counter[str] = Counter()  # what a person should know of rows that were read all the same

    def is_meant(self, row: Json) -> bool:
        """Whether the mapping is for such a row at all: `only_with` says something."""
        return self._only_with is None or self._only_with(row) is not None

    def record(self, row: Json, position: int, repaired: bool = False) -> Record:
        """Make the record of one row; raises Unusable with the reason."""
        plan = self._plans.find(row)
        mapped, unset = self._read(row, plan)
        for name in self._positions:
            mapped[name] = position
        for text in self._written:
            if (said := mapped.get(text)) and not said.isascii() and (fixed := repair(said)) != said:
                mapped[text] = fixed
                repaired = True
        for name in self._words:
            if name in mapped:
                mapped[name] = str(mapped[name]).strip().lower()
        self._be_as_precise(mapped, row)
        if plan.identifiers and (who := self._who(row, plan)):
            mapped |= who
        if trouble := self._contract.trouble(mapped):
            reason, detail = trouble
            more = f"; {', '.join(unset)}: before {EARLIEST.year} a date is one that was never set" if unset else ""
            raise Unusable(reason, detail + more)
        self._look_over(mapped)
        return self._record(row, mapped, plan, repaired)

    def _read(self, row: Json, plan: Plan) -> tuple[Json, list[str]]:
        """What the columns say, and which times were never set."""
        mapped: Json = self._constants.copy()
        unset = []
        for name, column, read, meanings, field in plan.fields:
            value = row[column] if read is None else read(row)
            if value is None or value == "":
                continue
            try:
                if value.__class__ is not str:
                    meant = field.convert(value)
                elif meanings is not None:
                    meant = meanings[value]
                elif value in field.nothing or value.strip() in field.nothing:
                    continue
                else:
                    meant = value if field.is_as_written else field.convert(value)
            except (ValueError, OverflowError) as error:
                raise Unusable(f"bad {name}", f"{name}: {str(value)[:80]!r}: {error}") from error
            if meant is None:
                unset.append(f"{name} {str(value)[:80]!r}")
            elif meant is not SAYS_NOTHING:
                mapped[name] = meant
        return mapped, unset

    def _look_over(self, mapped: Json) -> None:
        """Note what was read and is seldom meant so: a rating outside its scale is in no figure."""
        if (body := mapped.get("body")) and body[0] == "<" and HTML.match(body):
            self.told["texts begin with HTML tags and stand as they are: html: true reads them"] += 1
        if (value := mapped.get(self._rating)) is None:
            return
        usual = USUAL_SCALES.get(str(mapped.get("kind")), USUAL_SCALE)
        low = mapped.get("scale_min", usual[0])
        high = mapped.get("scale_max", mapped.get("rating_scale", usual[1]))
        if not low <= value <= high:
            self.told[f"ratings are not between {low:g} and {high:g} and in no figure: say their scale"] += 1

    def _record(self, row: Json, mapped: Json, plan: Plan, repaired: bool) -> Record:
        counters = {name: mapped.pop(name) for name in self._contract.volatile if name in mapped}
        order = mapped.pop("native_order", 0)
        kept = row
        if plan.volatile:
            kept = row.copy()
            for name in plan.volatile:
                kept.pop(name, None)
        read = {"mapping": self._label, "row": kept}
        return make(
            self._table, self.site, self._id(row), mapped, read,
            counters=counters, repaired=repaired, native_order=order,
        )  # fmt: skip

    def _be_as_precise(self, mapped: Json, row: Json) -> None:
        """A day without a time of day says so, and stays the day that is written: in UTC it may be another."""
        for name, read, says_it in self._days:
            written, precision = mapped.get(name), mapped.get("time_precision")
            if written is None or (precision != "day" and not written.endswith("00+00:00")):
                continue
            text = str(read(row)).strip()
            if says_it(text):
                mapped["time_precision"] = precision = "day"
            if precision == "day":
                mapped[name] = self._own_midnight(name, text) or written

    def _own_midnight(self, name: str, text: str) -> str | None:
        """A day at its own midnight, None for a time of day. A status is of the end of its day."""
        column = self.mapping.fields[name]
        try:
            moment = parse_written(text, column.formats, column.zone)
        except Unzoned:
            moment = parse_written(text, column.formats, "UTC")
        if moment.time() != time.min:
            return None
        return (moment + A_DAY if self.mapping.stream == "statuses" else moment).isoformat()

    def _who(self, row: Json, plan: Plan) -> Json:
        """What the row says of who is behind it, as its stream keeps it; nothing where it says nothing."""
        found = [
            (given, site, value)
            for given, site, read in plan.identifiers
            if (cell := read(row))
            for part in _parts(cell, given.separator)
            if (value := self._said(part, given.column))
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

    def _said(self, cell: Any, column: str) -> str | None:
        """What an identifier's cell says; None where it stands for nothing, or for what a spreadsheet lost."""
        try:
            text = id_text(cell)
        except ValueError:
            self.told[f"values of {column} were rounded by a spreadsheet and join nobody: export it as text"] += 1
            return None
        return None if text in self._nothing else text


def _parts(cell: Any, separator: str | None) -> list[Any]:
    """What one cell says: one value, or several where the mapping says what stands between them."""
    if separator is None:
        return [cell]
    return cell if isinstance(cell, list) else str(cell).split(separator)
