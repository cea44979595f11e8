"""A whole model beside itself with states that stay where they are: what bound memory could bring the engine.

Rows become fewer from step to step in most of the engine's loops, and then everything is bound anew, which costs more
than it saves (``stepping``). Bound once are the loops whose rows all run to the end: those of the second layer of a
right context.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.pairing import interleave
from vnlp_colab.models.registry import create
from vnlp_colab.runtime import context
from vnlp_colab.runtime.recurrence import Floats, Indices, advance
from vnlp_colab.runtime.session import Graph

_WORTH_BINDING = 8
"""Steps below which binding takes longer than it saves."""


def advance_in_place(
    step: Graph,
    tables: Sequence[Floats],
    schedule: Iterable[Indices],
    states: Sequence[Floats],
    kept: list[Floats] | None = None,
) -> Floats:
    """``advance``, with two buffers a state that take turns, where all rows run to the end and no step is kept."""
    steps = list(schedule)
    if kept is not None or len(steps) < _WORTH_BINDING or len(steps[-1]) < len(states[0]):
        return advance(step, tables, steps, states, kept)
    first = [np.array(state) for state in states]
    second = [np.empty_like(state) for state in states]
    index = np.empty_like(steps[0])
    bindings = [_bound(step, [*tables, index, *a], b) for a, b in ((first, second), (second, first))]
    run = step.session.run_with_iobinding
    for k, words in enumerate(steps):
        index[:] = words
        run(bindings[k % 2])
    return (first, second)[len(steps) % 2][-1]


def _bound(step: Graph, inputs: Sequence[Any], outputs: Sequence[Floats]) -> Any:
    binding = step.session.io_binding()
    for name, array in zip(step.input_names, inputs, strict=True):
        binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
    for name, array in zip(step.output_names, outputs, strict=True):
        binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
    return binding


def whole(subject: str, texts: list[str], rounds: int, seconds: float) -> dict[str, Any]:
    """A model on one thread of the CPU, as it is and with ``advance_in_place``, in turns.

    Args:
        subject: A model of the context engine.
        texts: What it labels at once.
        rounds: Runs of each.
        seconds: How long one lasts, about.

    Returns:
        Milliseconds of processor time of a call, one a round, by way; whether labels and probabilities are equal.
    """
    model = create(subject, device="cpu", threads=1)
    ways = {"run": advance, "in place": advance_in_place}
    first: dict[str, Any] = {}
    begin = time.perf_counter()
    for name, way in ways.items():
        with mock.patch.object(context, "advance", way):
            first[name] = model.predict_proba_batch(texts), model.predict_batch(texts)
    times = max(1, round(4 * seconds / (time.perf_counter() - begin)))

    def timed(way: Callable[..., Floats]) -> Callable[[], float]:
        def once() -> float:
            with mock.patch.object(context, "advance", way):
                start = time.process_time()
                for _ in range(times):
                    model.predict_batch(texts)
                return 1e3 * (time.process_time() - start) / times

        return once

    found = interleave({name: timed(way) for name, way in ways.items()}, rounds)
    (ours, labels), (theirs, others) = first.values()
    equal = labels == others and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    return {"milliseconds": found, "equal": equal}
