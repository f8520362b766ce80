"""What the app remembers: rows for a minute, and the last ones for when the warehouse is away for a moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

import psycopg
import streamlit as st
from psycopg import errors

from app.shared import access
from flows.errors import VigieError

Function = TypeVar("Function", bound=Callable[..., Any])
Dated = tuple[Any, datetime]
# The reader sees a refresh within a minute; what is cached is a page of rows at most.
FRESH, ENTRIES = 60, 128
# Last rows are shown for so long, and so many are kept, over all questions.
KEPT, QUESTIONS = timedelta(hours=1), 256
REST = 5.0  # seconds in which a server that did not answer is not asked again, where there are last rows
# What a restart, an upgrade or a lock does to a query; a missing right is none of them.
MOMENTARY = (
    errors.UndefinedTable, errors.UndefinedFunction, errors.UndefinedColumn, errors.InvalidSchemaName,
    psycopg.OperationalError, psycopg.InternalError,
)  # fmt: skip
_STALE: ContextVar[list[datetime] | None] = ContextVar("stale", default=None)


class LastRows:
    """The last answer to each question with its moment, and whether the server is left alone at present."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._answers: OrderedDict[str, Dated] = OrderedDict()
        self._lock = threading.Lock()
        self._asked_again = 0.0

    def put(self, question: str, answer: Dated) -> None:
        """Remember an answer; the question that nobody asked for the longest time is forgotten for it."""
        with self._lock:
            self._answers[question] = answer
            self._answers.move_to_end(question)
            if len(self._answers) > QUESTIONS:
                self._answers.popitem(last=False)

    def get(self, question: str) -> Dated | None:
        """The last answer to a question, None where there is none or it is too old."""
        answer = self._answers.get(question)
        return answer if answer and datetime.now(UTC) - answer[1] < KEPT else None

    def rest(self) -> None:
        """Leave the server alone for a while: every question of a page would wait for it."""
        self._asked_again = time.monotonic() + REST

    @property
    def is_resting(self) -> bool:
        """Whether the server is left alone at present."""
        return time.monotonic() < self._asked_again


@st.cache_resource(show_spinner=False)
def last_rows() -> LastRows:
    """The process's memory."""
    return LastRows()


def cached(function: Function) -> Function:
    """Keep what a query returned for a minute, and while the warehouse is away; its arguments are the key.

    So is whether who asks sees who people are: nobody is given another's rows.
    """

    @wraps(function)
    def read(*given: Any, **named: Any) -> Dated:
        return by_sight[access.sees_persons()](*given, **named)

    kept_for_a_minute = st.cache_data(ttl=FRESH, max_entries=ENTRIES, show_spinner=False)
    by_sight = {sight: kept_for_a_minute(_dated(function, sight)) for sight in (True, False)}
    return cast(Function, _remembered(function, read))


def kept(function: Function) -> Function:
    """Ask every time, and keep what was returned last for when the warehouse is away."""
    return cast(Function, _remembered(function, _dated(function)))


def every(function: Function) -> Function:
    """The query behind a remembered one: a file of all rows is read once, and is too much to remember."""
    return cast(Function, getattr(function, "__wrapped__", function))


def _dated(function: Callable[..., Any], sight: bool | None = None) -> Callable[..., Dated]:
    @wraps(function)
    def read(*given: Any, **named: Any) -> Dated:
        return function(*given, **named), datetime.now(UTC)

    if sight is not None:  # Streamlit tells what it keeps apart by the name
        read.__qualname__ += f" {sight}"
    return read


def _remembered(function: Callable[..., Any], read: Callable[..., Dated]) -> Callable[..., Any]:
    @wraps(function)
    def answer(*given: Any, **named: Any) -> Any:
        memory = last_rows()
        question = repr((function.__module__, function.__qualname__, access.sees_persons(), given, named))
        last = memory.get(question)
        if last is None or not memory.is_resting:
            try:
                rows, at = read(*given, **named)
            except VigieError as trouble:
                why = trouble.__cause__
                if last is None or not isinstance(why, MOMENTARY):
                    raise
                if isinstance(why, psycopg.OperationalError) and not isinstance(why, errors.QueryCanceled):
                    memory.rest()
            else:
                memory.put(question, (rows, at))
                return copy(rows)
        rows, at = last
        noted = _STALE.get()
        if noted is not None:
            noted.append(at)
        return copy(rows)  # a page may sort what it is given

    return answer


@contextmanager
def noting_stale() -> Iterator[list[datetime]]:
    """Collect the moments of last rows that were given in place of present ones meanwhile."""
    noted: list[datetime] = []
    token = _STALE.set(noted)
    try:
        yield noted
    finally:
        _STALE.reset(token)
