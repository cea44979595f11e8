"""The queue: what goes together, what order, what is refused, and whom a failure reaches."""

import asyncio
import threading

import pytest

from vnlp_colab.service.batching import Batcher, QueueFull


class Work:
    """Doubles numbers; the first batch waits until it is told to go."""

    def __init__(self, held=False):
        self.batches = []
        self.go = threading.Event()
        if not held:
            self.go.set()

    def __call__(self, key, items):
        self.batches.append((key, list(items)))
        assert self.go.wait(20)
        if 13 in items:
            raise ValueError("unlucky")
        return [item * 2 for item in items]


def run(scenario, work, **options):
    async def main():
        batcher = Batcher(work, **{"batch_size": 8, "capacity": 100, **options})
        batcher.start()
        try:
            return await asyncio.wait_for(scenario(batcher), 20)
        finally:
            work.go.set()
            await batcher.close()

    return asyncio.run(main())


async def begun(work, count=1):
    while len(work.batches) < count:
        await asyncio.sleep(0.001)


async def blocked(batcher, work):
    """Let one item run that does not end, so that what comes next waits."""
    (first,) = batcher.submit("a", [0])
    await begun(work)
    return first


def test_what_came_while_a_batch_ran_is_the_next_batch():
    work = Work(held=True)

    async def scenario(batcher):
        first = await blocked(batcher, work)
        futures = [future for number in range(1, 12) for future in batcher.submit("a", [number])]
        assert len(batcher) == 11
        work.go.set()
        return [await first, *await asyncio.gather(*futures)]

    assert run(scenario, work) == [number * 2 for number in range(12)]
    assert [items for _, items in work.batches] == [[0], list(range(1, 9)), [9, 10, 11]]


def test_only_one_key_goes_into_a_batch_and_the_oldest_first():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        futures = [
            future
            for key, number in [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("a", 5)]
            for future in batcher.submit(key, [number])
        ]
        work.go.set()
        return await asyncio.gather(*futures)

    assert run(scenario, work) == [2, 4, 6, 8, 10]
    assert work.batches[1:] == [("b", [1, 3]), ("a", [2, 5]), ("c", [4])]


def test_a_batch_of_one_turns_batching_off():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        futures = batcher.submit("a", [1, 2, 3])
        work.go.set()
        await asyncio.gather(*futures)

    run(scenario, work, batch_size=1)
    assert [items for _, items in work.batches] == [[0], [1], [2], [3]]


def test_a_full_queue_takes_all_or_nothing():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        batcher.submit("a", [1, 2])
        with pytest.raises(QueueFull):
            batcher.submit("a", [3, 4])
        assert len(batcher) == 2
        batcher.submit("a", [5])
        work.go.set()

    run(scenario, work, capacity=3)
    assert all(3 not in items for _, items in work.batches)


def test_who_can_wait_for_room_gets_it():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        batcher.submit("a", [1])
        late = asyncio.create_task(batcher.submit_when_room("late", "a", 2))
        await asyncio.sleep(0.02)
        assert not late.done()
        work.go.set()
        return await (await late)

    assert run(scenario, work, capacity=1) == 4


def test_what_is_given_up_is_not_worked_on():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        gone, kept = batcher.submit("a", [1, 2])
        gone.cancel()
        work.go.set()
        return await kept

    assert run(scenario, work) == 4
    assert work.batches == [("a", [0]), ("a", [2])]


def test_the_queue_goes_on_after_all_that_waited_gave_up():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        for future in batcher.submit("a", [1, 2]):
            future.cancel()
        work.go.set()
        (later,) = batcher.submit("b", [3])
        return await later

    assert run(scenario, work) == 6


def test_a_failure_reaches_its_own_caller_only():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        futures = batcher.submit("a", [1, 13, 2])
        work.go.set()
        return await asyncio.gather(*futures, return_exceptions=True)

    one, unlucky, two = run(scenario, work)
    assert (one, two) == (2, 4)
    assert isinstance(unlucky, ValueError)


def test_a_lost_result_is_an_error_and_mixes_nothing_up():
    class Loses(Work):
        def __call__(self, key, items):
            return super().__call__(key, items)[: 1 if len(items) == 1 else -1]

    work = Loses(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        futures = batcher.submit("a", [1, 2, 3])
        work.go.set()
        return await asyncio.gather(*futures)

    # Three results short of one are worth nothing; one by one each is right.
    assert run(scenario, work) == [2, 4, 6]


def test_closing_cancels_what_waits():
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        (waiting,) = batcher.submit("a", [1])
        work.go.set()
        await batcher.close()
        return waiting

    assert run(scenario, work).cancelled()


def test_what_a_batch_was_like_is_told():
    seen = []
    work = Work(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        futures = batcher.submit("a", [1, 2])
        await asyncio.sleep(0.02)
        work.go.set()
        await asyncio.gather(*futures)
        while len(seen) < 2:
            await asyncio.sleep(0.001)

    run(scenario, work, observe=seen.append)
    assert [ran.items for ran in seen] == [1, 2]
    # A timer may be a little early.
    assert seen[1].waited >= 0.01


def test_thousands_of_callers_get_their_own():
    work = Work()

    async def scenario(batcher):
        async def caller(number):
            (future,) = batcher.submit(number % 3, [number + 100])
            return await future

        return await asyncio.gather(*map(caller, range(3000)))

    assert run(scenario, work, capacity=5000) == [2 * (number + 100) for number in range(3000)]
    assert max(len(items) for _, items in work.batches) == 8


def test_closing_leaves_nobody_waiting_for_the_batch_that_runs():
    work = Work(held=True)

    async def scenario(batcher):
        first = await blocked(batcher, work)
        closing = asyncio.create_task(batcher.close())
        await asyncio.wait({first}, timeout=10)
        work.go.set()
        await closing
        return first

    assert run(scenario, work).cancelled()


def test_what_is_given_up_while_its_batch_is_tried_one_by_one_is_left_out():
    class Stops(Work):
        alone, told = threading.Event(), threading.Event()

        def __call__(self, key, items):
            if items == [13]:
                self.alone.set()
                assert self.told.wait(20)
            return super().__call__(key, items)

    work = Stops(held=True)

    async def scenario(batcher):
        await blocked(batcher, work)
        unlucky, gone, kept = batcher.submit("a", [13, 1, 2])
        work.go.set()
        while not work.alone.is_set():
            await asyncio.sleep(0.001)
        gone.cancel()
        work.told.set()
        with pytest.raises(ValueError, match="unlucky"):
            await unlucky
        return await kept

    assert run(scenario, work) == 4
    assert [items for _, items in work.batches] == [[0], [13, 1, 2], [13], [2]]
