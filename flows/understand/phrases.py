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
ANY_ENDING = "*"  # after a word: livr* finds livraison and livré; alone: up to three words stand between
GAP = r"(?: +\w+){0,3}?"


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
    length: int  # of what the automaton finds
    rest: re.Pattern[str] | None  # what follows it, where the phrase has a *
    written: str | None


class Phrases(Generic[T]):
    """Phrases with their owners; finding takes time that grows with the text and hardly with their number."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        """Take phrases as people write them, with `*` and `=`."""
        heads: dict[str, list[_Pattern[T]]] = {}
        for phrase, owner in phrases:
            written = phrase[1:].strip() if phrase.startswith(AS_WRITTEN) else None
            head, rest = _compiled(written or phrase)
            if head:
                heads.setdefault(f" {head}", []).append(_Pattern(owner, len(head), rest, written))
        self._automaton: Any = ahocorasick.Automaton()
        for head, patterns in heads.items():
            self._automaton.add_word(head, tuple(patterns))
        self._is_empty = not heads
        if heads:
            self._automaton.make_automaton()

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
                elif words[end] != " ":
                    continue
                start = last - pattern.length
                span = text.span(start, end - 1)
                if pattern.written is None or text.text[slice(*span)] == pattern.written:
                    yield Hit(pattern.owner, start, end - 1, span)


def _compiled(phrase: str) -> tuple[str, re.Pattern[str] | None]:
    """Return what the automaton looks for, up to the first `*`, and a pattern of what must follow."""
    head, star, rest = phrase.strip().partition(ANY_ENDING)
    plain = " ".join(fold(head).words.split())
    if not star:
        return plain, None
    tokens = [] if head[-1:].isspace() else [r"\w*"]
    for token in f"{'* ' if head[-1:].isspace() else ''}{rest}".split():
        if token == ANY_ENDING:
            tokens.append(GAP)
        else:
            parts = [" +".join(map(re.escape, fold(part).words.split())) for part in token.split(ANY_ENDING)]
            tokens.append(" +" + r"\w*".join(parts))
    return plain, re.compile("".join(tokens) + "(?= )")


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
