"""What the author wrote, apart from what is quoted and from the signature. Nothing is lost: the pieces, joined, are
the text.

A line reader of our own: each rule looks at a line or four, so time grows with the text alone. Rules lean to the
author: what is not clearly a quote is the author's.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["own", "quoted", "signature"]
Piece: TypeAlias = tuple[Kind, str]

MARKED = re.compile(r"\s{0,3}>")
WROTE = re.compile(
    r"\b(wrote|writes|a écrit|écrit|schrieb|escribió|ha scritto|schreef|escreveu|skrev|napisał|написала?|пишет)\b",
    re.IGNORECASE,
)
OPENS = re.compile(r"[-\s*]*(On|Le|Am|El|Il|Op|Em|Den|Dnia)\b")
DATED = re.compile(r"\d{1,4}[./-]\d{1,2}|\d{1,2}[:h]\d{2}|\b(19|20)\d{2}\b")
ADDRESSED = re.compile(r"\S@\S")
SEPARATOR = re.compile(
    r"\s*[-_=*]{2,}\s*(Original message|Forwarded message|Message d'origine|Message original|Message transféré"
    r"|Message transmis|E-mail d'origine|Ursprüngliche Nachricht|Weitergeleitete Nachricht|Mensaje original"
    r"|Messaggio originale|Oorspronkelijk bericht|Mensagem original)\s*[-_=*]{2,}\s*",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\s*\*?(?:(?P<sender>From|De|Von|Da|Van|Fra|Från|От)"
    r"|Sent|Date|To|Cc|Subject|Reply-To|Envoyé(?: le| par)?|À|A|Objet|Copie(?: à)?|Répondre à|Gesendet|Datum|An"
    r"|Betreff|Para|Enviado(?: el)?|Fecha|Asunto|Inviato|Data|Oggetto|Verzonden|Aan|Onderwerp|Отправлено|Дата"
    r"|Кому|Тема)\s?\*?:\*?(?=\s|$)",
    re.IGNORECASE,
)
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
    shown = [line.replace("\xa0", " ").replace("\u200e", "") for line in lines]
    kinds: list[Kind] = ["own"] * len(lines)
    _mark_quotes(shown, kinds, is_reply=is_reply)
    _mark_signature(shown, kinds)
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
        if not marked[at] and _opens_block(lines, at):
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
    """How many lines from here on say who wrote what is quoted next; 0 where none do.

    A quote that nothing marks needs a sure sign: a date, a verb, and the word such lines begin with or an address.
    """
    joined = ""
    for length in range(1, 5):
        if at + length > len(lines) or marked[at + length - 1] or not lines[at + length - 1].strip():
            break
        joined = f"{joined} {lines[at + length - 1].strip()}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            break
        if not joined.rstrip("*_ ").endswith(":"):
            continue
        if length > 1 and not any(x.search(lines[at]) for x in (DATED, ADDRESSED)) and not OPENS.match(lines[at]):
            return 0  # the line before an attribution, not its first
        begins = following[at + length - 1]
        is_verb, is_dated, is_addressed = (bool(x.search(joined)) for x in (WROTE, DATED, ADDRESSED))
        if begins is not None and marked[begins] and (is_verb or is_dated or is_addressed):
            return length
        if is_verb and is_dated and (OPENS.match(joined) or is_addressed):
            return length
    return 0


def _opens_block(lines: list[str], at: int) -> bool:
    """A line that begins an unmarked quote: a separator, or three header lines of which one says from whom."""
    return bool(SEPARATOR.fullmatch(lines[at])) or _labels(lines, at) >= 3


def _labels(lines: list[str], at: int) -> int:
    """How many lines of headers stand here, folded ones as one; 0 without a sender, or where the first is none."""
    count, has_sender, misses = 0, False, 0
    for line in lines[at : at + 12]:
        found = LABEL.match(line)
        if found:
            count += 1
            has_sender = has_sender or bool(found.group("sender"))
            misses = 0
        elif not count or not line.strip() or misses:
            break
        else:
            misses += 1
    return count if has_sender else 0


def _after_block(lines: list[str], at: int, following: list[int | None]) -> int | None:
    """The first line after a separator and the header lines that come with it."""
    begins: int | None = at
    if SEPARATOR.fullmatch(lines[at]):
        begins = following[at]
    while begins is not None and LABEL.match(lines[begins]) and begins - at < 14:
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
