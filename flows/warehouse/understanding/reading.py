"""Texts read by an analyser: in this process where they are few, else by several, each with one of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from flows.understand.analyzer import Analyzer, Text, Understanding
from flows.understand.profile import Profile
from flows.understand.registry import open_analyzer

FEW = 1000  # texts: a process takes a second to start
AHEAD = 2  # pages that wait for each process


@dataclass(frozen=True, slots=True)
class Read:
    """A page of texts as understood, in their order, and how many the analyser failed on.

    Where it may read no more in this run these are the first of the page, and `stopped` says why.
    """

    understandings: Sequence[Understanding]
    failed: int
    stopped: str | None = None


def read(analyzer: Analyzer, texts: Sequence[Text]) -> Read:
    """Understand a page. One text that an analyser fails on is not understood, and takes no other with it."""
    try:
        found = list(analyzer.analyze(texts))
        stopped = getattr(analyzer, "stopped", None) if len(found) < len(texts) else None
        if len(found) != len(texts) and not stopped:
            raise ValueError(f"{analyzer.name} gave {len(found)} answers to {len(texts)} texts")
        return Read(found, 0, stopped)
    except Exception:
        if len(texts) == 1:
            return Read([Understanding({})], 1)
    understandings: list[Understanding] = []
    failed, stopped = 0, None
    for text in texts:
        part = read(analyzer, [text])
        understandings += part.understandings
        failed, stopped = failed + part.failed, part.stopped
        if stopped:
            break
    return Read(understandings, failed, stopped)


Page = TypeVar("Page")
Submit = Callable[[Sequence[Text]], Future[Read]]
_analyzer: Analyzer | None = None  # of a process that reads


def _begin(name: str, profile: Profile, learned: str | None) -> None:
    global _analyzer  # noqa: PLW0603  (made once a process: it holds a model)
    end_with_parent()
    _analyzer = open_analyzer(name, profile, learned)


def end_with_parent() -> None:
    """Have this process end when the one that started it does, killed too: nobody else would end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _read(texts: Sequence[Text]) -> Read:
    assert _analyzer is not None  # noqa: S101  (the pool's initializer)
    return read(_analyzer, texts)


@contextmanager
def readers(
    name: str, profile: Profile, analyzer: Analyzer, *, texts: int, processes: int
) -> Iterator[tuple[Submit, int]]:
    """Give a function that has a page read, and how many pages to give it ahead; `texts` is how many there are."""
    if texts <= FEW or processes == 1 or getattr(analyzer, "one_process", False):
        yield lambda page: _done(read(analyzer, page)), 0
        return
    context = multiprocessing.get_context("spawn")  # a fork would share the connection, and threads' locks
    same = (name, profile, getattr(analyzer, "learned", None))
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=same) as pool:
        try:
            yield lambda page: pool.submit(_read, page), AHEAD * processes
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _done(result: Read) -> Future[Read]:
    future: Future[Read] = Future()
    future.set_result(result)
    return future


def in_order(
    pages: Iterator[tuple[Page, Sequence[Text]]], submit: Submit, ahead: int
) -> Iterator[tuple[Page, Read]]:
    """Have pages read, some ahead of who takes them, and give each with what it says, in their order."""
    waiting: deque[tuple[Page, Future[Read]]] = deque()
    for page, texts in pages:
        waiting.append((page, submit(texts)))
        if len(waiting) > ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
