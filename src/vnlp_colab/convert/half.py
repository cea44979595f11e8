"""Weights stored in half precision: files of half the size, and arithmetic as before.

A weight is rounded to float16 and cast back to float32 where it is used. onnxruntime folds the cast when it opens
the graph, so that what runs is the same float32 graph over rounded weights: speed and memory are the default's.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vnlp_colab.errors import ConversionError

_SMALLEST = 256
"""Elements below which rounding saves less than the cast's node takes."""


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with its float32 constants stored as float16; the given one stays as it is.

    Small constants, and those with a value that float16 cannot hold, stay exact. Equal graphs give equal results.

    Raises:
        ConversionError: What comes of it is no valid graph.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = [cast for tensor in halved.graph.initializer if (cast := _halve(tensor)) is not None]
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    try:
        onnx.checker.check_model(halved, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConversionError(f"the graph {model.graph.name!r} cannot be stored in half precision: {error}") from error
    return halved


def _halve(tensor: onnx.TensorProto) -> onnx.NodeProto | None:
    """Round a constant in place, under another name, and return the node that gives it its old name and type."""
    if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALLEST:
        return None
    with np.errstate(over="ignore"):
        rounded = numpy_helper.to_array(tensor).astype(np.float16)
    if not np.isfinite(rounded).all():
        return None
    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(rounded, f"{name}_half"))
    return helper.make_node("Cast", [tensor.name], [name], name=f"{name}_cast", to=TensorProto.FLOAT)
