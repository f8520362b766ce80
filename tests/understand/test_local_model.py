"""A classifier of a company's own in a folder, as exporters write it; what its labels mean is told in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from flows.errors import SettingError
from flows.settings import settings
from flows.understand import registry
from flows.understand.analyzer import Analyzer, Text
from flows.understand.models.fast import FastAnalyzer
from flows.understand.profile import Profile
from tests.understand.test_fast import ODD

pytest.importorskip("tokenizers", reason="a model of a company's own needs the extra `onnx`")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "awful", "fine", "great", "##ful", "aw"]
STARS = {"0": "1 star", "1": "3 stars", "2": "5 stars"}
SAYS = {"awful": 0, "fine": 1, "great": 2}  # by word, the label


def write_tokenizer(file: Path) -> None:
    """The pieces of BERT's kind, by the library that reads them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(file))


def write_model(file: Path) -> None:
    """A network that counts: each word speaks for its label, padding for none."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    table = np.zeros((len(WORDS), len(STARS)), dtype=np.float32)
    for word, number in SAYS.items():
        table[WORDS.index(word), number] = 4
    table[0] = 100  # padding that is not masked would speak loudest
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["spoken"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["spoken", "wide"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "pieces"], ["logits"], keepdims=0),
    ]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "pieces"])
           for name in ("input_ids", "attention_mask")]  # fmt: skip
    out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", len(STARS)])
    constants = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([-1]), "last"),
                 numpy_helper.from_array(np.array([1]), "pieces")]  # fmt: skip
    graph = helper.make_graph(nodes, "stars", ids, [out], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stars"
    folder.mkdir()
    write_tokenizer(folder / "tokenizer.json")
    write_model(folder / "model.onnx")
    (folder / "config.json").write_text(json.dumps({"id2label": STARS, "pad_token_id": 0}))
    return folder


MEANING = {"1 star": "negative", "3 stars": "neutral", "5 stars": "positive"}
Open = Callable[..., Analyzer]


@pytest.fixture
def opened(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    def opened(**more: Any) -> Analyzer:
        model = {"folder": str(folder), "task": "sentiment", "labels": MEANING} | more
        file = tmp_path / "onnx.yaml"
        file.write_text(yaml.safe_dump({"models": [model]}), encoding="utf-8")
        monkeypatch.setenv("VIGIE_UNDERSTAND_ONNX", str(file))
        settings.cache_clear()
        return registry.open_analyzer("onnx", Profile())

    yield opened
    monkeypatch.undo()
    settings.cache_clear()


def test_its_labels_are_ours_by_the_file_and_other_tasks_the_shipped_analysers(opened: Open) -> None:
    texts = [Text("AWFUL"), Text("great great service, je me demande"), Text("it is fine")]

    told = opened().analyze(texts)

    assert [one.labels["sentiment"].value for one in told] == ["negative", "positive", "neutral"]
    chance = np.exp(4) / (np.exp(4) + 2)
    assert told[0].labels["sentiment"].probability == pytest.approx(chance, abs=1e-4)
    for one, shipped in zip(told, FastAnalyzer().analyze(texts), strict=True):
        assert one.labels["intent"] == shipped.labels["intent"]
    assert told[0].labels["language"].value != ""  # and language and lists are read beside it
    assert opened().name == "onnx"


def test_several_of_its_labels_may_mean_one_and_some_nothing(opened: Open) -> None:
    merged = opened(labels={"1 star": "negative", "3 stars": "negative"})
    (told,) = merged.analyze([Text("great")])
    assert told.labels["sentiment"].value == "negative"  # what says nothing here is left out
    assert told.labels["sentiment"].probability > 0.99


def test_a_text_says_the_same_in_any_batch(opened: Open) -> None:
    texts = [Text("awful " * n + "great") for n in range(40)]
    analyzer = opened()
    together = analyzer.analyze(texts)
    for text, one in zip(texts, together, strict=True):
        assert analyzer.analyze([text])[0].labels["sentiment"] == one.labels["sentiment"]


def test_odd_texts_get_an_answer(opened: Open) -> None:
    for own in opened().analyze([Text(text) for text in ODD]):
        assert all(np.isfinite(label.probability) for label in own.labels.values())


def test_its_version_is_that_of_its_files_and_of_what_they_mean(opened: Open, folder: Path) -> None:
    first = opened().version
    assert opened().version == first
    assert opened(labels=MEANING | {"3 stars": "negative"}).version != first
    (folder / "config.json").write_text(json.dumps({"id2label": STARS, "pad_token_id": 0, "more": 1}))
    assert opened().version != first


def test_what_is_missing_or_unknown_is_said(opened: Open, folder: Path) -> None:
    with pytest.raises(SettingError, match=r"has no label 6 stars; it has 1 star, 3 stars, 5 stars"):
        opened(labels={"6 stars": "positive"})
    with pytest.raises(SettingError, match="has no label of the task"):
        opened(labels={})
    with pytest.raises(SettingError, match="sentiment has no angry"):
        opened(labels={"1 star": "angry"})
    (folder / "model.onnx").write_bytes(b"no network")
    with pytest.raises(SettingError, match="cannot be opened"):
        opened()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(SettingError, match=r"has no tokenizer\.json"):
        opened()
