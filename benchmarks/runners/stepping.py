"""Ways to run a step graph over its own states again and again: what a call costs, and what copying states does.

``run`` is what the engine does: arrays in, new arrays out. ``outputs given`` binds the inputs and outputs of every step
to buffers that are there already, two for each state, which take turns; so an engine could do whose rows become fewer.
``in place`` has all of that bound once, and keeps it on the device: rows cannot become fewer there. ``CUDA graph``
replays what was recorded of ``in place``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from benchmarks.pairing import interleave
from benchmarks.runners import in_place, rates
from benchmarks.runners.protocol import serve
from vnlp_colab.runtime.session import CPU, CUDA, Graph, open_session
from vnlp_colab.store import bundle

Arrays = dict[str, npt.NDArray[Any]]

STEPS = 40
"""Steps of a loop; an even number, so that states end in the buffers in which they began."""
RUN, OUTPUTS_GIVEN, IN_PLACE, CUDA_GRAPH = "run", "outputs given", "in place", "CUDA graph"
_TYPES = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}
_CLOCKS = {"processor": time.process_time, "wall": time.perf_counter}
# What onnxruntime raises where it cannot record a graph: its own errors have no class of their own in common.
_REFUSALS = (RuntimeError, ValueError, *(getattr(errors, name) for name in ("Fail", "EPFail", "RuntimeException")))
_RECORDED: dict[str, Any] = {
    "cuda": [(CUDA, {"enable_cuda_graph": "1", "use_tf32": "0", "arena_extend_strategy": "kSameAsRequested"})],
    # In CUDA's place: it records nothing, and has the same done to it.
    "cpu": [CPU],
}


class Loop:
    """A step graph, and what it reads and writes over a fixed number of rows.

    Args:
        session: The graph's.
        device: Where the session runs.
        rows: How many rows there are, and how many words for them to read.

    Attributes:
        given: What is read at first, by the inputs' names: floats between -1 and 1.
        states: Names of the states among them.
    """

    def __init__(self, session: Any, device: str, rows: int) -> None:
        self.graph = Graph(session)
        self._device = device
        random = np.random.default_rng(0)
        self.given: Arrays = {node.name: _array(random, node, rows) for node in session.get_inputs()}
        self.states = [name for name in self.given if name.startswith("state")]
        self._index = next(name for name, array in self.given.items() if array.dtype == np.int32)
        # A graph that holds its inputs' table itself does not say how long that is.
        words = rows if any(name not in (*self.states, self._index) for name in self.given) else 1
        self._schedule = random.integers(0, words, (STEPS, rows)).astype(np.int32)
        self._types = {node.name: _TYPES[node.type] for node in (*session.get_inputs(), *session.get_outputs())}
        found = self.graph(*self.given.values())
        self._others: Arrays = dict(zip(self.graph.output_names, found, strict=True))
        self._next = self.graph.output_names[-len(self.states) :]

    def run(self) -> list[npt.NDArray[Any]]:
        """As the engine does it; returns the last states."""
        arrays = dict(self.given)
        for index in self._schedule:
            arrays[self._index] = index
            found = self.graph(*arrays.values())
            arrays.update(zip(self.states, found[-len(self.states) :], strict=True))
        return [arrays[name] for name in self.states]

    def outputs_given(self) -> Callable[[], list[npt.NDArray[Any]]]:
        """Bind anew for every step; on the CPU alone, since the buffers are Python's."""
        session = self.graph.session
        first = [self.given[name].copy() for name in self.states]
        buffers = [first, [np.empty_like(state) for state in first]]
        places = [[(state.shape, state.ctypes.data) for state in states] for states in buffers]
        schedule = [(index, index.ctypes.data) for index in self._schedule]
        binding = session.io_binding()
        for name, array in self.given.items():
            binding.bind_cpu_input(name, array)
        for name, array in self._others.items():
            binding.bind_output(name, "cpu", 0, self._types[name], array.shape, array.ctypes.data)

        def loop() -> list[npt.NDArray[Any]]:
            for k, (index, where) in enumerate(schedule):
                binding.bind_input(self._index, "cpu", 0, np.int32, index.shape, where)
                for name, (shape, place) in zip(self.states, places[k % 2], strict=True):
                    binding.bind_input(name, "cpu", 0, np.float32, shape, place)
                for name, (shape, place) in zip(self._next, places[1 - k % 2], strict=True):
                    binding.bind_output(name, "cpu", 0, np.float32, shape, place)
                session.run_with_iobinding(binding)
            # Of both buffers, so that they live as long as what writes to them.
            return [state.copy() for state in buffers[STEPS % 2]]

        return loop

    def in_place(self, recorded: bool = False) -> Callable[[], list[npt.NDArray[Any]]]:
        """Bind once, everything on the device; only what the rows read travels.

        Args:
            recorded: Ask for a CUDA graph of each of the two directions; the session must have been opened for it.
        """
        session = self.graph.session
        here = {name: self.value(array) for name, array in self.given.items()}
        other = {name: self.value(self.given[name]) for name in self.states}
        rest = {name: self.value(self._others[name]) for name in self.graph.output_names if name not in self._next}
        bindings, options = [], []
        for k, (source, target) in enumerate(((here, other), (other, here))):
            binding = session.io_binding()
            for name in self.given:
                binding.bind_ortvalue_input(name, source.get(name, here[name]))
            for name, value in rest.items():
                binding.bind_ortvalue_output(name, value)
            for name, state in zip(self._next, self.states, strict=True):
                binding.bind_ortvalue_output(name, target[state])
            bindings.append(binding)
            options.append(_recording(k + 1) if recorded else None)

        def loop() -> list[npt.NDArray[Any]]:
            for k, index in enumerate(self._schedule):
                here[self._index].update_inplace(index)
                session.run_with_iobinding(bindings[k % 2], options[k % 2])
            return [np.array(here[name].numpy()) for name in self.states]

        return loop

    def value(self, array: npt.NDArray[Any]) -> Any:
        """A copy on the device."""
        return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy(), self._device, 0)

    def copies(self, seconds: float) -> dict[str, Any]:
        """Bytes, and microseconds for them, that a step's copies to the device and back take where nothing is kept."""
        states = [self.given[name] for name in self.states]
        tables = [array for name, array in self.given.items() if name not in (*self.states, self._index)]
        found: dict[str, Any] = {}
        for name, arrays in (("states", states), ("tables", tables)):
            values = [self.value(array) for array in arrays]

            def there(values: list[Any] = values, arrays: list[npt.NDArray[Any]] = arrays) -> None:
                for value, array in zip(values, arrays, strict=True):
                    value.update_inplace(array)

            def back(values: list[Any] = values) -> None:
                for value in values:
                    value.numpy()

            found[name] = {
                "bytes": sum(array.nbytes for array in arrays),
                "there_us": 1e6 * _each(there, seconds),
                # Tables are only read.
                **({"back_us": 1e6 * _each(back, seconds)} if name == "states" else {}),
            }
        return found


def graphs(subject: str) -> list[str]:
    """The step graphs of a subject's bundle: those that are run once a position; none for other networks."""
    names = [name.removesuffix(".onnx") for name in bundle(subject).files if name.endswith(".onnx")]
    return [name for name in names if name == "decode" or name.endswith("_step")]


def compare(
    subject: str, graph: str, rows: int, device: str, rounds: int, seconds: float, clock: str
) -> dict[str, Any]:
    """Run a graph in all ways that the device has, in turns.

    Args:
        subject: Whose graph it is.
        graph: One of ``graphs``.
        rows: How many rows.
        device: ``"cpu"`` or ``"cuda"``.
        rounds: Runs of each way.
        seconds: How long one lasts, about.
        clock: ``"processor"`` or ``"wall"``.

    Returns:
        Microseconds a step by way, one a round; the greatest difference of each way's states from those of ``run``;
        why a way is missing.
    """
    path = bundle(subject).path(f"{graph}.onnx")
    loop = Loop(open_session(path, device), device, rows)
    ways: dict[str, Callable[[], Any]] = {RUN: loop.run, IN_PLACE: loop.in_place()}
    missing: dict[str, str] = {}
    if clock == "processor":
        ways[OUTPUTS_GIVEN] = loop.outputs_given()
    else:
        try:
            ways[CUDA_GRAPH] = _recorded(path, device, rows)
        except _REFUSALS as error:
            missing[CUDA_GRAPH] = f"{type(error).__name__}: {error}"
    first = {name: way() for name, way in ways.items()}
    apart = {
        name: max(float(np.abs(a - b).max()) for a, b in zip(found, first[RUN], strict=True))
        for name, found in first.items()
        if name != RUN
    }
    now = _CLOCKS[clock]
    times = max(1, round(seconds / _each(loop.run, seconds)))

    def timed(way: Callable[[], Any]) -> float:
        begin = now()
        for _ in range(times):
            way()
        return 1e6 * (now() - begin) / (times * STEPS)

    def bind(way: Callable[[], Any]) -> Callable[[], float]:
        return lambda: timed(way)

    found = interleave({name: bind(way) for name, way in ways.items()}, rounds)
    return {"microseconds": found, "apart": apart, "missing": missing, "copies": loop.copies(seconds)}


def _recorded(path: Path, device: str, rows: int) -> Callable[[], Any]:
    """``in_place`` of a session that records; raises what onnxruntime does where it cannot."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # The first session of the process has loaded the libraries.
    session = onnxruntime.InferenceSession(str(path), options, providers=_RECORDED[device], enable_fallback=0)
    if device == "cuda" and CUDA not in session.get_providers():
        raise RuntimeError("CUDA did not load")
    # Recording needs bound memory, so the sizes of the outputs come from a session that does not record.
    loop = Loop(open_session(path, device), device, rows)
    loop.graph = Graph(session)
    return loop.in_place(recorded=True)


def _recording(number: int) -> Any:
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(number))
    return options


def _each(function: Callable[[], Any], seconds: float) -> float:
    """Seconds of a call, over calls that last about ``seconds`` together."""
    function()
    count, begin = 0, time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        function()
        count += 1
    return passed / max(1, count)


def _array(random: np.random.Generator, node: Any, rows: int) -> npt.NDArray[Any]:
    shape = tuple(size if isinstance(size, int) else rows for size in node.shape)
    if node.type == "tensor(int32)":
        return np.zeros(shape, np.int32)
    return random.uniform(-1, 1, shape).astype(_TYPES[node.type])


if __name__ == "__main__":
    serve({"graphs": graphs, "compare": compare, "call": rates.call, "whole": in_place.whole})
