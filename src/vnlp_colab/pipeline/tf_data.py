"""Windows of batches by way of ``tf.data``. Needs the extra ``tf``; nothing else in the pipeline imports TensorFlow."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import MissingExtra, VNLPError
from vnlp_colab.pipeline.loaders import AHEAD, Tokenised, Window, take, tokenise

# Texts of lengths between two of these are batched together. The first bucket holds the texts without tokens.
_BOUNDARIES = (1, 6, 11, 16, 24, 40, 80, 160)

# Texts may hold halves of surrogate pairs, which have no UTF-8; tensors hold bytes, and must give back the same text.
_ENCODING = ("utf-8", "surrogatepass")

# The place of what is no text, but fills up a window that was closed early: TensorFlow counts rows alone.
_FILLER = -1


@cache
def tensorflow() -> Any:
    """Import TensorFlow, quietly.

    Raises:
        MissingExtra: It is not installed.
    """
    # At import it logs a page of hints; who wants to see them has set the level.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise MissingExtra("tensorflow", "tf", "loader='tf.data'") from error
    try:
        # Else TensorFlow takes all memory of a GPU on which the models want to run.
        for card in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(card, True)
    except RuntimeError:
        pass  # The program runs TensorFlow already, and its settings are its own.
    return tf


def prefetch(texts: Iterable[object], size: int, batch_size: int) -> Iterator[Window]:
    """Yield windows of ``size`` texts; TensorFlow's threads tokenise and batch the next ones while the caller works.

    As with the other loader the caller's own thread draws from ``texts``, and if that fails, what it gave before is
    yielded first.
    """
    source = iter(texts)
    feed = _Feed(size)
    batches = _dataset(feed, size, batch_size).as_numpy_iterator()
    failure: Exception | None = None
    ended = False
    counts: deque[int] = deque()
    first = 0
    try:
        while counts or not ended:
            if not ended:
                items, failure, ended = take(source, size)
                if items:
                    counts.append(len(items))
                    feed.put(first, items)
                    first += len(items)
                if ended:
                    feed.end()
            if len(counts) > (0 if ended else AHEAD):
                yield _collect(feed, batches, counts.popleft())
        if failure is not None:
            raise failure
    finally:
        # TensorFlow waits for the generator before it lets go of the dataset, and the generator for a window.
        feed.close()
        del batches


class _Feed:
    """Hands windows from the caller's thread to the one in which TensorFlow runs the generator.

    Args:
        size: How many texts a window has, if they are not long.

    Attributes:
        windows: The windows of which the generator has begun to give the rows.
        failure: What ended the generator early.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.windows: deque[tuple[int, Tokenised]] = deque()
        self.failure: VNLPError | None = None
        self._given: SimpleQueue[tuple[int, Sequence[object]] | None] = SimpleQueue()
        self._closed = False

    def put(self, first: int, items: Sequence[object]) -> None:
        self._given.put((first, items))

    def end(self) -> None:
        self._given.put(None)

    def close(self) -> None:
        self._closed = True
        self.end()

    def rows(self) -> Iterator[tuple[int, npt.NDArray[np.object_]]]:
        """Yield each text's place in its window, and its tokens; called by TensorFlow."""
        while (given := self._given.get()) is not None and not self._closed:
            first, items = given
            try:
                found = tokenise(first, items)
            except VNLPError as error:
                # Through TensorFlow it would come out as an error of another type.
                self.failure = error
                return
            self.windows.append((first, found))
            for place, row in enumerate(found.tokens):
                # Only an array of objects keeps the NUL characters at a token's end.
                encoded = np.empty(len(row), dtype=np.object_)
                encoded[:] = [token.encode(*_ENCODING) for token in row]
                yield place, encoded
            for _ in range(self._size - len(items)):
                yield _FILLER, np.empty(0, dtype=np.object_)


def _dataset(feed: _Feed, size: int, batch_size: int) -> Any:
    """Return the dataset of batches ``(places (N,) int64, lengths (N,) int64, tokens (N, longest) string)``.

    Buckets are emptied at the end of each window: a long text must not wait for others of its length, nor the stream
    for it.
    """
    tf = tensorflow()
    signature = (tf.TensorSpec((), tf.int64), tf.TensorSpec((None,), tf.string))

    def with_length(place: Any, tokens: Any) -> tuple[Any, Any, Any]:
        return place, tf.size(tokens, out_type=tf.int64), tokens

    def bucket(place: Any, length: Any, tokens: Any) -> Any:
        return tf.searchsorted(tf.constant(_BOUNDARIES, tf.int64), [length], side="right", out_type=tf.int64)[0]

    def pad(key: Any, rows: Any) -> Any:
        return rows.padded_batch(batch_size, padded_shapes=((), (), (None,)))

    def batched(*columns: Any) -> Any:
        return tf.data.Dataset.zip(columns).group_by_window(bucket, pad, window_size=batch_size)

    with tf.device("/CPU:0"):
        rows = tf.data.Dataset.from_generator(feed.rows, output_signature=signature).map(with_length)
        return rows.window(size).flat_map(batched).prefetch(tf.data.AUTOTUNE)


def _collect(feed: _Feed, batches: Iterator[Any], count: int) -> Window:
    """Take the batches of one window of ``count`` texts, and decode them."""
    tokens: list[list[str]] = [[] for _ in range(count)]
    filled: list[list[int]] = []
    missing = count
    while missing:
        found = next(batches, None)
        if found is None:
            raise feed.failure or RuntimeError("tf.data ended before the texts did")
        places, lengths, padded = found
        for place, length, row in zip(places.tolist(), lengths.tolist(), padded.tolist(), strict=True):
            if place != _FILLER:
                tokens[place] = [token.decode(*_ENCODING) for token in row[:length]]
                missing -= 1
        if lengths[0]:  # texts without tokens have a bucket of their own
            filled.append(places.tolist())
    first, found = feed.windows.popleft()
    return Window(first, found.texts, tokens, filled, found.failures)
