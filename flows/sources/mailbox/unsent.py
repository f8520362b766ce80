"""Drafts: nobody was sent them, so they answer nobody. Mail programs keep them beside what was sent."""

from __future__ import annotations

import re
from pathlib import Path

from flows.sources.mailbox.parsing import Mail

# How Google's export names the label, in the account's language.
LABELS = frozenset(
    ("draft", "drafts", "brouillon", "brouillons", "entwurf", "entwürfe", "borrador", "borradores", "bozza",
     "bozze", "rascunho", "rascunhos", "concepten", "wersja robocza", "wersje robocze", "utkast", "kladder",
     "luonnokset", "koncepty", "черновик", "черновики", "чернетки", "taslaklar", "下書き", "草稿", "임시보관함")
)  # fmt: skip
FLAGGED = re.compile(r"[:;!]2,[A-Za-z]*D")  # of a Maildir's file name


class PassedOver(Exception):
    """A mail that is no message; the text says why."""


def check_sent(mail: Mail) -> None:
    """Raise PassedOver for a mail that its program marks as not sent yet."""
    labels = {label.strip(' "').lower() for label in (mail.get("x-gmail-labels") or "").split(",")}
    if (
        labels & LABELS
        or (mail.get("x-unsent") or "").strip() == "1"  # Outlook
        or mail.raw("x-mozilla-draft-info") is not None  # Thunderbird takes it out when it sends
        or "T" in (mail.get("x-status") or "")  # mbox of Pine, Dovecot and others
    ):
        raise PassedOver("a draft, never sent: passed over")


def is_flagged(path: Path) -> bool:
    """The name of a Maildir's file says that it is a draft."""
    return FLAGGED.search(path.name) is not None
