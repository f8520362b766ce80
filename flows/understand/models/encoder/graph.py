"""Builds the encoder's network as an ONNX graph in 8 bits, from the weights file and a small delta of our own.

States are scaled to eight bits piece by piece, each by its own largest number: what a text says does not hang on
the batch that it is read in, and a piece with great numbers takes no precision from the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flows.understand.models.encoder.package import Floats, Shape, WeightsFile

OPSET = 20
MICROSOFT = "com.microsoft"  # operators of onnxruntime's own
MASKED = -1e4  # added where attention may not look
STEPS = 127  # of eight bits to either side of nought
LEAST = 1e-9  # a piece's largest number, so that nothing is divided by nought
GELU_LEAST = 0.17  # how far below nought a Gelu goes: its largest number alone tells the scale

Delta = dict[str, Floats]


def build(weights: WeightsFile, delta: Delta, file: Path) -> None:
    """Write the graph: `states` (texts, pieces, width) and `mask` (texts, 1, 1, pieces) in, new states out."""
    import onnx

    writer = _Writer(weights.shape)
    state = writer.normalize("states", weights.floats("emb.ln.w"), weights.floats("emb.ln.b"))
    for layer in range(weights.shape.layers):
        state = _write_layer(writer, weights, delta, f"l{layer}", state)
    onnx.save(writer.model(state), file)


def adapted(weights: WeightsFile, delta: Delta, name: str, parts: tuple[str, ...], inputs: int) -> Floats:
    """A matrix of the package (or several, stacked) plus our low-rank change of it; a row an output."""
    layer = name.split(".", maxsplit=1)[0]
    matrix = np.concatenate([weights.matrix(f"{layer}.{part}.w", inputs) for part in parts])
    if f"{name}.down" in delta:
        matrix += delta[f"{name}.up"].astype(np.float32) @ delta[f"{name}.down"].astype(np.float32)
    return matrix


def _write_layer(writer: _Writer, weights: WeightsFile, delta: Delta, layer: str, state: str) -> str:
    width, inner = weights.shape.width, weights.shape.inner

    def linear(given: str, name: str, parts: tuple[str, ...], inputs: int, *, is_raised: bool = False) -> str:
        matrix = adapted(weights, delta, f"{layer}.{name}", parts, inputs)
        bias = np.concatenate([weights.floats(f"{layer}.{part}.b") for part in parts])
        return writer.linear(given, matrix, bias, is_raised=is_raised)

    def normalize(given: str, name: str) -> str:
        return writer.normalize(given, weights.floats(f"{layer}.{name}.w"), weights.floats(f"{layer}.{name}.b"))

    looked = writer.attend(linear(state, "qkv", ("q", "k", "v"), width))
    state = normalize(writer.add("Add", linear(looked, "ao", ("ao",), width), state), "aln")
    raised = writer.add("Gelu", linear(state, "fi", ("fi",), width))
    return normalize(writer.add("Add", linear(raised, "fo", ("fo",), inner, is_raised=True), state), "oln")


class _Writer:
    """Collects the nodes and constants of a graph."""

    def __init__(self, shape: Shape) -> None:
        self._shape, self._nodes, self._constants = shape, list[Any](), list[Any]()
        size = shape.width // shape.heads
        self._heads = self.constant(np.array([0, 0, shape.heads, size]))
        self._flat = self.constant(np.array([0, 0, shape.width]))
        self._thirds = self.constant(np.full(3, shape.width))
        self._scale = self.constant(np.array(size**-0.5, dtype=np.float32))
        self._step, self._middle = (
            self.constant(np.array(1 / STEPS, np.float32)),
            self.constant(np.array(128, np.uint8)),
        )
        self._last = self.constant(np.array([-1]))
        self._least, self._gelu_least = (self.constant(np.array(one, np.float32)) for one in (LEAST, GELU_LEAST))

    def constant(self, value: Any) -> str:
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        from onnx import helper

        names = [f"n{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, given: str, matrix: Floats, bias: Floats, *, is_raised: bool) -> str:
        """Multiply in eight bits: a scale a row of `given` (a piece), and one an output of the matrix."""
        scales = np.maximum(np.abs(matrix).max(axis=1), LEAST).astype(np.float32) / STEPS
        packed = np.rint(matrix / scales[:, None]).astype(np.int8)
        size = given if is_raised else self.add("Abs", given)
        largest = self.add("ReduceMax", size, self._last, keepdims=1)
        largest = self.add("Max", largest, self._gelu_least if is_raised else self._least)
        eighth = self.add("QuantizeLinear", self.add("Div", given, largest), self._step, self._middle)
        constants = self.constant(packed.T), self._step, self.constant(scales), self._middle
        product = self.add("MatMulIntegerToFloat", eighth, *constants, domain=MICROSOFT)
        return str(self.add("Add", self.add("Mul", product, largest), self.constant(bias)))

    def normalize(self, given: str, weights: Floats, biases: Floats) -> str:
        """Layer normalisation, in parts: onnxruntime's own operator takes twice as long."""
        width = self._shape.width
        apart = self.add("Sub", given, self.add("ReduceMean", given, self._last, keepdims=1))
        spread = self.add("ReduceSumSquare", apart, self._last, keepdims=1)
        spread = self.add("Sqrt", self.add("Add", spread, self.constant(np.float32(width * self._shape.epsilon))))
        scaled = self.add("Mul", self.add("Div", apart, spread), self.constant(weights * np.float32(width**0.5)))
        return str(self.add("Add", scaled, self.constant(biases)))

    def attend(self, given: str) -> str:
        asked, keys, values = self.add("Split", given, self._thirds, outputs=3, axis=-1)
        asked, values = self._by_head(asked, [0, 2, 1, 3]), self._by_head(values, [0, 2, 1, 3])
        scores = self.add("MatMul", asked, self._by_head(keys, [0, 2, 3, 1]))
        scores = self.add("Add", self.add("Mul", scores, self._scale), "mask")
        seen = self.add("MatMul", self.add("Softmax", scores, axis=-1), values)
        return str(self.add("Reshape", self.add("Transpose", seen, perm=[0, 2, 1, 3]), self._flat))

    def _by_head(self, given: str, order: list[int]) -> str:
        return str(self.add("Transpose", self.add("Reshape", given, self._heads), perm=order))

    def model(self, last: str) -> Any:
        from onnx import TensorProto, helper

        width, kind = self._shape.width, TensorProto.FLOAT
        given = [
            helper.make_tensor_value_info("states", kind, ["texts", "pieces", width]),
            helper.make_tensor_value_info("mask", kind, ["texts", 1, 1, "pieces"]),
        ]
        found = [helper.make_tensor_value_info(last, kind, ["texts", "pieces", width])]
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        graph = helper.make_graph(self._nodes, "encoder", given, found, self._constants)
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)
