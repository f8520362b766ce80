"""Fine-tunes the encoder's upper layers: a low-rank change of each matrix (LoRA, Hu et al. 2021), and heads.

Needs PyTorch, for the CPU. Matrices and states are in bfloat16; the lower layers run once: nothing below changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flows.understand.models.encoder.graph import MASKED, Delta, adapted
from flows.understand.models.encoder.package import WeightsFile, unpack
from flows.understand.models.encoder.pieces import Pieces
from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, WIDTH
from flows.understand.training.corpus import Corpus
from flows.understand.training.mixing import Ints

FROZEN = 6  # lower layers that stay as they are
RANK = 16
STRETCH = 2.0  # of the low-rank change
SHARP = 20.0  # heads see unit vectors of this length
EPOCHS = 2.2
BATCH = 32
RATE, HEADS_RATE = 1e-3, 4e-3
WARM_UP = 0.06  # of all steps
SMOOTHING = 0.05  # of labels
LOSSES = {"answerable": 0.5, "journey": 0.6, "settled": 0.4, "noise": 0.4}  # weights of tasks; the others have 1
PARTS = {"qkv": ("q", "k", "v"), "ao": ("ao",), "fi": ("fi",), "fo": ("fo",)}

Say = Callable[[str], None]


def tune(corpus: Corpus, rows: Ints, file: WeightsFile, pieces: Pieces, say: Say) -> tuple[Delta, Floats, Floats]:
    """The change of the encoder, and weights and biases of the heads, learnt from these rows of a corpus."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = _Network(file)
    heads = torch.zeros(WIDTH, file.shape.width).normal_(std=0.02).requires_grad_()
    biases = torch.zeros(WIDTH, requires_grad=True)
    states = network.lower(pieces.read([corpus.texts[row] for row in rows]))
    say(f"encoder: {len(rows):,} texts went through the lower layers")
    labels = torch.tensor(np.stack([corpus.labels[task][rows] for task in TASKS], axis=1))
    changes = list(network.changes.values())
    groups = [{"params": changes, "lr": RATE}, {"params": [heads, biases], "lr": HEADS_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = int(len(rows) // BATCH * EPOCHS)
    slope = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)
    )
    for step, batch in zip(range(steps), _batches([len(state) for state in states]), strict=False):
        vectors = torch.nn.functional.normalize(network.upper([states[row] for row in batch]), dim=1) * SHARP
        loss = _loss(torch.nn.functional.dropout(vectors, 0.1) @ heads.T + biases, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(changes, 1.0)
        optimizer.step()
        slope.step()
        if step % 100 == 0:
            say(f"encoder: step {step:,} of {steps:,}, loss {loss.item():.2f}")
    return network.delta(), heads.detach().numpy().T * SHARP, biases.detach().numpy()


def _loss(scores: Any, labels: Any) -> Any:
    """Cross-entropy of the tasks whose label is known, a text."""
    from torch.nn.functional import cross_entropy

    total = scores.sum() * 0
    for number, task in enumerate(TASKS):
        known = labels[:, number] >= 0
        if known.any():
            of_task = cross_entropy(
                scores[known][:, COLUMNS[task]], labels[known, number], label_smoothing=SMOOTHING, reduction="sum"
            )
            total = total + LOSSES.get(task, 1.0) * of_task / len(labels)
    return total


def _batches(lengths: list[int]) -> Any:
    """Rows by chance, those of a batch of like length; without end."""
    drawn = np.random.default_rng(0)
    while True:
        order = drawn.permutation(len(lengths))
        for first in range(0, len(order), BATCH * 20):
            chunk = sorted(order[first : first + BATCH * 20].tolist(), key=lengths.__getitem__)
            batches = [chunk[start : start + BATCH] for start in range(0, len(chunk), BATCH)]
            yield from (batches[number] for number in drawn.permutation(len(batches)))


class _Network:
    """The encoder in PyTorch: the same as `encoder.graph`, with changes that can be learnt above `FROZEN`."""

    def __init__(self, file: WeightsFile) -> None:
        import torch

        self._file, self._shape, self.changes = file, file.shape, dict[str, Any]()
        width, inner = self._shape.width, self._shape.inner
        self._words = unpack(file.blocks("emb.word")).reshape(-1, width).astype(np.float16)
        self._places = torch.tensor(file.floats("emb.pos").reshape(-1, width) + file.floats("emb.type")[:width])
        self._matrices, self._biases = dict[str, Any](), dict[str, Any]()
        for layer in range(self._shape.layers):
            for name, parts in PARTS.items():
                key, inputs = f"l{layer}.{name}", inner if name == "fo" else width
                matrix = adapted(file, {}, key, parts, inputs)
                bias = np.concatenate([file.floats(f"l{layer}.{part}.b") for part in parts])
                self._matrices[key], self._biases[key] = (
                    torch.tensor(matrix).bfloat16(),
                    torch.tensor(bias).bfloat16(),
                )
                if layer >= FROZEN:
                    down = torch.randn(RANK, inputs) / inputs**0.5
                    self.changes[f"{key}.down"] = down.requires_grad_()
                    self.changes[f"{key}.up"] = torch.zeros(len(matrix), RANK, requires_grad=True)

    def lower(self, pieces: Sequence[list[int]]) -> list[Any]:
        """States of each text after the layers that stay as they are."""
        import torch

        found: list[Any] = [None] * len(pieces)
        order = sorted(range(len(pieces)), key=lambda row: len(pieces[row]))
        with torch.no_grad():
            for first in range(0, len(order), 64):
                rows = order[first : first + 64]
                words = [torch.tensor(self._words[pieces[row]]).float() for row in rows]
                states = [self._normalize(each + self._places[: len(each)], "emb.ln") for each in words]
                for row, state in zip(rows, self._run(states, range(FROZEN)), strict=True):
                    found[row] = state[: len(pieces[row])].clone()
        return found

    def upper(self, states: list[Any]) -> Any:
        """One vector a text: the mean of its states after all layers."""
        import torch

        last = self._run(states, range(FROZEN, self._shape.layers)).float()
        return torch.stack([state[: len(first)].mean(dim=0) for state, first in zip(last, states, strict=True)])

    def delta(self) -> Delta:
        """What was learnt, as `encoder.graph` takes it."""
        found = {name: change.detach().numpy() for name, change in self.changes.items()}
        return {name: change * STRETCH if name.endswith(".up") else change for name, change in found.items()}

    def _run(self, states: list[Any], layers: range) -> Any:
        import torch

        lengths = torch.tensor([len(state) for state in states])
        state = torch.nn.utils.rnn.pad_sequence(states, batch_first=True)
        is_padding = torch.arange(state.shape[1])[None, :] >= lengths[:, None]
        mask = (is_padding.float() * MASKED)[:, None, None, :].bfloat16()
        for layer in layers:
            state = self._layer(f"l{layer}", state, mask)
        return state

    def _layer(self, layer: str, state: Any, mask: Any) -> Any:
        import torch

        texts, pieces, width = state.shape
        size = width // self._shape.heads
        asked, keys, values = (
            self._linear(f"{layer}.qkv", state).view(texts, pieces, 3, -1, size).permute(2, 0, 3, 1, 4)
        )
        seen = torch.softmax(asked * size**-0.5 @ keys.transpose(-1, -2) + mask, dim=-1) @ values
        looked = self._linear(f"{layer}.ao", seen.transpose(1, 2).reshape(texts, pieces, width))
        state = self._normalize(state + looked, f"{layer}.aln")
        raised = torch.nn.functional.gelu(self._linear(f"{layer}.fi", state))
        return self._normalize(state + self._linear(f"{layer}.fo", raised), f"{layer}.oln")

    def _linear(self, name: str, given: Any) -> Any:
        from torch.nn.functional import linear

        found = linear(given, self._matrices[name], self._biases[name])
        if f"{name}.down" in self.changes:
            down, up = self.changes[f"{name}.down"].bfloat16(), self.changes[f"{name}.up"].bfloat16()
            found = found + linear(linear(given, down), up) * STRETCH
        return found

    def _normalize(self, given: Any, name: str) -> Any:
        import torch

        weights, biases = (torch.tensor(self._file.floats(f"{name}.{part}")) for part in "wb")
        normal = torch.nn.functional.layer_norm(given.float(), weights.shape, weights, biases, self._shape.epsilon)
        return normal.bfloat16()
