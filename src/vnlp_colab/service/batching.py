"""A queue that hands the work of concurrent callers to one function, many items at a time.

There is no waiting for a batch to fill: whatever came while the last batch ran is the next one. A caller that is alone
has no delay from it, and under load batches are as large as they are useful.

Libraries that do this exist, but none of those on the package index bounds its queue, drops what its caller gave up,
and keeps the failure of one item from the others; hence this one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Result = TypeVar("Result")

# How much of the newest batch goes into the running mean of the time an item takes.
_NEWEST = 0.2


class QueueFull(Exception):
    """The queue has no room for the items.

    Attributes:
        seconds: When there may be room, as far as the speed until now tells.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the queue is full; there may be room in {seconds:.1f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Waiting(Generic[Key, Item, Result]):
    key: Key
    item: Item
    future: asyncio.Future[Result]
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a batch was like.

    Attributes:
        items: How many items it had.
        seconds: How long it took.
        waited: Seconds that its oldest item had waited.
    """

    items: int
    seconds: float
    waited: float


class Batcher(Generic[Key, Item, Result]):
    """Runs ``run`` in a thread of its own, one batch after the other. It belongs to one event loop.

    Args:
        run: Called with a key and items that were submitted with it; returns a result for each, in order.
        batch_size: The most items of a batch.
        capacity: The most items that may wait.
        observe: Called after each batch, in the event loop.
    """

    def __init__(
        self,
        run: Callable[[Key, list[Item]], Sequence[Result]],
        *,
        batch_size: int,
        capacity: int,
        observe: Callable[[Ran], object] | None = None,
    ) -> None:
        self._run = run
        self._batch_size = batch_size
        self._capacity = capacity
        self._observe = observe or (lambda ran: None)
        self._waiting: deque[_Waiting[Key, Item, Result]] = deque()
        self._changed = asyncio.Condition()
        self._seconds_an_item = 0.0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vnlp-colab-batch")
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._waiting)

    @property
    def seconds_behind(self) -> float:
        """How long what waits now will take, as far as the speed until now tells."""
        return len(self._waiting) * self._seconds_an_item

    def start(self) -> None:
        """Begin to work; call it in the event loop."""
        self._task = asyncio.create_task(self._work(), name="batcher")

    async def close(self) -> None:
        """End; what waits is cancelled, and so is what the batch that is running was to answer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while self._waiting:
            self._waiting.popleft().future.cancel()
        await asyncio.to_thread(self._executor.shutdown)

    async def submit(self, key: Key, items: Sequence[Item]) -> list[asyncio.Future[Result]]:
        """Queue all of the items or none; return a future for each. A future that is cancelled leaves the queue.

        Raises:
            QueueFull: There is no room for them.
        """
        async with self._changed:
            if len(self._waiting) + len(items) > self._capacity:
                raise QueueFull(self.seconds_behind)
            return self._add(key, items)

    async def submit_when_room(self, key: Key, item: Item) -> asyncio.Future[Result]:
        """Wait until the queue has room for one more item, then queue it."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < self._capacity)
            return self._add(key, [item])[0]

    def _add(self, key: Key, items: Sequence[Item]) -> list[asyncio.Future[Result]]:
        loop = asyncio.get_running_loop()
        added = [_Waiting(key, item, loop.create_future()) for item in items]
        self._waiting.extend(added)
        self._changed.notify_all()
        return [entry.future for entry in added]

    async def _work(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: len(self._waiting) > 0)
                batch = self._take()
                self._changed.notify_all()
            if batch:
                await self._finish(batch)

    def _take(self) -> list[_Waiting[Key, Item, Result]]:
        """Take the oldest items that go together, as many as a batch holds; what was given up just goes."""
        batch: list[_Waiting[Key, Item, Result]] = []
        others: list[_Waiting[Key, Item, Result]] = []
        while self._waiting and len(batch) < self._batch_size:
            entry = self._waiting.popleft()
            if entry.future.done():
                continue
            (batch if not batch or entry.key == batch[0].key else others).append(entry)
        self._waiting.extendleft(reversed(others))
        return batch

    async def _finish(self, batch: list[_Waiting[Key, Item, Result]]) -> None:
        begin = time.monotonic()
        try:
            results = await self._call(batch)
        except asyncio.CancelledError:
            for entry in batch:
                entry.future.cancel()
            raise
        except Exception as error:
            # Whatever it is, it is the callers who have to learn of it.
            if len(batch) == 1:
                _settle(batch[0], error)
            else:
                # One of the items is at fault: alone, it fails alone.
                for entry in batch:
                    if not entry.future.done():  # given up meanwhile
                        await self._finish([entry])
            return
        for entry, result in zip(batch, results, strict=True):
            if not entry.future.done():
                entry.future.set_result(result)
        seconds = time.monotonic() - begin
        share = _NEWEST if self._seconds_an_item else 1.0
        self._seconds_an_item += share * (seconds / len(batch) - self._seconds_an_item)
        self._observe(Ran(len(batch), seconds, begin - batch[0].since))

    async def _call(self, batch: list[_Waiting[Key, Item, Result]]) -> Sequence[Result]:
        loop = asyncio.get_running_loop()
        results = await loop.run_in_executor(self._executor, self._run, batch[0].key, [entry.item for entry in batch])
        if len(results) != len(batch):
            raise RuntimeError(f"{len(results)} results for {len(batch)} items")
        return results


def _settle(entry: _Waiting[Key, Item, Result], error: Exception) -> None:
    if not entry.future.done():
        entry.future.set_exception(error)
        entry.future.exception()  # a caller that is gone by now must not make asyncio complain
