"""Unlabelled texts whose licence allows to train on them: a teacher reads them aloud to the student."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = Path(__file__).parent / "left_out.txt"  # checksums of texts that models are measured on
OFFICIAL = frozenset({"Freebox", "free"})  # accounts of the company in free_tweets_fr


def read(data: Path) -> tuple[list[str], list[str]]:
    """Customers' texts and companies' texts, each once, without those that models are measured on."""
    left_out = set(LEFT_OUT.read_text(encoding="ascii").split())
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for text, is_company in _texts(data):
        if text.strip() and (digest := checksum(text)) not in left_out:
            sides[is_company].setdefault(digest, text)
    return list(sides[0].values()), list(sides[1].values())


def by_checksum(data: Path) -> dict[str, str]:
    """All of these texts, without those that models are measured on, by the checksum that labels name them with."""
    return {checksum(text): text for side in read(data) for text in side}


def checksum(text: str) -> str:
    """The same for texts that differ in spaces and capitals only."""
    return hashlib.sha256(" ".join(text.lower().split()).encode("utf-8", "replace")).hexdigest()[:16]


def _texts(data: Path) -> Iterator[tuple[str, bool]]:
    for row in _table(data / "free_tweets_fr" / "tweets.csv"):  # MIT
        yield row["text"], row["author"] in OFFICIAL
    for row in _table(data / "app_reviews" / "fampay_google_play.csv"):  # CC0
        yield row["content"], False
        yield row["replyContent"], True
    for row in _table(data / "tweets_sentiment" / "tweets.csv"):  # Apache-2.0
        if row["split"] == "train" and row["lang"] in {"english", "french"}:
            yield row["text"], False
    file = data / "ibm_twitter_care" / "conversations.json"  # Apache-2.0
    for session in json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []:
        for turn in session["dialogContent"]:
            yield turn["message"], "agent" in turn
        yield session["agentURL"]["url_utterance"], True


def _table(file: Path) -> Iterator[dict[str, str]]:
    if file.is_file():
        with file.open(newline="", encoding="utf-8") as lines:
            yield from csv.DictReader(lines)
