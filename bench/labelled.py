"""Labelled texts that the analysers are measured on and were never trained on: files of VIGIE_DATA."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.understand.analyzer import COMPANY_TASKS
from flows.understand.models.tasks import TASKS
from tests.understand import gold

Rows = list[tuple[str, str]]
IRONY = Path(gold.__file__).parents[1] / "irony.csv"
UNREAD = "of them, from sources no model reads"
READ = (
    "free_tweets_fr",
    "app_reviews/fampay",
    "ibm_twitter_care",
    "tweets_sentiment",
)  # other texts of these are learnt


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts and labels of one task; `language` says which rival can read them."""

    name: str
    task: str
    language: str
    rows: Rows


def read(data: Path) -> Iterator[Labelled]:
    """Every labelled set whose file is there."""
    for name, task, language, folder, reader in SETS:
        if (data / folder).exists():
            yield Labelled(name, task, language, reader(data / folder))
    yield from _irony()
    yield from _gold(data)


def _table(path: Path, **format_: Any) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, **format_))


def _columns(text: str, label: str) -> Callable[[Path], Rows]:
    return lambda path: [(row[text], row[label]) for row in _table(path)]


def _tweets(language: str) -> Callable[[Path], Rows]:
    """Only `val`: the students learn from `train`."""
    return lambda path: [
        (row["text"], row["label"]) for row in _table(path) if row["lang"] == language and row["split"] == "val"
    ]


def _stars(score: str, *texts: str, most: float = 5) -> Callable[[Path], Rows]:
    """Few stars are negative, many positive; what lies between is left out."""

    def rows(path: Path) -> Rows:
        found = []
        for row in _table(path):
            text = "\n".join(row[name].strip() for name in texts if row[name].strip() not in {"", "NA"})
            if text and (label := _by_stars(row[score], most)):
                found.append((text, label))
        return found

    return rows


def _by_stars(stars: str | int, most: float = 5) -> str | None:
    try:
        share = float(str(stars).replace(",", ".").split("/", maxsplit=1)[0]) / most
    except ValueError:
        return None
    return "positive" if share >= 0.8 else "negative" if share <= 0.4 else None


def _keytrade(language: str) -> Callable[[Path], Rows]:
    def rows(path: Path) -> Rows:
        reviews = [one for one in json.loads(path.read_text(encoding="utf-8")) if one["language"] == language]
        labelled = [(f"{one['title'] or ''}\n{one['text']}".strip(), _by_stars(one["rating"])) for one in reviews]
        return [(text, label) for text, label in labelled if label]

    return rows


def _films(path: Path) -> Rows:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        (text, "positive" if mark == "1" else "negative") for mark, text in (line.split("\t", 1) for line in lines)
    ]


def _irony() -> Iterator[Labelled]:
    """Sarcasm, which is negative, and what sounds like it and is meant: our own, and no part of the material."""
    rows = _table(IRONY)
    for language in ("en", "fr"):
        chosen = [(row["text"], row["sentiment"]) for row in rows if row["language"] == language]
        yield Labelled("sarcasm and its look-alikes, invented", "sentiment", language, chosen)


def _gold(data: Path) -> Iterator[Labelled]:
    for name, tasks in (("messages", TASKS), ("replies", COMPANY_TASKS)):
        rows = gold.labelled(name)
        texts = gold.texts(data, {row["key"] for row in rows})
        for task in tasks:
            column = "kind" if task == "reply_kind" else task
            for language in ("en", "fr"):
                chosen = [
                    (texts[row["key"]], row[column]) for row in rows if column in row and row["lang"] == language
                ]
                if chosen:
                    yield Labelled(f"gold set, {language}", task, language, chosen)
            unread = [row for row in rows if column in row and not row["key"].startswith(READ)]
            if unread:
                yield Labelled(UNREAD, task, "en, fr", [(texts[row["key"]], row[column]) for row in unread])


AIRLINE, MAROC = "airline_sentiment", "royal_air_maroc/trustpilot_reviews.csv"
SETS: tuple[tuple[str, str, str, str, Callable[[Path], Rows]], ...] = (
    ("tweets to airlines", "sentiment", "en", "airline_sentiment/tweets.csv", _columns("text", AIRLINE)),
    ("tweets", "sentiment", "fr", "tweets_sentiment/tweets.csv", _tweets("french")),
    ("tweets", "sentiment", "en", "tweets_sentiment/tweets.csv", _tweets("english")),
    ("bank reviews, by stars", "sentiment", "fr", "trustpilot_keytrade/reviews.json", _keytrade("fr")),
    ("bank reviews, by stars", "sentiment", "nl", "trustpilot_keytrade/reviews.json", _keytrade("nl")),
    ("bank reviews, by stars", "sentiment", "en", "trustpilot_keytrade/reviews.json", _keytrade("en")),
    ("airline reviews, by stars", "sentiment", "fr", MAROC, _stars("note", "titre", "texte")),
    ("film reviews", "sentiment", "fr", "allocine_fr/dev.tsv", _films),
    ("shop survey, by score", "sentiment", "fr", "nps_retail_fr/nps.csv", _stars("nps", "explication", most=10)),
    ("complaints", "complaint", "en", "complaint_labels/tweets.csv", _columns("text", "complaint")),
)  # fmt: skip
