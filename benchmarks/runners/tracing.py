"""What onnxruntime's profiler says of a run: every operator's calls, time, and work, counted from real shapes."""

from __future__ import annotations

import contextlib
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from vnlp_colab.runtime import session as sessions_module

_PRODUCTS = ("Gemm", "MatMul", "FusedGemm", "FusedMatMul")
_GATES = 3
_KERNEL = "_kernel_time"

Shape = list[int]


@dataclass
class Traced:
    """Sessions that are being profiled.

    Attributes:
        folder: Where their profiles go.
        sessions: Model, graph and session of each.
        since: Nanoseconds of the clock before which nothing is counted.
    """

    folder: Path
    sessions: list[tuple[str, str, Any]] = field(default_factory=list)
    since: int = 0


@contextlib.contextmanager
def profiled() -> Iterator[Traced]:
    """Open all sessions with onnxruntime's profiler on."""
    with tempfile.TemporaryDirectory() as folder:
        traced = Traced(Path(folder))

        def make(source: Any, providers: Sequence[str]) -> Any:
            import onnxruntime

            options = sessions_module._options()
            options.enable_profiling = True
            options.profile_file_prefix = str(traced.folder / f"session{len(traced.sessions)}")
            session = onnxruntime.InferenceSession(source, options, providers=list(providers))
            path = Path(source) if isinstance(source, str) else Path("bytes/bytes")
            traced.sessions.append((path.parent.name.rsplit("-", 1)[0], path.stem, session))
            return session

        with mock.patch.object(sessions_module, "_make", make):
            yield traced


def restart(traced: Traced) -> None:
    """Count from now on only."""
    traced.since = time.time_ns()


def finish(traced: Traced) -> list[dict[str, Any]]:
    """End profiling.

    Returns:
        One row for every operator, graph, and shape of a matrix product (rows rounded up to a power of two): model,
        graph, operator, calls, microseconds, flops, elements put out, and ``[m, k, n]`` where it is a product.
    """
    totals: dict[tuple[Any, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for model, graph, session in traced.sessions:
        start = (traced.since - session.get_profiling_start_time_ns()) / 1000
        with open(session.end_profiling(), encoding="utf-8") as stream:
            events = json.load(stream)
        for event in events:
            if event.get("ts", 0) < start or event.get("cat") != "Node" or not event["name"].endswith(_KERNEL):
                continue
            inputs, outputs = (_shapes(event["args"].get(f"{side}_type_shape", [])) for side in ("input", "output"))
            operator = event["args"]["op_name"]
            product = _product(operator, inputs, outputs)
            row = totals[(model, graph, operator, product)]
            row["calls"] += 1
            row["microseconds"] += event["dur"]
            row["flops"] += _flops(operator, inputs, outputs)
            row["elements"] += sum(math.prod(shape) for shape in outputs)
    return [
        {"model": model, "graph": graph, "operator": operator, "product": product, **row}
        for (model, graph, operator, product), row in totals.items()
    ]


def _shapes(listed: Sequence[dict[str, Shape]]) -> list[Shape]:
    return [shape for entry in listed for shape in entry.values()]


def _sizes(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[int, int, int]:
    """Rows, inner size and columns of a product.

    Weights that onnxruntime has packed are no longer among the inputs, so the inner size comes from the first one.
    """
    columns = outputs[0][-1] if outputs[0] else 1
    rows = math.prod(outputs[0]) // max(1, columns)
    return rows, math.prod(inputs[0]) // max(1, rows), columns


def _flops(operator: str, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> float:
    """Multiplications and additions of matrix products; what is done element by element is counted apart."""
    if not inputs or not outputs or not math.prod(outputs[0]):
        return 0.0
    if operator in _PRODUCTS:
        rows, inner, columns = _sizes(inputs, outputs)
        return 2.0 * rows * inner * columns
    if operator == "GRU":
        steps, batch, size = inputs[0]
        # All states (steps, directions, batch, units), or the last ones alone.
        directions, units = outputs[0][-3], outputs[0][-1]
        return 2.0 * steps * batch * directions * _GATES * units * (size + units)
    if operator in ("Conv", "LSTM", "RNN", "Einsum", "MatMulInteger", "DynamicQuantizeMatMul"):
        raise NotImplementedError(f"the flops of {operator} are not counted yet")
    return 0.0


def _product(operator: str, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[int, int, int] | None:
    if operator not in _PRODUCTS or not inputs or not outputs or not math.prod(outputs[0]):
        return None
    rows, inner, columns = _sizes(inputs, outputs)
    return 1 << max(0, rows - 1).bit_length(), inner, columns
