"""Whom a From names: the address wherever it stands, and the name beside it.

RFC 5322 wants a name with a comma in quotes; half of the world's programs write it bare. So commas part two senders
only where both have an address, and an address counts before anything that only looks like a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.sources.mailbox.headers import unfolded, words

LONGEST = 2_000
LOCAL = r"(?:\"(?:[^\"\\]|\\.)+\"|[^\s@<>()\[\],;:\"\\]+)"
DOMAIN = r"(?:[^\s@<>()\[\],;:\"\\]+|\[[\w.:]+\])"
ADDRESS = re.compile(rf"{LOCAL}@{DOMAIN}")
BARE = re.compile(
    rf"(?<![^\s<>()\[\],;:\"'=]){LOCAL}@[\w-]+(?:\.[\w-]+)+"
)  # amid other words: its domain has a dot
SPELT_OUT = re.compile(r"(\S+) (?:at|\(at\)|\[at\]) (\S+\.\S+)")  # as public archives write addresses
ANGLES = re.compile(r"<([^<>]*)(?:>|$)")
SCHEME = re.compile(r"(?:mailto|smtp|e-?mail)\s*:\s*", re.IGNORECASE)
ROUTE = re.compile(r"@[^:<>]+:")  # <@relay.example:ann@example.net>, as RFC 822 had it
GROUP = re.compile(r"[^:;<>@\"()\[\]]*:(?!//)")
AROUND_AT = re.compile(r"[ \t]+@[ \t]*|@[ \t]+")
EMPTY = re.compile(r"[\[(<]\s*(?:mailto|smtp)?\s*:?\s*[\])>]", re.IGNORECASE)
BARE_QUOTE, ESCAPED = re.compile(r'(?<!\\)"'), re.compile(r"\\(.)")
CLOSES = {'"': '"', "(": ")", "<": ">"}


@dataclass(frozen=True)
class Sender:
    """Who a header names: the name shown, the address where it is one, and what stands in its place."""

    name: str
    address: str | None
    written: str


def sender(value: str) -> Sender | None:
    """The first person that a header names, one with an address before all others; None where it names nobody."""
    value = unfolded(value[:LONGEST])
    named: Sender | None = None
    for text in dict.fromkeys((value, words(value))):  # encoded whole, it says nothing before it is decoded
        for found in _senders(text):
            if found.address:
                return found
            named = named or (found if found.written else None)
    return named


def _senders(value: str) -> Iterator[Sender]:
    """Senders in a header, in order: pieces between commas, one without an address joined to what comes after."""
    pending = ""
    for piece in _pieces(value):
        pending = f"{pending}, {piece}" if pending else piece
        found = _sender(pending)
        if found.address:
            yield found
            pending = ""
    if pending:
        yield _sender(pending)


def _pieces(value: str) -> list[str]:
    """Split at commas and semicolons that stand in no quotes, comments or brackets; names of groups go."""
    pieces = [""]
    ends: list[str] = []
    is_escaped = False
    for letter in value:
        inside = ends[-1] if ends else ""
        if is_escaped:
            is_escaped = False
        elif letter == "\\" and inside in {'"', ")"}:
            is_escaped = True
        elif letter == inside:
            ends.pop()
        elif letter in CLOSES and inside != '"' and (letter == "(" or inside != ")"):
            ends.append(CLOSES[letter])
        if letter in ",;" and not ends:
            pieces.append("")
        else:
            pieces[-1] += letter
    if ends and len(pieces) == 1 and ends[0] == '"':  # a quote that nothing closes
        return _pieces(value.replace('"', " ", 1)) if value.count('"') == 1 else [value.strip()]
    found = [_ungrouped(piece.strip()) for piece in pieces]
    return [piece for piece in found if piece]


def _ungrouped(piece: str) -> str:
    """A piece without the name of its group: `Team: ann@example.net`."""
    group = GROUP.match(piece)
    left = piece[group.end() :].strip() if group and not SCHEME.match(piece) else piece
    return piece if left.startswith("<") else left


def _sender(piece: str) -> Sender:
    """The sender that one piece names: its address stands in brackets, else amid words, else in a comment."""
    plain, comments = _parted(piece)
    # What stands in quotes is a name, whatever address that holds; it counts where there is no other.
    for angles in sorted(ANGLES.finditer(plain), key=lambda found: _is_quoted(plain, found)):
        if address := _address(angles.group(1)):
            before, after = plain[: angles.start()], plain[angles.end() :]
            return _made(before if before.strip(" <\"'") else after or comments, address, comments)
    if address := _address(plain):
        return _made("", address, comments)
    for found in BARE.finditer(plain):
        return _made(plain[: found.start()] + plain[found.end() :], _lower(found.group()), comments)
    for found in BARE.finditer(comments):
        return _made(plain, _lower(found.group()), "")
    empty = ANGLES.search(plain)
    place = " ".join((empty.group(1) if empty else plain).split())
    name = _name(plain[: empty.start()] if empty else comments)
    return Sender(name, None, (place or name).lower())


def _is_quoted(plain: str, found: re.Match[str]) -> bool:
    quotes = [quote.start() for quote in BARE_QUOTE.finditer(plain)]
    return sum(quote < found.start() for quote in quotes) % 2 == 1 and any(quote >= found.end() for quote in quotes)


def _parted(piece: str) -> tuple[str, str]:
    """A piece without its comments, and these; where there are brackets, comments are part of the name."""
    kept, comments, depth, is_quoted = [""], [""], 0, False
    has_angles = "<" in piece
    for place, letter in enumerate(piece):
        if letter == '"' and not depth and piece[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        depth += letter == "(" and not is_quoted
        (comments if depth and not has_angles else kept).append(letter)
        depth -= letter == ")" and not is_quoted and depth > 0
    said = "".join(comments).strip()
    return "".join(kept).strip(), said[1:-1] if said.startswith("(") and said.endswith(")") else said.strip("()")


def _address(text: str) -> str | None:
    """The address that a text is, however it is dressed up."""
    text = SCHEME.sub("", words(" ".join(text.split())).strip(" '"), count=1)
    text = ROUTE.sub("", text)
    spelt = SPELT_OUT.fullmatch(text)
    text = f"{spelt.group(1)}@{spelt.group(2)}" if spelt else AROUND_AT.sub("@", text)
    text = text.strip(" '.,;")
    return _lower(text) if ADDRESS.fullmatch(text) else None


def _made(name: str, address: str, comments: str) -> Sender:
    said = _name(name) or _name(comments)
    return Sender("" if _lower(said) == address else said, address, address)


def _lower(address: str) -> str:
    return address.strip("'").lower().rstrip(".")


def _name(said: str) -> str:
    """A name without quotes around it, or what was left of brackets when its address went."""
    said = EMPTY.sub("", said).strip(" ,;:<>[]")
    if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'":
        said = said[1:-1]
    return words(ESCAPED.sub(r"\1", BARE_QUOTE.sub("", said)))
