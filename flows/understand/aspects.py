"""How the writer feels about each topic: the sentiment of the clause that names it.

Indicative only: of sentences with both good and bad in them it reads about half rightly (docs/enrichments.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from flows.understand.analyzer import Label, Mention, Span

KIND = "aspect"
MOST = 8  # clauses of one text that are judged
LEAST = 12  # characters of a clause that says something by itself

# A sentence's end, or a word after which a writer turns to something else. A run of spaces is looked at once, from
# its beginning: from each of its characters, time would grow with the square of its length.
BORDER = re.compile(
    r"(?<=[.!?;…])\s+|(?<!\n)\n+|(?<!\s)\s+[-–—]\s+"
    r"|(?:,|(?<!\s))\s+(?=(?:mais|cependant|par contre|en revanche|toutefois|pourtant|n[ée]anmoins"
    r"|sauf que|alors que|tandis que|malgr[ée]|but|however|though|although|whereas|while|except|yet|despite)\b)",
    re.IGNORECASE,
)
Classify = Callable[[Sequence[str]], Sequence[Label]]  # sentiment of each clause


def clauses(text: str) -> list[Span]:
    """Cut a text into clauses; what is too short to judge stays with the one before."""
    cuts = [0, *(match.end() for match in BORDER.finditer(text)), len(text)]
    spans: list[Span] = []
    for start, end in pairwise(cuts):
        if spans and (end - start < LEAST or spans[-1][1] - spans[-1][0] < LEAST):
            spans[-1] = (spans[-1][0], end)
        elif end > start:
            spans.append((start, end))
    return spans


def find(
    texts: Sequence[str],
    topics: Sequence[Sequence[Mention]],
    whole: Sequence[Label | None],
    classify: Classify,
) -> list[list[Mention]]:
    """Return for each text one mention a topic, with `sentiment` and `probability` of its clause among the details.

    `whole` holds the sentiment of each text, where it is known: a text of one clause is not judged twice.
    """
    wanted: list[tuple[int, str, Span, Span]] = []  # text, topic, where it is named, clause
    found: list[list[Mention]] = [[] for _ in texts]
    for at, (text, named) in enumerate(zip(texts, topics, strict=True)):
        if not named:
            continue
        spans = clauses(text)
        for topic in {mention.value: mention for mention in reversed(named)}.values():  # the first mention of each
            clause = next((span for span in spans[:MOST] if topic.span[0] < span[1]), None)
            if clause is None:
                continue
            if len(spans) == 1 and (label := whole[at]) is not None:
                found[at].append(_aspect(topic.value, topic.span, label))
            else:
                wanted.append((at, topic.value, topic.span, clause))
    distinct = list(dict.fromkeys((at, clause) for at, _, _, clause in wanted))
    judged = (
        dict(zip(distinct, classify([texts[at][slice(*clause)] for at, clause in distinct]), strict=True))
        if distinct
        else {}
    )
    for at, topic_name, span, clause in wanted:
        found[at].append(_aspect(topic_name, span, judged[at, clause]))
    return [sorted(mentions, key=lambda mention: mention.span) for mentions in found]


def _aspect(topic: str, span: Span, label: Label) -> Mention:
    return Mention(
        KIND,
        topic,
        span,
        label.probability,
        {"sentiment": label.value, "probability": label.probability, "indicative": True},
    )
