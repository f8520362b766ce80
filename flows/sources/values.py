"""Cells in, values out: how a column is read off a row, and how text becomes a number, a flag or a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flows.records import Json
from flows.records.times import read_time

WORDS = {"true": True, "yes": True, "1": True, "oui": True, "false": False, "no": False, "0": False, "non": False}
DAY_OR_MONTH = re.compile(r"%-?[dm]")
FIRST_SECOND = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_FORMAT = 100
# What exports write where nothing stands. In a text somebody may have said it: only what no person writes counts.
NOTHING_WRITTEN = frozenset({"\\N", "NULL", "(null)", "NaN", "nan", "NaT", "<NA>", "#N/A"})
NOTHING = NOTHING_WRITTEN | {"null", "Null", "NAN", "N/A", "n/a", "None"}
WHOLE = re.compile(r"([+-]?\d+)\.0+")  # a whole number as spreadsheets and data frames write it
ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?[eE]\+\d+")
EXACT = 2**53  # beyond, a float is no longer the number that was written
MOST = 1e11  # what numeric(14, 3) holds
SEVERAL = "several values where one is meant: name it in the mapping, such as author.id"
REMEMBERED = 4096  # times that a converter has read: many rows of an export share a day, or a second


def reader(column: str, nulls: frozenset[str]) -> Callable[[Json], Any]:
    """Return how a column is read off a row: None where it is missing or stands for nothing."""
    path = column.split(".")

    def read(row: Json) -> Any:
        value = row.get(column)
        if value is None and len(path) > 1:
            value = row
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
        return None if isinstance(value, str) and is_null(value, nulls) else value

    return read


def first_of(columns: list[str], nulls: frozenset[str]) -> Callable[[Json], Any]:
    """Return how the first of some columns that says something is read off a row."""
    readers = [reader(column, nulls) for column in columns]
    if len(readers) == 1:
        return readers[0]
    return lambda row: next((value for read in readers if (value := read(row)) is not None), None)


def is_null(text: str, nulls: frozenset[str]) -> bool:
    """The text stands for nothing, with spaces around it or without."""
    return not text or text in nulls or text.strip() in nulls


class Reading(Protocol):
    """How a mapping's column is to be read."""

    values: dict[str, str] | None
    otherwise: str | None
    time: list[str] | None
    zone: str | None


def converter(kind: str, column: Reading) -> Callable[[Any], Any]:
    """Return how a field's values are converted; the conversion raises ValueError with what it expected."""
    if column.values is not None:
        known = {said.lower(): meaning for said, meaning in column.values.items()}
        return lambda value: _meaning(known, str(value), column.otherwise)
    wanted = column.time or ["iso"]
    if kind == "time":
        moment = lru_cache(REMEMBERED)(lambda text: parse_time(text.strip(), wanted, column.zone).isoformat())
        return lambda value: moment(str(value))
    if kind == "date":  # a day is a day, whatever the zone
        day = lru_cache(REMEMBERED)(lambda text: parse_time(text.strip(), wanted, "UTC").date().isoformat())
        return lambda value: day(str(value))
    return CONVERTERS[kind]


def _meaning(meanings: dict[str, str], said: str, otherwise: str | None) -> str:
    meaning = meanings.get(said.strip().lower(), otherwise)
    if meaning is None:
        raise ValueError(f"none of {', '.join(meanings)}")
    return meaning


def id_text(value: Any) -> str:
    """An id, a parent or an account as text: trimmed, 101.0 as 101.

    Raises ValueError where digits are lost, and for what is no single value.
    """
    if isinstance(value, (dict, list)):
        raise ValueError(SEVERAL)
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= EXACT:
            raise ValueError("a number with a fraction's precision: its last digits are lost")
        return str(int(value))
    text = str(value).strip()
    if "." in text and (whole := WHOLE.fullmatch(text)):
        return whole[1]
    if "+" in text and ROUNDED.fullmatch(text):
        raise ValueError("rounded by a spreadsheet: export the column as text")
    return text


def _text(value: Any) -> str:
    """A text; one that stands there in pieces, as chats write words in bold, as a whole."""
    if isinstance(value, list):
        pieces = [piece.get("text") if isinstance(piece, dict) else piece for piece in value]
        texts = [piece for piece in pieces if isinstance(piece, str)]
        if len(texts) == len(pieces):
            return ("" if any(isinstance(piece, dict) for piece in value) else ", ").join(texts)
    if isinstance(value, (dict, list)):
        raise ValueError(SEVERAL)
    return str(value)


def _int(value: Any) -> int:
    text = str(value).strip()
    number = int(whole[1] if (whole := WHOLE.fullmatch(text)) else text)
    if abs(number) >= 2**31:
        raise ValueError("a number too large to be a count")
    return number


def _number(value: Any) -> float:
    number = float(str(value).strip().replace(",", "."))
    if not abs(number) < MOST:
        raise ValueError(f"no number below {MOST:.0e}")
    return number


def _list(value: Any) -> list[str]:
    """Names apart by ; or |, or a list of them; each once."""
    pieces = value if isinstance(value, list) else re.split("[;|]", str(value))
    if any(isinstance(piece, (dict, list)) for piece in pieces):
        raise ValueError("expected names apart by ;")
    names = [str(piece).strip() for piece in pieces if piece is not None]
    return list(dict.fromkeys(name for name in names if name))


def _bool(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in WORDS:
        raise ValueError("expected true or false")
    return WORDS[word]


class Doubtful(ValueError):
    """A time that was read, and can be another."""


def parse_time(text: str, formats: list[str], zone: str | None) -> datetime:
    """Read a time as `parse_written` does, in UTC."""
    return parse_written(text, formats, zone).astimezone(UTC)


def parse_written(text: str, formats: list[str], zone: str | None) -> datetime:
    """Read a time in the first format that fits, in its own zone; `zone` stands in where the text has none.

    Raises ValueError when no format fits or a time has no zone at all.
    """
    for wanted in formats:
        try:
            moment = _parse_one(text, wanted)
        except Doubtful:
            raise
        except ValueError:
            continue
        if moment.tzinfo is None:
            if zone is None:
                raise ValueError("it has no zone and the mapping names none")
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment
    raise ValueError(f"expected {' or '.join(formats)}")


def _parse_one(text: str, wanted: str) -> datetime:
    if wanted == "iso":
        return datetime.fromisoformat(text)
    if wanted == "written":
        return _written(text)
    if wanted in {"epoch", "epoch_ms"}:
        return FIRST_SECOND + timedelta(seconds=float(text) / (1000 if wanted == "epoch_ms" else 1))
    return datetime.strptime(text, wanted)


def _written(text: str) -> datetime:
    """A time as people, feeds and mails write it. Raises Doubtful where its zone is one of several countries'."""
    found = read_time(text)
    if found is None:
        raise ValueError("no time that can be read")
    if found.doubt:
        raise Doubtful(f"{found.doubt}: write the offset")
    return found.moment if found.has_zone else found.moment.replace(tzinfo=None)


def check_format(wanted: str) -> None:
    """Raise ValueError for a time format that no time could be read in."""
    if wanted in {"iso", "written", "epoch", "epoch_ms"}:
        return
    if len(wanted) > LONGEST_FORMAT:
        raise ValueError(f"a time format has at most {LONGEST_FORMAT} characters")
    try:
        datetime.strptime("", wanted)
    except re.error as error:  # a directive that stands there twice
        raise ValueError(f"{wanted!r} is no time format: {error}") from error
    except ValueError as error:
        if not str(error).startswith("time data"):  # that says only that '' is no time
            raise ValueError(f"{wanted!r} is no time format: {error}") from error


def check_order(formats: list[str]) -> None:
    """Raise ValueError for formats that read one day and month in both orders: 02/03 would be what stands first."""
    seen: dict[str, str] = {}
    for wanted in formats:
        other = seen.setdefault(DAY_OR_MONTH.sub("%d", wanted), wanted)
        if other != wanted:
            raise ValueError(f"{other!r} and {wanted!r} read one date in two ways: name the one that the file has")


CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "number": _number,
    "bool": _bool,
    "text": _text,
    "id": id_text,
    "list": _list,
}
