"""Keras GRU weights as ONNX: single steps of Gemm cells, input projections, and tables of padding states.

The layers are Keras GRUs with ``reset_after=True`` (Cho et al. 2014, https://arxiv.org/abs/1406.1078, in the
variant that CuDNN has): with gates z, r and candidate c in this order in every kernel,

    z = sigmoid(x Wz + bz + h Uz + dz)        c  = tanh(x Wc + bc + r * (h Uc + dc))
    r = sigmoid(x Wr + br + h Ur + dr)        h' = z * h + (1 - z) * c

dz and dr only ever meet bz and br in a sum, so they are folded into the input's bias; dc stays, because r
multiplies it. The projection of x does not depend on h: it is computed once a distinct input and gathered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.errors import ConversionError

Array = npt.NDArray[np.float32]
Gates = tuple[Array, Array, Array]


@dataclass(frozen=True)
class GruWeights:
    """One Keras GRU layer.

    Attributes:
        kernel: ``(inputs, 3 * units)`` float32.
        recurrent: ``(units, 3 * units)`` float32.
        bias: ``(2, 3 * units)`` float32: input bias, recurrent bias.
    """

    kernel: Array
    recurrent: Array
    bias: Array

    def __post_init__(self) -> None:
        units = self.recurrent.shape[0] if self.recurrent.ndim == 2 else -1
        expected = [(self.kernel.shape[0] if self.kernel.ndim else -1, 3 * units), (units, 3 * units), (2, 3 * units)]
        found = [self.kernel.shape, self.recurrent.shape, self.bias.shape]
        if found != expected:
            raise ConversionError(f"these are not the arrays of one GRU layer: shapes {found}")

    @property
    def units(self) -> int:
        """Size of the state."""
        return int(self.recurrent.shape[0])

    @property
    def inputs(self) -> int:
        """Size of the input."""
        return int(self.kernel.shape[0])

    @cached_property
    def input_bias(self) -> Array:
        """``(3 * units,)``: the input's bias with the recurrent bias of z and r folded in."""
        folded: Array = self.bias[0].copy()
        folded[: 2 * self.units] += self.bias[1][: 2 * self.units]
        return folded

    @property
    def candidate_bias(self) -> Array:
        """``(units,)``: the recurrent bias of the candidate."""
        return np.asarray(self.bias[1][2 * self.units :])

    def gates(self, array: Array) -> Gates:
        """Cut the last axis into z, r and candidate."""
        z, r, c = np.split(array, 3, axis=-1)
        return z, r, c

    def project(self, x: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Project inputs ``(n, inputs)`` to gate pre-activations ``(n, 3 * units)``, in double precision."""
        return x.astype(np.float64) @ self.kernel.astype(np.float64) + self.input_bias

    def advance(self, projected: npt.NDArray[np.float64], state: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """One step in double precision: ``(n, 3 * units)`` and ``(n, units)`` to ``(n, units)``."""
        recurrent = state @ self.recurrent.astype(np.float64)
        recurrent[:, 2 * self.units :] += self.candidate_bias
        xz, xr, xc = np.split(projected, 3, axis=-1)
        hz, hr, hc = np.split(recurrent, 3, axis=-1)
        z, r = 1 / (1 + np.exp(-xz - hz)), 1 / (1 + np.exp(-xr - hr))
        candidate = np.tanh(xc + r * hc)
        return np.asarray(z * state + (1 - z) * candidate)


def take_layers(arrays: Iterator[Array], count: int) -> list[GruWeights]:
    """Take the next ``count`` GRU layers (three arrays each) of a list in ``get_weights()`` order."""
    return [GruWeights(next(arrays), next(arrays), next(arrays)) for _ in range(count)]


def check_stack(layers: Sequence[GruWeights], inputs: int) -> None:
    """Raise ``ConversionError`` unless the first layer reads ``inputs`` numbers and each other one the one below."""
    sizes = [inputs, *(layer.units for layer in layers[:-1])]
    if [layer.inputs for layer in layers] != sizes:
        found = [layer.inputs for layer in layers]
        raise ConversionError(f"a stack of GRUs reads inputs of sizes {found} where {sizes} belong")


def check_dense(layers: Sequence[tuple[Array, Array]], inputs: int, outputs: int) -> None:
    """Raise ``ConversionError`` unless kernels and biases lead from ``inputs`` numbers to ``outputs``."""
    found = [(kernel.shape, bias.shape) for kernel, bias in layers]
    sizes = [inputs, *(bias.size for _, bias in layers[:-1]), outputs]
    if found != [((before, after), (after,)) for before, after in pairwise(sizes)]:
        raise ConversionError(f"dense layers of shapes {found} do not lead from {inputs} numbers to {outputs}")


def padding_states(layers: Sequence[GruWeights], vector: npt.NDArray[np.floating] | None, steps: int) -> list[Array]:
    """The states of a stack that has read the same padding input 0, 1, ... ``steps`` times from zero.

    Nothing in these networks masks padding, so it moves the states, and it moves them the same way for every
    sentence: the table replaces running it. Computed in double precision, so that the bytes do not depend on the
    order in which a machine's matrix product adds.

    Args:
        layers: The stack, first layer first.
        vector: The padding input ``(inputs,)``, or ``None`` for all zeros.
        steps: The longest run of padding.

    Returns:
        A table ``(steps + 1, units)`` float32 a layer; row k is the state after k paddings.

    Raises:
        ConversionError: The layers do not fit together, or do not read such an input.
    """
    first = np.zeros(layers[0].inputs) if vector is None else np.asarray(vector)
    check_stack(layers, first.size)
    states = [np.zeros((1, layer.units)) for layer in layers]
    tables = [[state] for state in states]
    for _ in range(steps):
        x = first[None]
        for i, layer in enumerate(layers):
            x = states[i] = layer.advance(layer.project(x), states[i])
            tables[i].append(x)
    return [np.concatenate(table).astype(np.float32) for table in tables]


def cell(builder: GraphBuilder, gates: Sequence[str], state: str, layer: GruWeights, to: str) -> str:
    """Write one GRU step; ``gates`` name the projected input of z, r and candidate, each ``(rows, units)``."""
    kernel_z, kernel_r, kernel_c = (builder.constant(part) for part in layer.gates(layer.recurrent))
    z = builder.op("Sigmoid", builder.op("Gemm", state, kernel_z, gates[0]))
    r = builder.op("Sigmoid", builder.op("Gemm", state, kernel_r, gates[1]))
    recurrent = builder.op("Gemm", state, kernel_c, builder.constant(layer.candidate_bias))
    candidate = builder.op("Tanh", builder.op("Add", gates[2], builder.op("Mul", r, recurrent)))
    # z * h + (1 - z) * c, with one multiplication fewer
    return builder.op("Add", candidate, builder.op("Mul", z, builder.op("Sub", state, candidate)), to=to)


def projection(builder: GraphBuilder, x: str, layer: GruWeights, to: Sequence[str | None] = (None,) * 3) -> list[str]:
    """Write the projection of an input to the three gates."""
    kernels, biases = layer.gates(layer.kernel), layer.gates(layer.input_bias)
    return [
        builder.op("Gemm", x, builder.constant(kernel), builder.constant(bias), to=name)
        for kernel, bias, name in zip(kernels, biases, to, strict=True)
    ]


def stack_step(
    builder: GraphBuilder, gates: Sequence[str], states: Sequence[str], layers: Sequence[GruWeights], to: Sequence[str]
) -> None:
    """Write one step of a whole stack, the first layer's input being projected already."""
    x = ""
    for i, (layer, state, name) in enumerate(zip(layers, states, to, strict=True)):
        x = cell(builder, gates if i == 0 else projection(builder, x, layer), state, layer, name)


def project_model(name: str, layer: GruWeights) -> onnx.ModelProto:
    """Graph: ``x (N, inputs)`` -> ``z, r, c``, each ``(N, units)``."""
    builder = GraphBuilder()
    projection(builder, "x", layer, ("z", "r", "c"))
    outputs = [Value(gate, FLOAT, ("N", layer.units)) for gate in "zrc"]
    return builder.model(name, [Value("x", FLOAT, ("N", layer.inputs))], outputs)


def step_model(name: str, layers: Sequence[GruWeights], embedding: Array | None = None) -> onnx.ModelProto:
    """Graph: one step of a stack for every active row.

    Inputs are the projected inputs ``z, r, c (N, units)``, ``index (A,) int32`` of each active row's input in
    them, and the states ``state0 ... (A, units)``; outputs are the states ``next0 ...``. Where the inputs are the
    rows of a small ``embedding``, their projections are constants of the graph, and z, r, c are no inputs.
    """
    builder = GraphBuilder()
    inputs: list[Value] = []
    if embedding is None:
        tables = ["z", "r", "c"]
        inputs += [Value(gate, FLOAT, ("N", layers[0].units)) for gate in tables]
    else:
        projected = layers[0].project(embedding).astype(np.float32)
        tables = [builder.constant(gate) for gate in layers[0].gates(projected)]
    gates = [builder.op("Gather", table, "index") for table in tables]
    states = [f"state{i}" for i in range(len(layers))]
    following = [f"next{i}" for i in range(len(layers))]
    stack_step(builder, gates, states, layers, following)
    inputs.append(Value("index", INT32, ("A",)))
    inputs += [Value(s, FLOAT, ("A", layer.units)) for s, layer in zip(states, layers, strict=True)]
    outputs = [Value(s, FLOAT, ("A", layer.units)) for s, layer in zip(following, layers, strict=True)]
    return builder.model(name, inputs, outputs)


def sequence_operator(builder: GraphBuilder, x: str, forward: GruWeights, backward: GruWeights) -> str:
    """Write a bidirectional GRU over whole sequences: ``(T, N, inputs)`` to ``(T, N, 2 * units)``.

    ONNX keeps the gates in Keras's order z, r, h and the bias as input bias then recurrent bias.
    """
    layers = (forward, backward)
    w = np.stack([layer.kernel.T for layer in layers])
    r = np.stack([layer.recurrent.T for layer in layers])
    b = np.stack([layer.bias.reshape(-1) for layer in layers])
    constants = [builder.constant(array) for array in (w, r, b)]
    y = builder.op(
        "GRU", x, *constants, hidden_size=forward.units, direction="bidirectional", linear_before_reset=1
    )  # (T, 2, N, units)
    y = builder.op("Transpose", y, perm=[0, 2, 1, 3])
    return builder.op("Reshape", y, builder.ints(0, 0, 2 * forward.units))
