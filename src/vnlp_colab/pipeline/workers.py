"""Streams texts through worker processes: shards of rows, a bounded number in flight, the order of the input kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, cast

from vnlp_colab.errors import WorkerError
from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.gate import KNOWN, Gate, Rules, acquit_models, name_row, row_name
from vnlp_colab.pipeline.loaders import Window, prepare, take
from vnlp_colab.pipeline.pool import TRIES, Pool, Task, TaskLost
from vnlp_colab.pipeline.runner import Runner, check_batch_size
from vnlp_colab.results import Sentence
from vnlp_colab.runtime.forking import in_one_process

# Shards a worker may have in flight: begun, handed over, or done and waiting for their turn.
_AHEAD = 3
# Batches in a shard at most. Larger ones make batches more even, and leave workers idle at the end of the input.
_BATCHES = 4


class _Shard(NamedTuple):
    """Successive texts: the position of the first one, and how many the models are handed at once."""

    first: int
    texts: list[str]
    batch_size: int

    def halves(self) -> tuple[_Shard, _Shard]:
        """Return the first and the second half of its texts."""
        half = len(self.texts) // 2
        return self._replace(texts=self.texts[:half]), _Shard(self.first + half, self.texts[half:], self.batch_size)


class WorkerRunner:
    """Annotates any number of texts in constant memory, as ``Runner`` does, in several processes.

    Args:
        size: How many processes.
        make: Called in each of them; returns its models. Must be picklable.
        rules: How rows are treated that are too large, or that the models fail over.

    Raises:
        WorkerError: If processes end before their models are loaded.
    """

    def __init__(self, size: int, make: Callable[[], Annotator], rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self._known: str | None = None
        self._pool = Pool(size, partial(_ready, make, self.rules))
        self._pool.start()

    @in_one_process
    def run(
        self,
        texts: Iterable[object],
        batch_size: int,
        done: Callable[[int], object] | None = None,
        number: Callable[[int], int] | None = None,
    ) -> Generator[Sentence, None, None]:
        """Yield one result a text, in the order of the texts, which are drawn as results are.

        Args:
            texts: Texts; ``None`` and NaN count as empty.
            batch_size: How many texts the models are handed at once. Results do not depend on it.
            done: Called with the number of texts of each shard.
            number: Turns a text's position into the number of its row, for messages about dead workers.

        Raises:
            InputError: If an item is not text, too large, or a model refuses it; it names the item's 0-based position.
            WorkerError: If worker processes died over a row, again and again, or a forked child asks for more of a
                run that its parent has begun.
            Exception: Whatever else a model raised, with a note that names the row.
        """
        check_batch_size(batch_size)
        gate = Gate(self.rules)
        shards = _shards(gate.admit(texts), batch_size, self._pool.size)
        waiting: deque[tuple[_Shard, Task]] = deque()
        failure: Exception | None = None
        ended = False
        try:
            while waiting or not ended:
                while not ended and len(waiting) < self._pool.size * _AHEAD:
                    shard, failure = next(shards)
                    ended = failure is not None or not shard.texts
                    if shard.texts:
                        waiting.append((shard, self._submit(shard, number)))
                if waiting:
                    shard, task = waiting.popleft()
                    for position, sentence in enumerate(self._result(shard, task, number, gate), shard.first):
                        yield gate.result(position, sentence)
                    if done is not None:
                        done(len(shard.texts))
            if failure is not None:
                raise failure
        except Exception as error:
            name_row(error, number)
            raise
        finally:
            self._pool.drop(task for _, task in waiting)

    def _submit(self, shard: _Shard, number: Callable[[int], int] | None, tries: int = TRIES) -> Task:
        return self._pool.submit(shard, partial(_rows, shard, number), tries)

    def _result(self, shard: _Shard, task: Task, number: Callable[[int], int] | None, gate: Gate) -> list[Sentence]:
        """Wait for a shard; one over which workers die is halved, until the row is alone that kills them."""
        try:
            sentences: list[Sentence] = self._pool.result(task)
        except TaskLost as error:
            if len(shard.texts) == 1:
                failure = WorkerError(str(error))
                if self.rules.skips:
                    acquit_models(failure, shard.first, self._again)
                return [gate.failed(shard.first, shard.texts[0], failure)]
            parts = shard.halves()
            # That a worker died once is enough to go on halving; a single row has its second chance.
            tasks = [self._submit(part, number, 1 if len(part.texts) > 1 else TRIES) for part in parts]
            try:
                found = [self._result(part, task, number, gate) for part, task in zip(parts, tasks, strict=True)]
            finally:
                self._pool.drop(tasks)
            return [sentence for sentences in found for sentence in sentences]
        if self._known is None:
            good = (text for text, sentence in zip(shard.texts, sentences, strict=True) if sentence.tokens)
            self._known = next(good, None)
        return sentences

    def _again(self) -> None:
        """Annotate a text that went well before, or else a sentence that every model can annotate."""
        shard = _Shard(0, [self._known or KNOWN], 1)
        self._pool.result(self._pool.submit(shard, lambda: "a sentence known to be good"))

    def call(self, function: Callable[[], Any]) -> Any:
        """Return what a function returns in one of the processes; it must be picklable."""
        return self._pool.result(self._pool.submit(function, lambda: "a question about its models"))

    def close(self) -> None:
        """End the processes; they are started again when they are needed."""
        self._pool.close()


def _shards(texts: Iterable[str], batch_size: int, workers: int) -> Iterator[tuple[_Shard, Exception | None]]:
    """Cut texts into shards, each with the error that ended the texts after it; without one, the last is empty.

    The first ones are small, so that few texts too are work for all, and first results come soon.
    """
    source = iter(texts)
    first, count = 0, 0
    failure: Exception | None = None
    while failure is None:
        size = batch_size * min(1 << count // workers, _BATCHES)
        items, failure, _ = take(source, size)
        yield _Shard(first, cast("list[str]", items), batch_size), failure
        first, count = first + len(items), count + 1


def _rows(shard: _Shard, number: Callable[[int], int] | None) -> str:
    """Name the rows of a shard."""
    first, last = shard.first, shard.first + len(shard.texts) - 1
    if first == last:
        return row_name(first, number)
    return f"rows {number(first)} to {number(last)}" if number else f"rows {first} to {last}, counted from 0"


def _ready(make: Callable[[], Annotator], rules: Rules) -> Callable[[Any], Any]:
    """Load the models, in a worker; returns what annotates a shard, or calls a function."""
    annotator = make()

    def whole(texts: Iterable[object], size: int, batch_size: int) -> Iterator[Window]:
        yield prepare(0, list(texts), batch_size)

    runner = Runner(annotator, whole, rules)

    def work(shard: _Shard | Callable[[], Any]) -> Any:
        if not isinstance(shard, _Shard):
            return shard()
        return list(runner.run_from(shard.first, shard.texts, shard.batch_size))

    return work
