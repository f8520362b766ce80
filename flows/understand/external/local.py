"""A classifier of a company's own in a folder: model.onnx, tokenizer.json and config.json, as exporters write them.

What it calls its labels is mapped to a task's values; several of its labels may mean one value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from flows.errors import SettingError
from flows.understand.analyzer import COMPANY_TASKS, Text
from flows.understand.external.beside import Answers, Base, Beside
from flows.understand.external.configuration import Strict, read
from flows.understand.models.encoder.package import checksum
from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH

SETTING = "VIGIE_UNDERSTAND_ONNX"
BATCH = 16  # texts of like length that go through the network together
READ_CHARACTERS = 4000
FILES = ("model.onnx", "tokenizer.json", "config.json")


class ModelConfig(Strict):
    """One classifier: which task it answers, and what each of its labels means."""

    folder: Path
    task: str
    labels: dict[str, str] = Field(default_factory=dict)  # its label: our value; empty: they are called alike
    longest: int = Field(256, ge=8, le=8192)  # pieces of a text that are read

    @field_validator("labels", mode="before")
    @classmethod
    def _as_words(cls, given: Any) -> Any:
        """YAML reads no and yes as truth, and 1 as a number."""
        words = {True: "yes", False: "no"}
        if not isinstance(given, dict):
            return given
        return {str(k): words[v] if isinstance(v, bool) else str(v) for k, v in given.items()}

    @model_validator(mode="after")
    def _of_task(self) -> ModelConfig:
        if self.task not in VALUES:
            raise ValueError(f"task: {self.task}; there are {', '.join(VALUES)}")
        unknown = sorted(set(self.labels.values()) - set(VALUES[self.task]))
        if unknown:
            raise ValueError(f"{self.task} has no {', '.join(unknown)}; it has {', '.join(VALUES[self.task])}")
        return self


class LocalConfig(Strict):
    """Classifiers, one a task, and the shipped analyser that answers the other tasks."""

    models: tuple[ModelConfig, ...] = Field(min_length=1)
    base: Base = "fast"


class Classifier:
    """One classifier, opened."""

    def __init__(self, config: ModelConfig) -> None:
        """Raises SettingError where a file is missing or is not what it should be."""
        folder, self.task = config.folder.expanduser(), config.task
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise SettingError(f"{SETTING}: {folder} has no {', '.join(missing)}")
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise SettingError("a model of your own needs a tokenizer: pip install 'vigie[onnx]'") from error
        try:
            shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self._session: Any = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise what they like
            raise SettingError(f"{SETTING}: {folder} cannot be opened: {error}") from error
        self._meaning = _meaning(config, shape, folder)
        self._is_many = shape.get("problem_type") == "multi_label_classification"
        places = shape.get("max_position_embeddings")
        # Some models begin to count their places at 2.
        longest = min(config.longest, places - 2) if isinstance(places, int) and places > 16 else config.longest
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()
        self._padding = int(shape.get("pad_token_id") or 0)
        self._inputs = [one.name for one in self._session.get_inputs()]
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown:
            raise SettingError(f"{SETTING}: {folder}/model.onnx wants {', '.join(sorted(unknown))}: not known here")
        self.version = "+".join(checksum(folder / name)[:12] for name in FILES)

    def read(self, texts: Sequence[str]) -> Floats:
        """One row a text, one column a value of the task."""
        given = [text[:READ_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        pieces = [one.ids for one in self._tokenizer.encode_batch(given)]
        order = np.argsort([len(found) for found in pieces], kind="stable")
        chances = np.zeros((len(texts), self._meaning.shape[1]), dtype=np.float32)
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            chances[chosen] = self._run([pieces[number] or [self._padding] for number in chosen])
        return chances

    def _run(self, batch: list[list[int]]) -> Floats:
        numbers = np.full((len(batch), max(map(len, batch))), self._padding, dtype=np.int64)
        is_text = np.zeros_like(numbers)
        for row, found in enumerate(batch):
            numbers[row, : len(found)], is_text[row, : len(found)] = found, 1
        given = {"input_ids": numbers, "attention_mask": is_text, "token_type_ids": np.zeros_like(numbers)}
        logits = np.asarray(self._session.run(None, {name: given[name] for name in self._inputs})[0], np.float64)
        if self._is_many:
            likely = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        else:
            likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        meant: NDArray[np.float64] = likely @ self._meaning + 1e-9  # what means nothing here is left out
        chances: NDArray[np.float32] = (meant / meant.sum(axis=1, keepdims=True)).astype(np.float32)
        return chances


class Local:
    """All classifiers of a company."""

    name = "onnx"
    page = 1000

    def __init__(self, config: LocalConfig) -> None:
        """Open each; raises SettingError."""
        self._models = [Classifier(one) for one in config.models]
        told = "+".join([config.model_dump_json(exclude={"base"}), *(model.version for model in self._models)])
        self.version = hashlib.sha256(told.encode()).hexdigest()[:12]

    def read(self, texts: Sequence[Text]) -> Answers:
        """Answer each model's task, of the texts of its side."""
        chances = np.full((len(texts), WIDTH), np.nan, dtype=np.float32)
        is_company = np.array([text.is_company for text in texts], dtype=bool)
        for model in self._models:
            rows = np.flatnonzero(is_company == (model.task in COMPANY_TASKS))
            if len(rows):
                chances[rows, COLUMNS[model.task]] = model.read([texts[row].text for row in rows.tolist()])
        return Answers(chances, np.zeros((len(texts), len(TASKS)), dtype=bool))


def open_local() -> Beside:
    """The analyser `onnx`, as the file of VIGIE_UNDERSTAND_ONNX says; raises SettingError."""
    from flows.settings import settings

    config = read(settings().understand_onnx, SETTING, LocalConfig)
    return Beside(Local(config), config.base)


def _meaning(config: ModelConfig, shape: dict[str, Any], folder: Path) -> NDArray[np.float64]:
    """1 where a label of the model (a row) means a value of the task (a column)."""
    names = {int(number): str(name) for number, name in (shape.get("id2label") or {}).items()}
    if sorted(names) != list(range(len(names))) or not names:
        raise SettingError(f"{SETTING}: {folder}/config.json has no id2label that counts from 0")
    values = VALUES[config.task]
    given = config.labels or {value: value for value in values}
    wanted = {name.lower(): value for name, value in given.items()}
    strange = sorted(set(wanted) - {name.lower() for name in names.values()}) if config.labels else []
    meaning = np.zeros((len(names), len(values)))
    for number, name in names.items():
        if name.lower() in wanted:
            meaning[number, values.index(wanted[name.lower()])] = 1
    if strange or not meaning.any():
        there = ", ".join(names.values())
        lacking = ", ".join(strange) or "of the task"
        raise SettingError(f"{SETTING}: {folder} has no label {lacking}; it has {there}")
    return meaning
