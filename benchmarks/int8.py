"""Dynamic quantisation to 8 bits, to be measured; no model of the catalog is made of it.

What onnxruntime's own tool does to matrix products with constant weights, and to Gemm as well, which that tool leaves
alone: weights as int8 with a scale a column, inputs as uint8 with a scale a call, products added up as int32. The GRU
operator has no such kernel and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_LARGEST = 127


class _Rewriter:
    """Rewrites the nodes of one graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.count = 0
        self._quantised: dict[str, list[str]] = {}
        self._weights: dict[str, list[str]] = {}

    def nodes(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """Yield what takes a node's place."""
        weight = self.constants.get(node.input[1]) if node.op_type in ("Gemm", "MatMul") else None
        if weight is None or weight.data_type != TensorProto.FLOAT or len(weight.dims) != 2 or node.attribute:
            yield node
            return
        self.count += 1
        data, name, output = node.input[0], node.name, node.output[0]
        if data not in self._quantised:
            parts = self._quantised[data] = [f"{data}_q", f"{data}_scale", f"{data}_zero"]
            yield helper.make_node("DynamicQuantizeLinear", [data], parts, name=f"{data}_quantise")
        values, scale, zero = self._quantised[data]
        weights, weight_scales, weight_zero = self._weight(weight)
        has_bias = len(node.input) > 2
        product = f"{output}_product" if has_bias else output
        yield helper.make_node("MatMulInteger", [values, weights, zero, weight_zero], [f"{name}_i"], name=f"{name}_m")
        yield helper.make_node("Cast", [f"{name}_i"], [f"{name}_f"], name=f"{name}_c", to=TensorProto.FLOAT)
        yield helper.make_node("Mul", [scale, weight_scales], [f"{name}_s"], name=f"{name}_sm")
        yield helper.make_node("Mul", [f"{name}_f", f"{name}_s"], [product], name=f"{name}_fm")
        if has_bias:
            yield helper.make_node("Add", [product, node.input[2]], [output], name=f"{name}_a")

    def _weight(self, tensor: onnx.TensorProto) -> list[str]:
        if tensor.name not in self._weights:
            array = numpy_helper.to_array(tensor)
            scales = (np.maximum(np.abs(array).max(axis=0), 1e-12) / _LARGEST).astype(np.float32)
            rounded = np.clip(np.round(array / scales), -_LARGEST, _LARGEST).astype(np.int8)
            names = self._weights[tensor.name] = [f"{tensor.name}_{part}" for part in ("q", "scales", "zeros")]
            arrays = (rounded, scales, np.zeros(len(scales), np.int8))
            for name, part in zip(names, arrays, strict=True):
                self.constants[name] = numpy_helper.from_array(part, name)
        return self._weights[tensor.name]


def quantise(model: onnx.ModelProto) -> tuple[onnx.ModelProto, int]:
    """Return the graph with 8-bit products, and how many products it was."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    rewriter = _Rewriter(result)
    nodes = [new for node in result.graph.node for new in rewriter.nodes(node)]
    used = {name for node in nodes for name in node.input}
    del result.graph.node[:], result.graph.initializer[:]
    result.graph.node.extend(nodes)
    result.graph.initializer.extend(tensor for name, tensor in rewriter.constants.items() if name in used)
    onnx.checker.check_model(result, full_check=True)
    return result, rewriter.count
