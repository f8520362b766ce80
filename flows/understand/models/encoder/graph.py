"""Builds the encoder's network as an ONNX graph in 8 bits, from the weights file and a small delta of our own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from flows.understand.models.encoder.package import Floats, Shape, WeightsFile

OPSET = 20
MASKED = -1e4  # added where attention may not look

Delta = dict[str, Floats]


def build(weights: WeightsFile, delta: Delta, file: Path) -> None:
    """Write the graph: `states` (texts, pieces, width) and `mask` (texts, 1, 1, pieces) in, new states out."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    writer = _Writer(weights.shape)
    state = writer.normalize("states", weights.floats("emb.ln.w"), weights.floats("emb.ln.b"))
    for layer in range(weights.shape.layers):
        state = _write_layer(writer, weights, delta, f"l{layer}", state)
    with TemporaryDirectory(dir=file.parent) as folder:
        plain = Path(folder) / "plain.onnx"
        onnx.save(writer.model(state), plain)
        quantize_dynamic(
            plain, file, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"]
        )


def adapted(weights: WeightsFile, delta: Delta, name: str, parts: tuple[str, ...], inputs: int) -> Floats:
    """A matrix of the package (or several, stacked) plus our low-rank change of it; a row an output."""
    layer = name.split(".", maxsplit=1)[0]
    matrix = np.concatenate([weights.matrix(f"{layer}.{part}.w", inputs) for part in parts])
    if f"{name}.down" in delta:
        matrix += delta[f"{name}.up"].astype(np.float32) @ delta[f"{name}.down"].astype(np.float32)
    return matrix


def _write_layer(writer: _Writer, weights: WeightsFile, delta: Delta, layer: str, state: str) -> str:
    width, inner = weights.shape.width, weights.shape.inner

    def linear(given: str, name: str, parts: tuple[str, ...], inputs: int) -> str:
        matrix = adapted(weights, delta, f"{layer}.{name}", parts, inputs)
        bias = np.concatenate([weights.floats(f"{layer}.{part}.b") for part in parts])
        return writer.linear(given, matrix, bias)

    def normalize(given: str, name: str) -> str:
        return writer.normalize(given, weights.floats(f"{layer}.{name}.w"), weights.floats(f"{layer}.{name}.b"))

    looked = writer.attend(linear(state, "qkv", ("q", "k", "v"), width))
    state = normalize(writer.add("Add", linear(looked, "ao", ("ao",), width), state), "aln")
    raised = writer.add("Gelu", linear(state, "fi", ("fi",), width))
    return normalize(writer.add("Add", linear(raised, "fo", ("fo",), inner), state), "oln")


class _Writer:
    """Collects the nodes and constants of a graph."""

    def __init__(self, shape: Shape) -> None:
        self._shape, self._nodes, self._constants = shape, list[Any](), list[Any]()
        size = shape.width // shape.heads
        self._heads = self.constant(np.array([0, 0, shape.heads, size]))
        self._flat = self.constant(np.array([0, 0, shape.width]))
        self._thirds = self.constant(np.full(3, shape.width))
        self._scale = self.constant(np.array(size**-0.5, dtype=np.float32))

    def constant(self, value: Any) -> str:
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        from onnx import helper

        names = [f"n{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, given: str, matrix: Floats, bias: Floats) -> str:
        return str(self.add("Add", self.add("MatMul", given, self.constant(matrix.T)), self.constant(bias)))

    def normalize(self, given: str, weights: Floats, biases: Floats) -> str:
        constants = self.constant(weights), self.constant(biases)
        return str(self.add("LayerNormalization", given, *constants, axis=-1, epsilon=self._shape.epsilon))

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
        graph = helper.make_graph(self._nodes, "encoder", given, found, self._constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
