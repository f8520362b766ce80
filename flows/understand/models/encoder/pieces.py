"""Texts to the encoder's pieces of words, by SentencePiece with the vocabulary of the weights file."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from flows.understand.models.encoder.package import Vocabulary

READ_CHARACTERS = 2000  # of a text, before it is cut to LONGEST pieces
LONGEST = 96  # pieces, with the marks of beginning and end; what a writer wants is said by then
PREFIX = "query: "  # with which the encoder was trained

_LINK = re.compile(r"https?://\S+|\bhttps?\b|www\.\S+")
_PERSON = re.compile(r"@\w+")
_UNKNOWN, _CONTROL, _UNIGRAM = 2, 3, 1  # kinds in SentencePiece's format


class Pieces:
    """Reads texts; never fails for what they hold."""

    def __init__(self, file: Path, begin: int, end: int) -> None:
        """From a file that `write_model` made."""
        from sentencepiece import SentencePieceProcessor

        self._processor = SentencePieceProcessor(model_file=str(file))
        self._begin, self._end = begin, end

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        """Numbers of pieces, a list a text."""
        found = self._processor.encode([PREFIX + clean(text) for text in texts])
        return [[self._begin, *pieces[: LONGEST - 2], self._end] for pieces in found]


def clean(text: str) -> str:
    """Links and names of accounts away (they say nothing of what a text wants), letters in their plain form."""
    text = text[:READ_CHARACTERS].encode("utf-8", "replace").decode("utf-8")  # lone surrogates
    text = _PERSON.sub(" ", _LINK.sub(" ", text))
    return unicodedata.normalize("NFKC", text).replace("\x00", " ").strip()


def write_model(vocabulary: Vocabulary, file: Path) -> None:
    """Write the vocabulary as a model of SentencePiece (its protocol buffers: sentencepiece_model.proto)."""
    marks = dict.fromkeys((vocabulary.begin, vocabulary.end, vocabulary.padding), _CONTROL)
    marks[vocabulary.unknown] = _UNKNOWN
    parts = []
    for number, (piece, score) in enumerate(vocabulary.pieces):
        entry = _bytes(1, piece.encode()) + _key(2, 5) + struct.pack("<f", score)
        if number in marks:
            entry += _number(3, marks[number])
        parts.append(_bytes(1, entry))
    trainer = _number(3, _UNIGRAM) + b"".join(
        _number(field, number)
        for field, number in (
            (40, vocabulary.unknown),
            (41, vocabulary.begin),
            (42, vocabulary.end),
            (43, vocabulary.padding),
        )
    )
    normalizer = _bytes(1, b"identity") + _number(3, 1) + _number(4, 1) + _number(5, 1)
    file.write_bytes(b"".join(parts) + _bytes(2, trainer) + _bytes(3, normalizer))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _number(field: int, number: int) -> bytes:
    return _key(field, 0) + _varint(number)


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, 2) + _varint(len(content)) + content
