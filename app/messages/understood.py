"""What was understood of a message, as people read it: labels in words, how sure they are, and what proves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.messages.labels import Topic
from app.messages.rows import Message
from app.shared.language import N_, _, current
from flows.understand.models.tasks import UNSURE_BELOW

INTENTS = {
    "question": N_("question"),
    "complaint": N_("complaint"),
    "request": N_("request"),
    "idea": N_("idea"),
    "praise": N_("praise"),
    "opinion": N_("opinion"),
    "leaving": N_("leaving"),
    "reply": N_("reply"),
    "other": N_("something else"),
}
SENTIMENTS = {
    "negative": N_("negative"),
    "neutral": N_("neutral"),
    "positive": N_("positive"),
}
JOURNEYS = {
    "before": N_("before buying"),
    "sale": N_("buying"),
    "after": N_("using"),
    "unclear": N_("moment unclear"),
}
KINDS = {
    "answer": N_("answers"),
    "question": N_("asks back"),
    "redirect": N_("sends elsewhere"),
    "holding": N_("says it was received"),
    "courtesy": N_("is polite"),
    "announcement": N_("announces"),
    "automatic": N_("automatic"),
}
YES_NO = {"yes": N_("yes"), "no": N_("no")}
# What a person can correct of a message, with its values, by who wrote it.
TASKS: dict[str, dict[str, Mapping[str, str]]] = {
    "customer": {
        "intent": INTENTS,
        "sentiment": SENTIMENTS,
        "answerable": YES_NO,
        "journey": JOURNEYS,
        "settled": YES_NO,
        "noise": YES_NO,
    },
    "brand": {"reply_kind": KINDS},
}
TASK_NAMES = {
    "intent": N_("What it is"),
    "sentiment": N_("Feeling"),
    "answerable": N_("Expects an answer"),
    "journey": N_("Moment of the journey"),
    "settled": N_("Says it is settled"),
    "noise": N_("Noise"),
    "reply_kind": N_("What we say"),
}
CHIPS = {"customer": ("intent", "sentiment", "journey"), "brand": ("reply_kind",)}


def label(value: str | None, probability: float | None, names: Mapping[str, str]) -> str:
    """A label in the reader's words, with a question mark where it is unsure; "" without one."""
    if value is None:
        return ""
    word = _(names.get(value, value))
    return word if probability is None or probability >= UNSURE_BELOW else f"{word} ?"


def topic(named: Topic) -> str:
    """A topic's name in the reader's language, as the company's list has it."""
    return named.label_fr if current() == "fr" else named.label_en


def chips(message: Message) -> str:
    """Markup of a message's labels; "" where it was not understood."""
    found = [_chip(message, task) for task in CHIPS.get(message.direction, ())]
    if message.direction == "customer":
        found += [_flag(message, "settled", _("settled")), _flag(message, "noise", _("noise"))]
    shown = "".join(chip for chip in found if chip)
    return f'<div class="v-chips" data-testid="labels">{shown}</div>' if shown else ""


def _chip(message: Message, task: str) -> str:
    value, probability = message.labels.get(task, (None, None))
    if value is None or (task == "journey" and value == "unclear"):
        return ""
    names = TASKS[message.direction][task]
    if task in message.corrected:
        why = _("{task}: said by a person", task=_(TASK_NAMES[task]))
    else:
        sure = f"{round(100 * (probability or 0))}"
        why = _("{task}: {sure} % sure", task=_(TASK_NAMES[task]), sure=sure)
    kind = value if task == "sentiment" else task
    unsure = " unsure" if probability is not None and probability < UNSURE_BELOW else ""
    return (
        f'<span class="v-chip {escape(kind)}{unsure}" title="{escape(why)}">'
        f"{escape(label(value, probability, names))}</span>"
    )


def _flag(message: Message, task: str, word: str) -> str:
    value, probability = message.labels.get(task, (None, None))
    if value != "yes":
        return ""
    unsure = " ?" if probability is not None and probability < UNSURE_BELOW else ""
    return f'<span class="v-chip {task}">{escape(word)}{unsure}</span>'


def marked(message: Message) -> str:
    """Markup of a message's body in which the words that prove its labels are marked."""
    body = message.body or ""
    # Spans are of title and body with a line break between them.
    ahead = len(message.title) + 1 if message.title and message.body else 0
    wanted = [
        span
        for task in CHIPS.get(message.direction, ())
        if task not in message.corrected and task != "journey"
        for span in message.evidence.get(task, ())
    ]
    parts: list[str] = []
    place = 0
    for start, end in _merged(wanted, ahead, len(body)):
        parts += [escape(body[place:start]), f"<mark>{escape(body[start:end])}</mark>"]
        place = end
    return "".join([*parts, escape(body[place:])])


def _merged(spans: Sequence[Sequence[Any]], ahead: int, length: int) -> list[tuple[int, int]]:
    """Spans of the body, in order and apart."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, int(s) - ahead), min(length, int(e) - ahead)) for s, e in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
