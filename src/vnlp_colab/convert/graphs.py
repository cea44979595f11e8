"""A small writer of ONNX graphs on top of ``onnx.helper``.

Names are counted, never random, and constants are written in the order of their first use, so that the same
weights give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from vnlp_colab.errors import ConversionError

OPSET = 17
"""Opset of every graph: the newest that all supported runtimes (1.18 and above) and GPU kernels know."""

IR_VERSION = 8

FLOAT = TensorProto.FLOAT
INT32 = TensorProto.INT32
INT64 = TensorProto.INT64


class Value(NamedTuple):
    """A graph input or output: its name, element type and shape (a name stands for a free dimension)."""

    name: str
    dtype: int
    shape: tuple[int | str, ...]


class GraphBuilder:
    """Collects nodes and constants, then makes a checked model of them."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._names: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def constant(self, array: npt.NDArray[np.generic]) -> str:
        """Store an array once and return its name; equal arrays share one copy."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.str, array.shape, array.tobytes())
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"c{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(array, name))
        return name

    def ints(self, *values: int) -> str:
        """Store a vector of int64, as shapes and axes are given to operators."""
        return self.constant(np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, to: str | None = None, **attributes: Any) -> str:
        """Add a node of one output and return that output's name (``to``, or a counted one)."""
        return self.ops(kind, *inputs, to=[to or f"t{len(self._nodes)}"], **attributes)[0]

    def ops(self, kind: str, *inputs: str, to: Sequence[str], **attributes: Any) -> list[str]:
        """Add a node of several named outputs and return their names."""
        outputs = list(to)
        self._nodes.append(helper.make_node(kind, list(inputs), outputs, name=f"n{len(self._nodes)}", **attributes))
        return outputs

    def split(self, name: str, sizes: Sequence[int], axis: int) -> list[str]:
        """Cut a tensor into parts of the given sizes."""
        if len(sizes) == 1:
            return [name]
        base = f"t{len(self._nodes)}"
        return self.ops("Split", name, self.ints(*sizes), to=[f"{base}_{i}" for i in range(len(sizes))], axis=axis)

    def model(self, name: str, inputs: Sequence[Value], outputs: Sequence[Value]) -> onnx.ModelProto:
        """Make the model and let onnx check it, shapes included.

        Raises:
            ConversionError: The operators' shapes do not fit together.
        """
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(*value) for value in inputs],
            [helper.make_tensor_value_info(*value) for value in outputs],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="vnlp-colab"
        )
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ConversionError(f"the weights do not make a valid graph {name!r}: {error}") from error
        return model


def constants_model(name: str, arrays: dict[str, npt.NDArray[np.float32]]) -> onnx.ModelProto:
    """Make a graph without inputs whose outputs are fixed tables, so that tables travel as ONNX too."""
    builder = GraphBuilder()
    outputs = []
    for key, array in arrays.items():
        builder.op("Identity", builder.constant(array), to=key)
        outputs.append(Value(key, FLOAT, tuple(array.shape)))
    return builder.model(name, [], outputs)
