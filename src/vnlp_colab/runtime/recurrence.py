"""Advancing many GRU stacks together, each row over its own sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab.runtime.session import Graph

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]


def advance(
    step: Graph,
    tables: Sequence[Floats],
    schedule: Iterable[Indices],
    states: Sequence[Floats],
    kept: list[Floats] | None = None,
) -> Floats:
    """Run a stack of GRUs over rows whose sequences differ in length.

    Rows lie by length, longest first, so that the rows still running are always a prefix, and a slice of the states
    goes to the runtime without a copy.

    Args:
        step: A graph of ``convert.gru.step_model``.
        tables: The projected inputs z, r, c, each ``(N, units)`` float32; empty where the graph holds them itself.
        schedule: For each step, the input's row for every row still running; each array is a prefix's length, and
            no longer than the one before.
        states: The states to start from, ``(rows, units)`` a layer.
        kept: If given, the top layer's states after each step are appended to it.

    Returns:
        The top layer's last state of every row, ``(rows, units)`` float32.
    """
    running = len(states[0])
    final = states[-1]
    owned = False
    live = list(states)
    for index in schedule:
        count = len(index)
        if count == 0:
            break
        if count < running:
            final, owned = _settle(final, live[-1], count, running, owned)
            live = [state[:count] for state in live]
            running = count
        live = step(*tables, index, *live)
        if kept is not None:
            kept.append(live[-1])
    if running == len(states[0]):
        return live[-1]
    final[:running] = live[-1]
    return final


def _settle(final: Floats, top: Floats, start: int, stop: int, owned: bool) -> tuple[Floats, bool]:
    """Note the state of the rows that end here; the caller's own arrays are never written to."""
    if not owned:
        final = np.array(final)
    final[start:stop] = top[start:stop]
    return final, True


def ragged_schedule(sequences: Sequence[Sequence[int]]) -> list[Indices]:
    """Turn sequences of rows, longest first, into a schedule: the k-th item of each that has one.

    Returns:
        One array a step, ``(sequences longer than k,)`` int32.
    """
    if not sequences:
        return []
    lengths = np.array([len(sequence) for sequence in sequences])
    columns = np.zeros((int(lengths[0]), len(sequences)), np.int32)
    for row, sequence in enumerate(sequences):
        columns[: len(sequence), row] = sequence
    return prefixes(columns, lengths)


def prefixes(columns: Indices, lengths: npt.NDArray[np.int64]) -> list[Indices]:
    """Turn the steps of many rows into a schedule.

    Args:
        columns: ``(steps, rows)`` int32: what a row reads in step k; at least as many steps as the longest row has.
        lengths: ``(rows,)`` int64: how many steps each row has, descending.

    Returns:
        One array a step, ``(rows longer than k,)`` int32: views of ``columns``.
    """
    return [columns[k, :count] for k, count in enumerate(running(lengths))]


def running(lengths: npt.NDArray[np.int64]) -> list[int]:
    """For k = 0, 1, ... how many of the ``(n,)`` lengths, which descend, are above k; as long as there are any."""
    longest = int(lengths[0]) if len(lengths) else 0
    counts: list[int] = np.searchsorted(-lengths, -np.arange(longest), side="left").tolist()
    return counts


def longest_first(lengths: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The stable order that puts the longest of ``n`` first: ``(n,)`` int64, positions in ``lengths``."""
    return np.argsort(-np.asarray(lengths), kind="stable")
