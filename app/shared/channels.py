"""Channels as people call them: the marts have one name for each, readers have their language's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.shared.language import N_, _

# Those whose name is a word; sites keep theirs, and so do channels that a company named itself.
WORDS: Mapping[str, str] = {
    "app": N_("app"),
    "call": N_("call"),
    "calls": N_("calls"),
    "form": N_("form"),
    "letter": N_("letter"),
    "mail": N_("mail"),
    "messenger": N_("messenger"),
    "news": N_("news"),
    "phone": N_("phone"),
    "press": N_("press"),
    "review": N_("review"),
    "reviews": N_("reviews"),
    "sms": N_("sms"),
    "store": N_("store"),
    "survey": N_("survey"),
    "surveys": N_("surveys"),
    "telephone": N_("telephone"),
}


def channel_name(channel: str) -> str:
    """A channel's name in the reader's language."""
    return _(WORDS[channel]) if channel in WORDS else channel


def channel_names(channels: Iterable[str]) -> str:
    """Names of channels in a row."""
    return ", ".join(map(channel_name, channels))
