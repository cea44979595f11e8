"""How fast onnxruntime multiplies matrices, and does things element by element, on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.runners.protocol import serve
from vnlp_colab.runtime.session import Graph, open_session

_CHAIN = 8
"""Operators a graph: so many that the call itself does not count."""
_FLOAT = TensorProto.FLOAT


def gemm(m: int, k: int, n: int, threads: int, seconds: float) -> float:
    """FLOP/s of ``(m, k) x (k, n)``, accumulated as the engine's cells do it: all threads together."""
    random = np.random.default_rng(0)
    weights = [random.standard_normal((k, n), np.float32) for _ in range(_CHAIN)]
    constants = [numpy_helper.from_array(array, f"w{i}") for i, array in enumerate(weights)]
    nodes = [
        helper.make_node("Gemm", ["x", f"w{i}", f"y{i - 1}" if i else "c"], [f"y{i}"], name=f"gemm{i}")
        for i in range(_CHAIN)
    ]
    inputs = [("x", (m, k)), ("c", (m, n))]
    model = _model(nodes, inputs, (f"y{_CHAIN - 1}", (m, n)), constants)
    arrays = [random.standard_normal(shape, np.float32) for _, shape in inputs]
    return 2.0 * m * k * n * _CHAIN * _rate(model, arrays, threads, seconds)


def elementwise(operator: str, m: int, n: int, threads: int, seconds: float) -> float:
    """Elements a second of an operator over ``(m, n)``, all threads together."""
    binary = operator in ("Add", "Sub", "Mul")
    nodes = [
        helper.make_node(operator, [f"y{i - 1}" if i else "x", *(["b"] if binary else [])], [f"y{i}"])
        for i in range(_CHAIN)
    ]
    inputs = [("x", (m, n)), *([("b", (m, n))] if binary else [])]
    model = _model(nodes, inputs, (f"y{_CHAIN - 1}", (m, n)), [])
    arrays = [np.full(shape, 0.5, np.float32) for _, shape in inputs]
    return float(m * n * _CHAIN) * _rate(model, arrays, threads, seconds)


def call(seconds: float, device: str = "cpu") -> float:
    """Seconds that a call of a session costs by itself."""
    model = _model([helper.make_node("Identity", ["x"], ["y"])], [("x", (1, 1))], ("y", (1, 1)), [])
    return 1.0 / _rate(model, [np.zeros((1, 1), np.float32)], 1, seconds, device)


def _model(
    nodes: Sequence[Any],
    inputs: Sequence[tuple[str, tuple[int, int]]],
    output: tuple[str, tuple[int, int]],
    constants: Sequence[Any],
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "rate",
        [helper.make_tensor_value_info(name, _FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(output[0], _FLOAT, output[1])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def _rate(model: bytes, arrays: Sequence[Any], threads: int, seconds: float, device: str = "cpu") -> float:
    """Runs a second, all threads together, each with a session of its own as if it were a worker's."""
    graphs = [Graph(open_session(model, device)) for _ in range(threads)]
    for graph in graphs:
        graph(*arrays)
    counts = [0] * threads
    barrier = threading.Barrier(threads + 1)

    def work(i: int) -> Callable[[], None]:
        def loop() -> None:
            barrier.wait()
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                graphs[i](*arrays)
                counts[i] += 1

        return loop

    workers = [threading.Thread(target=work(i)) for i in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    begin = time.perf_counter()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - begin)


if __name__ == "__main__":
    serve({"gemm": gemm, "elementwise": elementwise, "call": call})
