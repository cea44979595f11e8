"""Streams texts through worker processes: shards of rows, a bounded number in flight, the order of the input kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.loaders import Window, as_text, prepare, take
from vnlp_colab.pipeline.pool import Pool, Task
from vnlp_colab.pipeline.runner import Runner, check_batch_size
from vnlp_colab.results import Sentence

# Shards a worker may have in flight: begun, handed over, or done and waiting for their turn.
_AHEAD = 3
# Batches in a shard at most. Larger ones make batches more even, and leave workers idle at the end of the input.
_BATCHES = 4


class _Shard(NamedTuple):
    """Successive texts: the position of the first one, and how many the models are handed at once."""

    first: int
    texts: list[str]
    batch_size: int


class WorkerRunner:
    """Annotates any number of texts in constant memory, as ``Runner`` does, in several processes.

    Args:
        size: How many processes.
        make: Called in each of them; returns its models. Must be picklable.

    Raises:
        WorkerError: If processes end before their models are loaded.
    """

    def __init__(self, size: int, make: Callable[[], Annotator]) -> None:
        self._pool = Pool(size, partial(_ready, make))
        self._pool.start()

    def run(
        self,
        texts: Iterable[object],
        batch_size: int,
        done: Callable[[int], object] | None = None,
        number: Callable[[int], int] | None = None,
    ) -> Iterator[Sentence]:
        """Yield one result a text, in the order of the texts, which are drawn as results are.

        Args:
            texts: Texts; ``None`` and NaN count as empty.
            batch_size: How many texts the models are handed at once. Results do not depend on it.
            done: Called with the number of texts of each shard.
            number: Turns a text's position into the number of its row, for messages about dead workers.

        Raises:
            InputError: If an item is not text or a model refuses one; it names the item's 0-based position.
            WorkerError: If worker processes died twice over the same rows.
        """
        check_batch_size(batch_size)
        shards = _shards(texts, batch_size, self._pool.size)
        waiting: deque[tuple[int, Task]] = deque()
        failure: Exception | None = None
        ended = False
        try:
            while waiting or not ended:
                while not ended and len(waiting) < self._pool.size * _AHEAD:
                    shard, failure = next(shards)
                    ended = failure is not None or not shard.texts
                    if shard.texts:
                        waiting.append((len(shard.texts), self._pool.submit(shard, partial(_rows, shard, number))))
                if waiting:
                    count, task = waiting.popleft()
                    sentences: list[Sentence] = self._pool.result(task)
                    yield from sentences
                    if done is not None:
                        done(count)
            if failure is not None:
                raise failure
        finally:
            self._pool.drop(task for _, task in waiting)

    def close(self) -> None:
        """End the processes; they are started again when they are needed."""
        self._pool.close()


def _shards(texts: Iterable[object], batch_size: int, workers: int) -> Iterator[tuple[_Shard, Exception | None]]:
    """Cut texts into shards, each with the error that ended the texts after it; without one, the last is empty.

    The first ones are small, so that few texts too are work for all, and first results come soon.
    """
    source = (as_text(item, position) for position, item in enumerate(texts))
    first, count = 0, 0
    failure: Exception | None = None
    while failure is None:
        size = batch_size * min(1 << count // workers, _BATCHES)
        items, failure = take(source, size)
        yield _Shard(first, [str(item) for item in items], batch_size), failure
        first, count = first + len(items), count + 1


def _rows(shard: _Shard, number: Callable[[int], int] | None) -> str:
    """Name the rows of a shard."""
    first, last = shard.first, shard.first + len(shard.texts) - 1
    return f"rows {number(first)} to {number(last)}" if number else f"rows {first} to {last}, counted from 0"


def _ready(make: Callable[[], Annotator]) -> Callable[[_Shard], list[Sentence]]:
    """Load the models, in a worker; returns what annotates a shard."""
    annotator = make()

    def work(shard: _Shard) -> list[Sentence]:
        def whole(texts: Iterable[object], size: int, batch_size: int) -> Iterator[Window]:
            yield prepare(shard.first, list(texts), batch_size)

        return list(Runner(annotator, whole).run(shard.texts, shard.batch_size))

    return work
