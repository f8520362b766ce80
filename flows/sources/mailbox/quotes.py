"""What the author wrote, apart from what is quoted and from the signature. Nothing is lost: the pieces, joined, are
the text.

A line reader of our own: each rule looks at a line or four, so time grows with the text alone. Rules lean to the
author: what is not clearly a quote is the author's.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Literal, TypeAlias

from flows.sources.mailbox.attributions import (
    ADDRESSED,
    CLOCKED,
    DATED,
    OPENS,
    folded,
    is_attribution,
    is_separator,
    label,
    shown,
)

Kind: TypeAlias = Literal["own", "quoted", "signature"]
Piece: TypeAlias = tuple[Kind, str]

MARKED = re.compile(r"\s{0,3}>")
DASHED = re.compile(r"\s*[-_=*]{2,}\s*[^-_=*\s].{0,60}[^-_=*\s]\s*[-_=*]{2,}\s*")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
RULE = re.compile(r"\s*[-_]{20,}\s*")
LIST_FOOTER = re.compile(r"mailing list|unsubscribe|liste de diffusion|désabonn|désinscri", re.IGNORECASE)
DASHES = re.compile(r"--\s*")
MOBILE = re.compile(
    r"\s*[*_]?(Sent (from|via|with) |Get Outlook for|Envoyé (de|depuis|à partir de|avec|via) "
    r"|Télécharge[rz] Outlook|Obtenir Outlook|Provenance : |Gesendet (von|mit)|Von mein\w+ .{1,40} gesendet"
    r"|Enviado (desde|de) |Inviato da)",
    re.IGNORECASE,
)
LONGEST_ATTRIBUTION = 400
LONGEST_SIGNATURE = 30
LONGEST_FOOTER = 10


def separate(text: str, *, is_reply: bool) -> list[Piece]:
    """Split a text into pieces of whole lines. `is_reply`: it answers something, so `>` marks quotes.

    Elsewhere a `>` may be a prompt or a bullet, unless a line before it says who is quoted.
    """
    lines = text.split("\n")
    plain = [shown(line) for line in lines]
    kinds: list[Kind] = ["own"] * len(lines)
    _mark_quotes(plain, kinds, is_reply=is_reply)
    _mark_signature(plain, kinds)
    return [
        (kind, "\n".join(line for _, line in group))
        for kind, group in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0])
    ]


def own_words(pieces: list[Piece], *, is_reply: bool) -> str:
    """What the author wrote; of a mail that only passes something on, and answers nothing, all that it says."""
    for wanted in (("own",), ("own", "quoted") if not is_reply else ()):
        text = "\n".join(text for kind, text in pieces if kind in wanted)
        if text.strip():
            return re.sub(r"\n[ \t]*(\n[ \t]*)+\n", "\n\n", "\n".join(x.rstrip() for x in text.split("\n"))).strip()
    return ""


def _mark_quotes(lines: list[str], kinds: list[Kind], *, is_reply: bool) -> None:
    marked = [bool(MARKED.match(line)) for line in lines]
    following = _following(lines)
    is_known = is_reply
    at = 0
    while at < len(lines):
        length = 0 if marked[at] or not lines[at].strip() else _attribution(lines, marked, following, at)
        if length:
            is_known = True
            kinds[at : at + length] = ["quoted"] * length
            begins = following[at + length - 1]
            if begins is None or not marked[begins]:
                _rest(kinds, at)
                break
            at = begins
            continue
        if not marked[at] and _opens_block(lines, at, following):
            begins = _after_block(lines, at, following)
            if begins is not None and marked[begins]:
                kinds[at:begins] = ["quoted"] * (begins - at)
                is_known = True
                at = begins
                continue
            _rest(kinds, _rule_before(lines, at))
            break
        at += 1
    if is_known:
        for at, is_marked in enumerate(marked):
            if is_marked:
                kinds[at] = "quoted"


def _following(lines: list[str]) -> list[int | None]:
    """For each line, the next that is not empty."""
    found: list[int | None] = []
    last: int | None = None
    for at in range(len(lines) - 1, -1, -1):
        found.append(last)
        if lines[at].strip():
            last = at
    return found[::-1]


def _rest(kinds: list[Kind], begins: int) -> None:
    kinds[begins:] = ["quoted"] * (len(kinds) - begins)


def _attribution(lines: list[str], marked: list[bool], following: list[int | None], at: int) -> int:
    """How many lines from here on say who wrote what is quoted next; 0 where none do."""
    joined = ""
    for length in range(1, 5):
        if at + length > len(lines) or marked[at + length - 1] or not lines[at + length - 1].strip():
            break
        joined = f"{joined} {lines[at + length - 1].strip()}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            break
        if not joined.rstrip("*_ ").endswith((":", "：")):
            continue
        first = lines[at]
        if length > 1 and not any(x.search(first) for x in (DATED, ADDRESSED)) and not OPENS.match(folded(first)):
            return 0  # the line before an attribution, not its first
        begins = following[at + length - 1]
        if is_attribution(joined, is_marked=begins is not None and marked[begins]):
            return length
    return 0


def _opens_block(lines: list[str], at: int, following: list[int | None]) -> bool:
    """A line that begins an unmarked quote: a separator, or a block of header lines."""
    if is_separator(lines[at]) or _is_block(lines, at):
        return True
    after = following[at]
    return after is not None and bool(DASHED.fullmatch(lines[at])) and "sender" in label(lines[after]).values()


def _is_block(lines: list[str], at: int) -> bool:
    """Three header lines or more of one language (or English ones), folded ones as one.

    One says from whom. One is the subject, or an address stands there, or the moment comes second, as Outlook
    writes it: else it is somebody's own list, of a journey perhaps (From, To, Date).
    """
    roles: dict[str, list[str]] = {}
    is_sure, misses = False, 0
    for place, line in enumerate(lines[at : at + 12]):
        said = label(line)
        if said:
            for language in {*said, *(roles if "en" in said else ())}:
                roles.setdefault(language, list(roles.get("en", ()))).append(said.get(language) or said["en"])
            is_moment = place == 1 and "sent" in said.values() and CLOCKED.search(line)
            is_sure = is_sure or bool(is_moment and YEAR.search(line))
            misses = 0
        elif not place or not line.strip() or misses:
            break
        else:
            misses += 1
        is_sure = is_sure or "subject" in said.values() or ADDRESSED.search(line) is not None
    return is_sure and any(len(found) >= 3 and "sender" in found for found in roles.values())


def _after_block(lines: list[str], at: int, following: list[int | None]) -> int | None:
    """The first line after a separator and the header lines that come with it."""
    begins: int | None = at
    if not label(lines[at]):
        begins = following[at]
    while begins is not None and label(lines[begins]) and begins - at < 14:
        begins = following[begins]
    return begins


def _rule_before(lines: list[str], at: int) -> int:
    """Where a quote begins, with the rule above it."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and RULE.fullmatch(lines[above]) else at


def _mark_signature(lines: list[str], kinds: list[Kind]) -> None:
    """Mark the signature: from `-- `, a telephone's line or a list's footer to the end of what the author wrote."""
    last = max((at for at, line in enumerate(lines) if kinds[at] == "own" and line.strip()), default=0)
    for begins, ends in _blocks(kinds):
        written = [at for at in range(begins, ends) if lines[at].strip()]
        for place, at in enumerate(written):
            left = len(written) - place - 1
            line = lines[at]
            # Dashes without their space divide paragraphs, too: then nothing of the author's may come after.
            is_dashes = DASHES.fullmatch(line) and left <= LONGEST_SIGNATURE and (line == "-- " or last < ends)
            is_mobile = left <= 2 and len(line) < 100 and MOBILE.match(line)
            if is_dashes or is_mobile or (left <= LONGEST_FOOTER and _is_footer(lines, at)):
                kinds[at:ends] = ["signature"] * (ends - at)
                break


def _blocks(kinds: list[Kind]) -> list[tuple[int, int]]:
    """Stretches of the author's own lines."""
    found, begins = [], 0
    for kind, group in groupby(kinds):
        ends = begins + len(list(group))
        if kind == "own":
            found.append((begins, ends))
        begins = ends
    return found


def _is_footer(lines: list[str], at: int) -> bool:
    return bool(RULE.fullmatch(lines[at])) and any(LIST_FOOTER.search(line) for line in lines[at + 1 : at + 4])
