"""Many words and phrases looked for in a text at once, whole words only, accents and capitals alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ahocorasick

from flows.understand.analyzer import Span
from flows.understand.folding import Folded, fold

T = TypeVar("T")
AS_WRITTEN = "="  # before a phrase: capitals and accents count ("=Free" is the company, "free" is not)
ANY_ENDING = "*"  # after a word: livr* finds livraison and livré
SPACES = re.compile(r" +")


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A phrase that was found: whose it is, where in `Folded.plain`, and where in the text."""

    owner: T
    start: int
    end: int
    span: Span


@dataclass(frozen=True, slots=True)
class _Pattern(Generic[T]):
    owner: T
    head: int  # length of what stands before the first *
    is_open: bool  # the last word may end otherwise
    rest: re.Pattern[str] | None  # from the first * on
    written: str | None


class Phrases(Generic[T]):
    """Phrases with their owners; finding takes time that grows with the text and hardly with their number."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        """Take phrases as people write them, with `*` and `=`."""
        heads: dict[str, list[_Pattern[T]]] = {}
        for phrase, owner in phrases:
            self._add(phrase, owner, heads)
        self._automaton: Any = ahocorasick.Automaton()
        for head, patterns in heads.items():
            self._automaton.add_word(head, tuple(patterns))
        self._is_empty = not heads
        if heads:
            self._automaton.make_automaton()

    @staticmethod
    def _add(phrase: str, owner: T, heads: dict[str, list[_Pattern[T]]]) -> None:
        written = phrase.removeprefix(AS_WRITTEN).strip() if phrase.startswith(AS_WRITTEN) else None
        parts = [SPACES.sub(" ", fold(part).words)[1:-1] for part in (written or phrase).strip().split(ANY_ENDING)]
        head = parts[0].rstrip() if len(parts) == 1 else parts[0]
        if not head.strip():
            return
        rest = None
        is_open = len(parts) > 1 and not parts[-1].strip()
        if len(parts) > 1 and any(part.strip() for part in parts[1:]):
            inner = r"\w*".join(re.escape(part) for part in parts[1:]).replace(r"\ ", " +")
            rest = re.compile(r"\w*" + inner)
        heads.setdefault(" " + head.lstrip(), []).append(
            _Pattern(owner, len(head.lstrip()), is_open, rest, written)
        )

    def find(self, text: Folded) -> Iterator[Hit[T]]:
        """Yield what is found, in the order of its end; of one owner's overlapping hits all."""
        if self._is_empty:
            return
        words = text.words
        for last, patterns in self._automaton.iter(words):
            for pattern in patterns:
                end = last + 1
                if pattern.rest is not None:
                    if (rest := pattern.rest.match(words, end)) is None:
                        continue
                    end = rest.end()
                if pattern.is_open:
                    end = words.index(" ", end)
                elif words[end] != " ":
                    continue
                start = last - pattern.head
                span = text.span(start, end - 1)
                if pattern.written is None or text.text[slice(*span)] == pattern.written:
                    yield Hit(pattern.owner, start, end - 1, span)


def longest(hits: Iterable[Hit[T]]) -> list[Hit[T]]:
    """Of hits that overlap keep the longest, of these the first; in the order of the text."""
    kept: list[Hit[T]] = []
    end = -1
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            kept.append(hit)
            end = hit.end
        elif hit.end - hit.start > kept[-1].end - kept[-1].start:
            kept[-1] = hit
            end = hit.end
    return kept
