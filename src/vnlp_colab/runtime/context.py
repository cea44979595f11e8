"""The incremental engine of context taggers: the same numbers as the full network, without its repeated work.

The network labels a word from its vector, from GRU stacks over the 40 words on each side (padded, and padding is
not masked), and from a stack over the labels given so far. Called as it was trained, it runs all of that anew for
each word. What is done here instead, once a batch of sentences:

1. Leading padding is never run: the state after k paddings is row k of a table made at conversion.
2. Contexts of all positions of all sentences advance together, one step a context word, each position with its
   own state (a wavefront). Rows lie by position descending, so those that still have a word are a prefix.
3. What is the same is run once: the first step of contexts that begin with as many paddings and the same word (as
   right contexts do, of sentences that end with a full stop), and the part of the second layer that is (see there).
4. A right context is a left context of the reversed sentence. Where it has two layers, the second reads the first
   one's states nearest word first and its padding states last: always 40 steps.
5. Only the history depends on the labels. When the t-th labels are known, one step moves the history of all later
   positions; the part of the first dense layer that reads anything else has been computed for all positions. Where
   a history is of one label a word and nothing else, its first step is a row of a table too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vnlp_colab.runtime.layout import Layout, Rows, Words
from vnlp_colab.runtime.recurrence import Floats, Indices, advance, running
from vnlp_colab.runtime.session import Graph

BLOCK_STEPS = 8_192
"""Context steps (rows times their words) in memory at once: 50 MB for the widest network."""


class ContextEngine:
    """Runs the graphs of ``convert.context`` over batches of sentences.

    Sessions are safe to use from several threads, and so is the engine: it keeps no state between calls.

    Attributes:
        window: Words of context on each side.
        layers: Layers a stack.
        units: Size of a layer's state.
        heads: Sizes of the output's parts.
        decode: The graph of the autoregressive step.
    """

    def __init__(self, graph: Callable[[str], Graph], config: Mapping[str, Any]) -> None:
        """Load the graphs.

        Args:
            graph: Gives a graph by name (``"right_step"``, ...).
            config: The ``context`` part of the bundle's configuration.
        """
        self.window: int = config["window"]
        self.layers: int = config["layers"]
        self.units: int = config["units"]
        self.heads: list[int] = config["heads"]
        self.decode = graph("decode")
        self._combine = graph("combine")
        self._right = graph("right_project"), graph("right_step")
        self._right2 = (graph("right2_project"), graph("right2_step")) if self.layers == 2 else None
        self._left = (graph("left_project"), graph("left_step")) if config["left"] else None
        self._history_project = None if config["left"] else graph("history_project")
        self._tables = graph("tables").table()
        first = [f"history_first{i}" for i in range(self.layers)]
        self._first_label = [self._tables[name] for name in first] if first[0] in self._tables else []

    def run(self, vectors: Floats, sentences: Sequence[Indices]) -> list[tuple[Floats, Rows]]:
        """Label a batch.

        Args:
            vectors: ``(N, D)`` float32, the vectors of the batch's distinct words.
            sentences: For each sentence its words as rows of ``vectors``; none empty, longest first.

        Returns:
            For each sentence its probabilities ``(n, outputs)`` float32 and labels ``(n, heads)`` int64.
        """
        lengths = np.array([len(sentence) for sentence in sentences], np.int64)
        layout = Layout(lengths)
        words = Words.of(sentences, lengths)
        index = words.matrix[layout.sentence, layout.position]
        sides = [self._right_context(vectors, words.reversed(lengths), layout)[layout.mirrored()]]
        if self._left is not None:
            sides.insert(0, self._left_context(vectors, words, layout))
        combined = self._combine(vectors, index, *sides)[0]
        order, borders = layout.by_sentence()
        probabilities, labels = self._decode(vectors, combined, words, layout)
        probabilities, labels = probabilities[order], labels[order]
        return [(probabilities[start:stop], labels[start:stop]) for start, stop in borders]

    def _paddings(self, stack: str, count: int) -> list[Floats]:
        return [self._tables[f"{stack}_padding{i}"] for i in range(count)]

    def _blocks(self, layout: Layout) -> Iterator[tuple[int, int]]:
        """Cut the rows into runs of a bounded number of context steps, so that one huge sentence fits."""
        steps = np.cumsum(np.minimum(layout.position, self.window))
        start = 0
        while start < len(steps):
            done = steps[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(steps, done + BLOCK_STEPS, side="right")))
            yield start, stop
            start = stop

    def _schedule(self, words: Words, layout: Layout, start: int, stop: int) -> list[Indices]:
        """The k-th context word, farthest first, of every row of a block that has one."""
        position, sentence = layout.position[start:stop], layout.sentence[start:stop]
        # Places in the flattened matrix, from which it is quicker to take.
        first = sentence * words.matrix.shape[1] + np.maximum(position - self.window, 0)
        flat = words.matrix.ravel()
        return [flat[first[:active] + k] for k, active in enumerate(running(position)[: self.window])]

    def _left_context(self, vectors: Floats, words: Words, layout: Layout) -> Floats:
        assert self._left is not None
        project, step = self._left
        tables = project(vectors)
        paddings = self._paddings("left", self.layers)
        parts = []
        for start, stop in self._blocks(layout):
            empty = np.maximum(self.window - layout.position[start:stop], 0)
            parts.append(_contexts(step, tables, self._schedule(words, layout, start, stop), paddings, empty))
        return _joined(parts)

    def _right_context(self, vectors: Floats, words: Words, layout: Layout) -> Floats:
        """Right contexts in the layout of the reversed sentences, ``(rows, units)``."""
        project, step = self._right
        tables = project(vectors)
        parts = []
        for start, stop in self._blocks(layout):
            position = np.minimum(layout.position[start:stop], self.window)
            kept: list[Floats] | None = [] if self._right2 is not None else None
            schedule = self._schedule(words, layout, start, stop)
            top = _contexts(step, tables, schedule, [self._tables["right_padding"]], self.window - position, kept)
            parts.append(top if kept is None else self._second_layer(kept, position, schedule))
        return _joined(parts)

    def _second_layer(self, kept: Sequence[Floats], position: Rows, read: Sequence[Indices]) -> Floats:
        """Run the second layer of a right context over the first one's states, nearest word first.

        Args:
            kept: The first layer's states after each step, ``(active rows, units)``.
            position: How many context words each row has, descending.
            read: The words that the first layer read.
        """
        assert self._right2 is not None
        project, step = self._right2
        empty = self._tables["right2_empty"]
        result = np.repeat(empty, len(position), axis=0)
        if not kept:
            return result
        first = np.concatenate([[0], np.cumsum([len(states) for states in kept])])
        tables = project(np.concatenate([*kept, self._tables["right_padding"]]))
        rows, copies = _distinct(position, read[0])
        # Rows with a k-th nearest word read its state; the others are among the paddings already.
        k = np.arange(self.window)[:, None]
        nearest = position[rows] - 1 - k
        found = first[np.maximum(nearest, 0)] + rows
        schedule = np.where(nearest >= 0, found, first[-1] + self.window - k).astype(np.int32)
        start = np.zeros((len(rows), empty.shape[1]), np.float32)
        result[: len(copies)] = advance(step, tables, schedule, [start])[copies]
        return result

    def _decode(self, vectors: Floats, combined: Floats, words: Words, layout: Layout) -> tuple[Floats, Rows]:
        """The autoregressive part: one run a step, for the t-th word of every sentence that has one."""
        paddings = self._paddings("history", self.layers)
        empty = np.maximum(self.window - layout.position, 0)
        states = [table[empty] for table in paddings]
        inputs = self._history_project(vectors) if self._history_project is not None else []
        sentence = layout.sentence.astype(np.int32)
        probabilities = np.empty((len(combined), sum(self.heads)), np.float32)
        labels = np.empty((len(combined), len(self.heads)), np.int64)
        counts, later = layout.counts.tolist(), layout.later.tolist()
        for t, (count, start) in enumerate(zip(counts, later, strict=True)):
            now = slice(start, start + count)
            # Positions beyond t + window no longer see the t-th label, and have not begun: they lie in front.
            beyond = later[t + self.window] if t + self.window < len(counts) else 0
            moved = slice(beyond, start)
            word = [words.matrix[:count, t], *inputs] if inputs else []
            looked_up = t == 0 and bool(self._first_label)
            stepped = slice(start, start) if looked_up else moved
            found, label, *following = self.decode(
                combined[now], states[-1][now], sentence[stepped], *word, *(state[stepped] for state in states)
            )
            probabilities[now], labels[now] = found, label
            if looked_up:
                read = empty[moved], label[sentence[moved], 0]
                following = [table[read] for table in self._first_label]
            if beyond:
                for state, new in zip(states, following, strict=True):
                    state[moved] = new
            else:
                states = following
        return probabilities, labels


def _contexts(
    step: Graph,
    tables: Sequence[Floats],
    schedule: Sequence[Indices],
    paddings: Sequence[Floats],
    empty: Rows,
    kept: list[Floats] | None = None,
) -> Floats:
    """Run contexts from their paddings on, the first step once for those in which it is the same.

    Args:
        step: As for ``advance``.
        tables: As for ``advance``, at least one.
        schedule: As for ``advance``.
        paddings: For each layer its states by the number of paddings read, ``(window + 1, units)``.
        empty: With how many paddings each row begins, ascending.
        kept: As for ``advance``.

    Returns:
        The top layer's last state of every row, ``(rows, units)`` float32.
    """
    if not schedule:
        return paddings[-1][empty]
    words = schedule[0]
    begun = len(words)
    _, chosen, same = np.unique(empty[:begun] * len(tables[0]) + words, return_index=True, return_inverse=True)
    found = step(*tables, words[chosen], *(table[empty[chosen]] for table in paddings))
    states = []
    for table, state in zip(paddings, found, strict=True):
        states.append(np.empty((len(empty), state.shape[1]), np.float32))
        np.take(state, same, axis=0, out=states[-1][:begun], mode="clip")  # what raises writes by way of a copy
        states[-1][begun:] = table[empty[begun:]]
    if kept is not None:
        kept.append(states[-1][:begun])
    return advance(step, tables, schedule[1:], states, kept)


def _distinct(position: Rows, words: Indices) -> tuple[Rows, Rows]:
    """Rows whose contexts differ, as far as it pays to look: those of one word, which most often is a full stop.

    Args:
        position: How many context words each row has, descending.
        words: The word farthest away, for every row that has one.

    Returns:
        The rows to be run, ascending; and for each row with a context, which of them is its own.
    """
    longer = int((position > 1).sum())
    _, chosen, same = np.unique(words[longer:], return_index=True, return_inverse=True)
    # In the order of the rows, so that the states they read lie near each other.
    order = np.argsort(chosen)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    before = np.arange(longer)
    return np.concatenate([before, longer + chosen[order]]), np.concatenate([before, longer + place[same]])


def _joined(parts: Sequence[Floats]) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
