"""Phrases with choices and slots: `[a|b] for {amount}` is read once into parts and rendered many times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import yaml

MATERIAL = Path(__file__).parent / "material"
LANGUAGES = ("fr", "en")
PIECES = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+")


@dataclass(slots=True, frozen=True)
class Slot:
    """A fact by name."""

    name: str


@dataclass(slots=True, frozen=True)
class Choice:
    """One of several phrases."""

    options: tuple[Phrase, ...]


Phrase: TypeAlias = tuple["str | Slot | Choice", ...]
Phrases: TypeAlias = tuple[Phrase, ...]


def read(text: str) -> Phrase:
    """Read one phrase; ValueError where a bracket is left open or a character is left over."""
    tokens = PIECES.findall(text)
    if "".join(tokens) != text:
        raise ValueError(f"phrase with a stray brace: {text!r}")
    phrase, rest = _parts(tokens, 0, nested=False)
    if rest != len(tokens):
        raise ValueError(f"phrase with an open bracket: {text!r}")
    return phrase


def _parts(tokens: Sequence[str], at: int, nested: bool) -> tuple[Phrase, int]:
    parts: list[str | Slot | Choice] = []
    while at < len(tokens):
        piece = tokens[at]
        if piece == "[":
            options: list[Phrase] = []
            while tokens[at] != "]":
                option, at = _parts(tokens, at + 1, nested=True)
                options.append(option)
            parts.append(Choice(tuple(options)))
        elif piece in "]|" and nested:
            break
        elif piece.startswith("{"):
            parts.append(Slot(piece[1:-1]))
        else:
            parts.append(piece)
        at += 1
    return tuple(parts), at


def render(phrase: Phrase, facts: Mapping[str, str], rng: Random) -> str:
    """Choose and fill."""
    out = []
    for part in phrase:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Slot):
            out.append(facts[part.name])
        else:
            out.append(render(part.options[int(rng.random() * len(part.options))], facts, rng))
    return "".join(out)


@dataclass(slots=True, frozen=True)
class Topic:
    """One subject in one language: its phrases by use, and further questions with their answers."""

    name: str
    product: str
    journey: str
    phrases: Mapping[str, Phrases]
    more: tuple[tuple[Phrase, Phrase], ...]


@dataclass(slots=True, frozen=True)
class Material:
    """All phrases of one language."""

    topics: Mapping[str, Topic]
    common: Mapping[str, Phrases]
    words: Mapping[str, Phrases]


def lines(block: str) -> Phrases:
    """Read a block of phrases, one a line."""
    return tuple(read(line) for line in block.splitlines() if line.strip())


def load(name: str) -> dict[str, Any]:
    """Read one file of `material/`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load((MATERIAL / f"{name}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506
    return content


@cache
def material(language: str) -> Material:
    """Return the phrases of French or English, read once."""
    common = load(f"{language}_common")
    words = {name: lines(block) for name, block in common.pop("words").items()}
    topics = {name: _topic(name, entry) for name, entry in load(f"{language}_topics").items()}
    return Material(topics, {name: lines(block) for name, block in common.items()}, words)


@cache
def other_languages() -> Mapping[str, Mapping[str, tuple[tuple[str, Phrase], ...]]]:
    """Return language → use → (topic, phrase): the few phrases there are besides French and English."""
    found = {}
    for language, uses in load("others").items():
        found[language] = {use: tuple(_labelled(block)) for use, block in uses.items()}
    return found


@cache
def noise() -> Mapping[str, Mapping[str, Phrases]]:
    """Return kind of noise → language → phrases."""
    return {kind: {lang: lines(block) for lang, block in by.items()} for kind, by in load("noise").items()}


def _topic(name: str, entry: dict[str, str]) -> Topic:
    pairs = (line.split(" => ") for line in entry["more"].splitlines() if line.strip())
    more = tuple((read(question.strip()), read(answer.strip())) for question, answer in pairs)
    uses = {use: lines(block) for use, block in entry.items() if use not in ("product", "journey", "more")}
    return Topic(name, entry["product"], entry["journey"], uses, more)


def _labelled(block: str) -> list[tuple[str, Phrase]]:
    found = []
    for line in block.splitlines():
        head, colon, text = line.partition(": ")
        known = colon and head in material("fr").topics
        found.append((head, read(text)) if known else ("", read(line)))
    return found
