"""Mails that nobody wrote to anybody: replies of machines, bounces, newsletters (RFC 3834 and what is used)."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from flows.sources.mailbox.parsing import Mail

Automatic: TypeAlias = Literal["bounce", "reply", "bulk"]

REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply", "x-auto-reply")
# At the beginning of the subject: `Re: Automatic reply` is what a person says to it. The phrase ends there, or
# with a colon and the subject that is answered.
AWAY = re.compile(
    r"(auto(matic(ally generated)?)?[- ]?(reply|response)|autoreply|auto|out[- ]of[- ](the[- ])?office"
    r"( (auto(matic)?[- ]?)?(reply|response|notification|message))?"
    r"|réponse (d'absence )?automatique|(message|notification|avis|réponse) d'absence|absen(ce|te?) du bureau"
    r"|absence"
    r"|automatische (antwort|abwesenheitsnotiz)|abwesenheits(notiz|nachricht)|respuesta automática"
    r"|risposta automatica|automatisch antwoord|resposta automática|autosvar)"
    r"\s*(:.*|[-–—(\[].*)?",
    re.IGNORECASE | re.DOTALL,
)
BARE = re.compile(r"(auto|absence)\s*[-–—(\[].*|auto|absence", re.IGNORECASE | re.DOTALL)  # a word like others
NOBODY = re.compile(r"(no|do|ne)[-_.]?(pas|not)?[-_.]?(reply|respond|repondre|answer)\b", re.IGNORECASE)
DAEMON = re.compile(r"mailer-daemon|mail-daemon|mailerdaemon", re.IGNORECASE)


def automatic(mail: Mail, address: str | None) -> Automatic | None:
    """Say what kind of automatic mail this is; None for one that a person wrote, mailing lists included."""
    local = (address or "").partition("@")[0]
    if _is_bounce(mail, local):
        return "bounce"
    if _is_reply(mail):
        return "reply"
    return "bulk" if NOBODY.match(local) or _is_bulk(mail) else None


def is_list(mail: Mail) -> bool:
    """It came through a list to which people write."""
    post = (mail.get("list-post") or "").upper()
    return "<MAILTO:" in post.replace(" ", "") or (
        mail.get("list-id") is not None and mail.get("precedence") == "list"
    )


def _is_bounce(mail: Mail, local: str) -> bool:
    if DAEMON.fullmatch(local) or mail.raw("x-failed-recipients") is not None:
        return True
    if mail.content_type == "multipart/report" and mail.report_type in {"delivery-status", ""}:
        return True
    return local == "postmaster" and (mail.get("return-path") or "").replace(" ", "") == "<>"


def _is_reply(mail: Mail) -> bool:
    submitted = (mail.get("auto-submitted") or "no").lower().split(";")[0].strip()
    if submitted != "no" or mail.content_type == "multipart/report":
        return True
    if (mail.get("precedence") or "").lower().replace("-", "_") == "auto_reply":
        return True
    if any((mail.get(name) or "no").lower() not in {"no", "false", "0"} for name in REPLY_HEADERS):
        return True
    subject = mail.get("subject") or ""
    return bool(AWAY.fullmatch(subject)) and not BARE.fullmatch(subject)


def _is_bulk(mail: Mail) -> bool:
    if is_list(mail):
        return False
    precedence = (mail.get("precedence") or "").lower()
    return precedence in {"bulk", "junk", "list"} or mail.raw("list-unsubscribe") is not None
