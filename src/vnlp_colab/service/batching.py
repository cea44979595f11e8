"""A queue that hands the work of concurrent callers to one function, many items at a time.

There is no waiting for a batch to fill: whatever came while the last batch ran is the next one. A caller that is alone
has no delay from it, and under load batches are as large as they are useful.

Libraries that do this exist, but none of those on the package index bounds its queue, drops what its caller gave up,
keeps the failure of one item from the others, and lets callers take turns; hence this one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Result = TypeVar("Result")

# How much of the newest batch goes into the running mean of the time that a weight takes.
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
    weight: int
    future: asyncio.Future[Result]
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Lane(Generic[Key, Item, Result]):
    """What one caller has waiting, the oldest first; all of it has one key."""

    key: Key
    streams: bool
    waiting: OrderedDict[asyncio.Future[Result], _Waiting[Key, Item, Result]] = field(default_factory=OrderedDict)


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

    Callers take turns: a batch has one item of each before it has a second one of any, so that nobody waits for all
    that another has brought.

    Args:
        run: Called with a key and items that were submitted with it; returns a result for each, in order.
        batch_size: The most items of a batch.
        batch_weight: What the items of a batch may weigh together; one that is heavier alone is a batch alone. What
            its callers gave up stops after the batch that runs, so that this bounds how long it goes on.
        capacity: The most items that may wait; callers who wait for room have half of them at most, so that there is
            room for those who do not.
        observe: Called after each batch, in the event loop.
        waiting: Called with the number of items that wait when it has changed, in the event loop.
    """

    def __init__(
        self,
        run: Callable[[Key, list[Item]], Sequence[Result]],
        *,
        batch_size: int,
        capacity: int,
        batch_weight: int = sys.maxsize,
        observe: Callable[[Ran], object] | None = None,
        waiting: Callable[[int], object] | None = None,
    ) -> None:
        self._run = run
        self._batch_size = batch_size
        self._batch_weight = batch_weight
        self._capacity = capacity
        self._observe = observe or (lambda ran: None)
        self._tell_waiting = waiting or (lambda count: None)
        # By their callers, the one whose turn it is first.
        self._lanes: OrderedDict[Hashable, _Lane[Key, Item, Result]] = OrderedDict()
        self._count = self._count_streamed = self._weight = 0
        self._sleepers: dict[asyncio.Future[None], None] = {}
        self._seconds_a_weight = 0.0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vnlp-colab-batch")
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        """How many items wait; what was given up does not."""
        return self._count

    @property
    def seconds_behind(self) -> float:
        """How long what waits now will take, as far as the speed until now tells."""
        return self._weight * self._seconds_a_weight

    def start(self) -> None:
        """Begin to work; call it in the event loop."""
        self._task = asyncio.create_task(self._work(), name="batcher")

    async def close(self) -> None:
        """End; what waits is cancelled, and so is what the batch that is running was to answer.

        That batch itself cannot be stopped. It is not waited for: the process has other ways to end.
        """
        self._closed = True  # a caller that waits for room must not wait in a queue that nobody empties
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for future in [future for lane in self._lanes.values() for future in lane.waiting]:
            future.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def submit(
        self, key: Key, items: Sequence[Item], weights: Sequence[int] | None = None
    ) -> list[asyncio.Future[Result]]:
        """Queue all of the items or none; return a future for each. A future that is cancelled leaves the queue.

        Raises:
            QueueFull: There is no room for them.
        """
        if self._count + len(items) > self._capacity:
            raise QueueFull(self.seconds_behind)
        return self._add(object(), key, items, weights or [1] * len(items), streams=False)

    async def submit_when_room(self, owner: Hashable, key: Key, item: Item, weight: int = 1) -> asyncio.Future[Result]:
        """Wait until the queue has room for one more item, then queue it. An owner has one key."""
        share = max(1, self._capacity // 2)
        await self._until(lambda: self._count < self._capacity and self._count_streamed < share)
        return self._add(owner, key, [item], [weight], streams=True)[0]

    def _add(
        self, owner: Hashable, key: Key, items: Sequence[Item], weights: Sequence[int], *, streams: bool
    ) -> list[asyncio.Future[Result]]:
        if not items:
            return []
        loop = asyncio.get_running_loop()
        lane = self._lanes.setdefault(owner, _Lane(key, streams))
        added = [_Waiting(key, item, weight, loop.create_future()) for item, weight in zip(items, weights, strict=True)]
        for entry in added:
            lane.waiting[entry.future] = entry
            entry.future.add_done_callback(partial(self._given_up, owner, lane))
        self._count += len(added)
        self._count_streamed += len(added) if streams else 0
        self._weight += sum(weights)
        self._changed()
        if self._closed:
            for entry in added:
                entry.future.cancel()
        return [entry.future for entry in added]

    def _leave(self, owner: Hashable, lane: _Lane[Key, Item, Result], future: asyncio.Future[Result]) -> None:
        """Take an item out of the queue."""
        self._weight -= lane.waiting.pop(future).weight
        self._count -= 1
        self._count_streamed -= lane.streams
        if not lane.waiting:
            del self._lanes[owner]

    def _given_up(self, owner: Hashable, lane: _Lane[Key, Item, Result], future: asyncio.Future[Result]) -> None:
        """Called when a future is done: who no longer waits must not take the room of others."""
        if future in lane.waiting:
            self._leave(owner, lane, future)
            self._changed()

    def _changed(self) -> None:
        self._tell_waiting(self._count)
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self._sleepers.clear()

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so of the queue."""
        while not condition():
            sleeper = asyncio.get_running_loop().create_future()
            self._sleepers[sleeper] = None
            try:
                await sleeper
            finally:
                self._sleepers.pop(sleeper, None)

    async def _work(self) -> None:
        while True:
            await self._until(lambda: self._count > 0)
            batch = self._take()
            self._changed()
            if batch:
                await self._finish(batch)

    def _take(self) -> list[_Waiting[Key, Item, Result]]:
        """Take the next batch: items of one key, of each caller in turn, as many as a batch holds.

        What is too heavy for the rest of it is passed over, and first in the next one.
        """
        first = next(iter(self._lanes.values()))
        turns = deque((owner, lane) for owner, lane in self._lanes.items() if lane.key == first.key)
        batch: list[_Waiting[Key, Item, Result]] = []
        left = self._batch_weight
        while turns and len(batch) < self._batch_size:
            owner, lane = turns.popleft()
            entry = next(iter(lane.waiting.values()))
            if batch and entry.weight > left:
                continue
            self._leave(owner, lane, entry.future)
            if lane.waiting:
                turns.append((owner, lane))
                self._lanes.move_to_end(owner)
            if not entry.future.done():  # given up just now
                batch.append(entry)
                left -= entry.weight
        return batch

    async def _finish(self, batch: list[_Waiting[Key, Item, Result]]) -> None:
        try:
            await self._answer(batch)
        except asyncio.CancelledError:
            for entry in batch:
                entry.future.cancel()
            raise

    async def _answer(self, batch: list[_Waiting[Key, Item, Result]]) -> None:
        begin = time.monotonic()
        try:
            results = await self._call(batch)
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
        share = _NEWEST if self._seconds_a_weight else 1.0
        weight = max(1, sum(entry.weight for entry in batch))
        self._seconds_a_weight += share * (seconds / weight - self._seconds_a_weight)
        self._observe(Ran(len(batch), seconds, begin - min(entry.since for entry in batch)))

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
