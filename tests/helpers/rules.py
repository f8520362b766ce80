"""An analyser for tests, known by an entry point: a text says in braces what it says, `{intent=question}`.

`{intent=question@0.6}` gives a probability other than .95, `{product:Alto}` is a mention, `{fail}` raises, `{drop}`
is not answered. `rules` reads no second intents, `rules-slow` does. The version is that of the environment, so that
a new one can come.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Label, Mention, Text, Understanding

LABEL = re.compile(r"\{(\w+)=([\w-]+)(?:@([\d.]+))?\}")
MENTION = re.compile(r"\{(\w+):([^}]+)\}")
VERSION = "VIGIE_TEST_RULES_VERSION"
LOG = "VIGIE_TEST_RULES_LOG"  # a file that is told every text that is read


class Rules:
    name = "rules"
    beside: tuple[str, ...] = ("language", "noise_reason")

    def __init__(self) -> None:
        self.version = os.environ.get(VERSION, "1")

    def analyze(self, texts: Sequence[Text]) -> Sequence[Understanding]:
        if log := os.environ.get(LOG):
            with Path(log).open("a", encoding="utf-8") as file:
                file.writelines(text.text.replace("\n", " ") + "\n" for text in texts)
        return [self._read(text) for text in texts if "{drop}" not in text.text]

    def _read(self, text: Text) -> Understanding:
        if "{fail}" in text.text:
            raise ValueError("a text that the analyser fails on")
        tasks = (*(COMPANY_TASKS if text.is_company else CUSTOMER_TASKS), *self.beside)
        labels = {
            match[1]: Label(self._value(match[2]), float(match[3] or 0.95), (match.span(),))
            for match in LABEL.finditer(text.text)
            if match[1] in tasks
        }
        mentions = [
            Mention(match[1], match[2] if match[1] != "date" else f"{text.posted_at:%Y-%m-%d}", match.span())
            for match in MENTION.finditer(text.text)
        ]
        return Understanding(labels, tuple(mentions))

    def _value(self, value: str) -> str:
        """A new version takes praise for an opinion."""
        return "opinion" if value == "praise" and self.version != "1" else value


class SlowRules(Rules):
    name = "rules-slow"
    beside = (*Rules.beside, "second_intent")


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """As if a package with these entry points were installed; processes that are spawned find it, too."""
    info = folder / "vigie_rules-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vigie-rules\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        f"[vigie.analyzers]\nrules = {__name__}:Rules\nrules-slow = {__name__}:SlowRules\n"
    )
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
