"""`python -m bench.meaning`: what search by meaning finds in real texts, and which topics nobody need declare.

Prints the tables of docs/understanding.md. `--vectors FILE` keeps what the encoder read; again it takes seconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from flows.settings import DBT_PROJECT, settings
from flows.understand import meaning, themes
from flows.understand.analyzer import Text
from flows.understand.folding import fold
from flows.understand.language import Languages
from flows.understand.models.encoder.package import Floats
from flows.understand.models.fast import FastAnalyzer
from flows.understand.profile import Profile
from flows.understand.topics import Topics

out = Console(width=160, highlight=False)
FIRST = 20
BONUS = 0.3  # as understanding.alike counts a topic that was asked for
QUESTIONS = Path(__file__).with_name("meaning.csv")  # our own: a topic or reason, in French, in English
FRENCH = ("telecom", "shop", "flights", "bank")
PLANTED = (
    (("airlines",), ("baggage", "waiting_time", "booking", "staff", "travel_disruption", "loyalty")),
    (("support",), ("app_website", "account_access", "outage", "delivery")),
    (FRENCH, ("outage", "staff", "price", "waiting_time", "payment", "refund", "availability")),
)


@dataclass(frozen=True, slots=True)
class Read:
    """A real text: where it is from, the reason that people gave it, its language, topics and intent."""

    place: str
    reason: str
    text: str
    language: str
    topics: frozenset[str]
    intent: str


def _rows(data: Path) -> Iterator[tuple[str, str, str]]:
    """Place, reason and text of each message of a customer."""
    for row in _table(data / "airline_sentiment" / "tweets.csv"):
        yield "airlines", row["negativereason"], row["text"]
    for name in ("twcs_complete", "twcs_two_sided"):
        for row in _table(data / "twcs" / f"{name}.csv"):
            if row["inbound"].lower() == "true":
                yield "support", "", row["text"]
    for row in _table(data / "nps_retail_fr" / "nps.csv"):
        if row["explication"] not in {"", "NA"}:
            yield "shop", "", row["explication"]
    for row in _table(data / "free_tweets_fr" / "tweets.csv"):
        if row["author"] not in {"Freebox", "free"}:
            yield "telecom", "", row["text"]
    for row in _table(data / "royal_air_maroc" / "trustpilot_reviews.csv"):
        yield "flights", "", f"{row['titre']}\n{row['texte']}"
    for review in json.loads((data / "trustpilot_keytrade" / "reviews.json").read_text(encoding="utf-8")):
        yield "bank", "", f"{review.get('title') or ''}\n{review.get('text') or ''}"


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read(data: Path) -> list[Read]:
    """Every distinct text, with what the fast analyser and the seed's patterns say of it."""
    with (DBT_PROJECT / "seeds" / "topics.csv").open(encoding="utf-8", newline="") as file:
        topics = Topics(Profile.from_rows(topics=csv.DictReader(file)).topics)
    languages, seen, rows = Languages(("fr", "en")), set[str](), []
    for place, reason, text in _rows(data):
        same = re.sub(r"@\w+|https?\S+|\W", "", text.lower())
        if len(same) >= 12 and same not in seen:
            seen.add(same)
            rows.append((place, reason, text))
    intents = [one.labels["intent"].value for one in FastAnalyzer().analyze([Text(text) for *_, text in rows])]
    found = []
    for (place, reason, text), intent in zip(rows, intents, strict=True):
        language = languages.detect(text, None)
        sure = language.value if language.probability >= 0.7 else None
        named = frozenset(mention.value for mention in topics.find(fold(text), sure))
        found.append(Read(place, reason, text, language.value, named, intent))
    return found


def search(texts: Sequence[Read], vectors: Floats, reader: meaning.Meaning, topics: Topics) -> None:
    """How many of the first texts are what was asked for, by language; with and without the question's topics."""
    questions = list(_table(QUESTIONS))
    by_topic = [row for row in questions if row["of"] == "topic"]
    by_reason = [row for row in questions if row["of"] == "reason"]
    places = {
        language: [n for n, text in enumerate(texts) if text.language == language] for language in ("fr", "en")
    }
    told = [n for n, text in enumerate(texts) if text.reason]
    for language in ("fr", "en"):
        asked = reader.vectors([row[language] for row in by_topic])
        for other, among in places.items():
            right = np.array([[row["name"] in texts[n].topics for n in among] for row in by_topic])
            share = np.mean(
                [
                    own[np.argsort(-(vectors[among] @ vector), kind="stable")[:FIRST]].mean()
                    for own, vector in zip(right, asked, strict=True)
                ]
            )
            out.print(f"by topic: {language} finds {other}: {share:.3f}, chance {right.mean():.3f}")
        asked = reader.vectors([row[language] for row in by_reason])
        right = np.array([[texts[n].reason == row["name"] for n in told] for row in by_reason])
        for bonus in (0.0, BONUS):
            shares = []
            for row, own, vector in zip(by_reason, right, asked, strict=True):
                wanted = {mention.value for mention in topics.find(fold(row[language]))}
                named = np.array([bool(wanted & texts[n].topics) for n in told])
                order = np.argsort(-(vectors[told] @ vector + bonus * named), kind="stable")
                shares.append(own[order[:FIRST]].mean())
            each = ", ".join(f"{row['name']} {share:.2f}" for row, share in zip(by_reason, shares, strict=True))
            out.print(
                f"by people: {language}, topics {bonus}: {np.mean(shares):.3f}, chance {right.mean():.3f} ({each})"
            )


def planted(texts: Sequence[Read], vectors: Floats) -> None:
    """Themes of each place, then those that are found when one topic at a time is not declared."""
    for places, topics in PLANTED:
        for topic in (None, *topics):
            chosen = [
                n
                for n, text in enumerate(texts)
                if text.place in places and not text.topics - {topic} and text.intent not in {"reply", "praise"}
            ]
            writings = [themes.Writing(texts[n].text, str(n), texts[n].language) for n in chosen]
            found = themes.find(vectors[chosen], writings)
            if topic is None:
                out.print(f"{places}: {len(chosen)} texts without a topic")
                for theme in found:
                    out.print(f"    {len(theme.members)} {theme.name}")
                continue
            marked = {n for n, own in enumerate(chosen) if topic in texts[own].topics}
            shares = [(len(marked & set(theme.members)) / len(theme.members), theme) for theme in found]
            good = [(share, theme) for share, theme in shares if share > 0.5]
            covered = len(marked & {member for _, theme in good for member in theme.members}) / max(1, len(marked))
            names = ", ".join(f"{theme.name} {share:.2f}" for share, theme in good) or "not found"
            out.print(f"{topic}: {len(marked)} texts, {covered:.2f} of them found: {names}")


def main() -> None:
    """Measure on VIGIE_DATA."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path, help="a file that keeps what the encoder read")
    given = parser.parse_args()
    texts = read(settings().data)
    reader = meaning.load(settings().home_path / "models")
    if given.vectors and given.vectors.exists():
        vectors: Floats = np.load(given.vectors)
    else:
        vectors = reader.vectors([text.text for text in texts])
        if given.vectors:
            np.save(given.vectors, vectors)
    out.print(f"{len(texts):,} distinct texts; vectors of {meaning.model()}")
    with (DBT_PROJECT / "seeds" / "topics.csv").open(encoding="utf-8", newline="") as file:
        search(texts, vectors, reader, Topics(Profile.from_rows(topics=csv.DictReader(file)).topics))
    planted(texts, vectors)


if __name__ == "__main__":
    main()
