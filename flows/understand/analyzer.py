"""The contract of an analyser: texts in, what each says out. It knows nothing of Postgres, Prefect or dbt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Span = tuple[int, int]  # of characters of `Text.text`: the first, and the one after the last

# What is asked of a customer's message, and of a company's; the meanings stand in docs/understanding.md.
CUSTOMER_TASKS = ("intent", "sentiment", "answerable", "journey", "settled", "noise")
COMPANY_TASKS = ("reply_kind",)


@dataclass(frozen=True, slots=True)
class Text:
    """A message as an analyser is given it: title and body with a line break between them."""

    text: str
    is_company: bool = False  # written by the company: what kind of reply it is, instead of what a customer wants
    posted_at: datetime | None = None  # "tomorrow" is the day after it
    language_hint: str | None = None  # likely before reading: declared, else the habit of the author
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One answer of a fixed list, with its calibrated probability and the words that prove it."""

    value: str
    probability: float
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text names: a product, topic, place, date or aspect, and where it stands."""

    kind: str
    value: str
    span: Span
    probability: float = 1.0
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON: country, candidate SKU, sentiment


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one text says: a label a task (those that were asked and can be answered), and what it names."""

    labels: Mapping[str, Label]
    mentions: tuple[Mention, ...] = ()


class Analyzer(Protocol):
    """Reads texts in batches. The same name and version give the same answers; a new version reads again.

    One that may read no more in a run (its budget is used up, its server does not answer) gives fewer
    Understandings than texts, those of the first, and says why in an attribute `stopped`. It may have two more:
    `page`, how many texts it is given at once, and `one_process`, true where it must not be opened in several.
    """

    name: str
    version: str

    def analyze(self, texts: Sequence[Text]) -> Sequence[Understanding]:
        """One Understanding a text, in their order; never raises for what a text holds."""
        ...
