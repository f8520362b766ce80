"""Cells in, values out: how a column is read off a row, and how text becomes a number, a flag, an id, a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any, Protocol

from flows.records import Json
from flows.records.texts import to_text
from flows.records.times import EARLIEST
from flows.sources.time_formats import Unzoned, parse_written, says_day

# Spreadsheets write them in their user's language, databases as a letter, data frames as a float.
TRUE = ("true", "yes", "y", "t", "1", "1.0", "oui", "vrai", "ja", "wahr")
FALSE = ("false", "no", "n", "f", "0", "0.0", "non", "faux", "nein", "falsch")
WORDS = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
# What exports write where nothing stands. In a text somebody may have said it: only what no person writes counts.
NOTHING_WRITTEN = frozenset({"\\N", "NULL", "(null)", "NaN", "nan", "NaT", "<NA>", "#N/A"})
NOTHING = NOTHING_WRITTEN | {"null", "Null", "NAN", "N/A", "n/a", "None"}
WHOLE = re.compile(r"([+-]?\d+)\.0+")  # a whole number as spreadsheets and data frames write it
ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?[eE]\+\d+")
FLOAT = re.compile(r"[+-]?\d\.\d+E(?:[7-9]|\d{2})")  # how Java writes whole numbers that it took for floats
QUOTED = re.compile(r'="(.*)"')  # how exports keep a spreadsheet from taking 007 for a number
UNSEEN = "\u200b\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff \t\xa0"  # comes along when names are copied
BLANKS = re.compile(r"(?<=\d)[ '\u2019\xa0\u202f](?=\d{3}(?!\d))")  # between thousands
THOUSANDS = re.compile(r"([+-]?\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d+))?")
EXACT = 2**53  # beyond, a float is no longer the number that was written
MOST = 1e11  # what numeric(14, 3) holds
SEVERAL = "several values where one is meant: name it in the mapping, such as author.id"


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
    html: bool


def converter(kind: str, column: Reading, *, days: bool = False) -> Callable[[Any], Any]:
    """Return how a field's values are converted; the conversion raises ValueError with what it expected.

    None stands for a time that was never set. `days`: a day without a time of day needs no zone.
    """
    if column.values is not None:
        if kind not in CONVERTERS:
            raise ValueError(f"of a {kind} no values are listed")
        plain = CONVERTERS[kind]
        known = {said.lower(): plain(meaning) for said, meaning in column.values.items()}
        otherwise = None if column.otherwise is None else plain(column.otherwise)
        return lambda value: _meaning(known, str(value), otherwise)
    if column.html:
        if kind != "text":
            raise ValueError("only texts are HTML")
        return lambda value: to_text(_text(value))
    wanted = column.time or ["iso"]
    if kind == "time":
        return lambda value: _moment(str(value).strip(), wanted, column.zone, days)
    if kind == "date":  # a day is a day, whatever the zone
        return lambda value: parse_written(str(value).strip(), wanted, "UTC").date().isoformat()
    return CONVERTERS[kind]


def _moment(text: str, formats: list[str], zone: str | None, days: bool) -> str | None:
    try:
        moment = parse_written(text, formats, zone)
    except Unzoned:
        if not (days and says_day(text, formats)):
            raise
        moment = parse_written(text, formats, "UTC")
    return moment.astimezone(UTC).isoformat() if moment.replace(tzinfo=UTC) >= EARLIEST else None


def _meaning(meanings: dict[str, Any], said: str, otherwise: Any) -> Any:
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
    if not text.isascii():
        text = text.strip(UNSEEN)
    if text.startswith('="') and (quoted := QUOTED.fullmatch(text)):
        text = quoted[1].strip()
    if "." in text and (whole := WHOLE.fullmatch(text)):
        return whole[1]
    if "+" in text and ROUNDED.fullmatch(text):
        raise ValueError("rounded by a spreadsheet: export the column as text")
    if "E" in text and FLOAT.fullmatch(text):
        if abs(number := Decimal(text)) >= EXACT:
            raise ValueError("rounded on its way: export the column as text")
        return str(int(number)) if number == int(number) else text
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
    text = BLANKS.sub("", str(value).strip())
    if (grouped := THOUSANDS.fullmatch(text)) and not grouped[3]:
        text = text.replace(grouped[2], "")
    number = int(whole[1] if (whole := WHOLE.fullmatch(text)) else text)
    if abs(number) >= 2**31:
        raise ValueError("a number too large to be a count")
    return number


def _number(value: Any) -> float:
    number = float(_plain_number(str(value).strip()))
    if not abs(number) < MOST:
        raise ValueError(f"no number below {MOST:.0e}")
    return number


def _plain_number(text: str) -> str:
    """A number as Python reads it, out of one as people write it. Raises ValueError where it can be two numbers."""
    text = BLANKS.sub("", text.removesuffix("€").rstrip())
    grouped = THOUSANDS.fullmatch(text)
    if grouped and (grouped[3] or grouped[1].count(grouped[2]) > 1):
        return f"{grouped[1].replace(grouped[2], '')}.{grouped[3] or 0}"
    if grouped and grouped[2] == "," and not text.lstrip("+-").startswith("0"):
        raise ValueError(
            f"{text.replace(',', '.')} or {text.replace(',', '')}: write it without signs for thousands"
        )
    return text.replace(",", ".")


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


CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "number": _number,
    "bool": _bool,
    "text": _text,
    "id": id_text,
    "list": _list,
}
