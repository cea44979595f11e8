"""The queue among callers: turns, weights, the share of those who wait for room, and what was given up."""

import asyncio
import threading
from itertools import chain

import pytest

from vnlp_colab.service.batching import Batcher, QueueFull


class Work:
    """Returns what it gets; the first batch waits until it is told to go."""

    def __init__(self):
        self.batches = []
        self.go = threading.Event()

    def __call__(self, key, items):
        self.batches.append(list(items))
        assert self.go.wait(20)
        return items


def run(scenario, **options):
    """Run a scenario behind a batch that does not end before it says so; return the batches that came after it."""
    work = Work()

    async def main():
        batcher = Batcher(work, **{"batch_size": 8, "capacity": 100, **options})
        batcher.start()
        try:
            batcher.submit("a", ["first"])
            while not work.batches:
                await asyncio.sleep(0.001)
            await asyncio.wait_for(scenario(batcher, work), 20)
        finally:
            work.go.set()
            await batcher.close()

    asyncio.run(main())
    return work.batches[1:]


def test_who_brings_much_does_not_keep_others_waiting():
    async def scenario(batcher, work):
        many = batcher.submit("a", [f"many {number}" for number in range(20)])
        few = batcher.submit("a", ["few"])
        work.go.set()
        await asyncio.gather(*many, *few)

    batches = run(scenario, batch_size=4)
    assert batches[0] == ["many 0", "few", "many 1", "many 2"]
    assert list(chain(*batches[1:])) == [f"many {number}" for number in range(3, 20)]


def test_other_models_have_their_turn_too():
    async def scenario(batcher, work):
        many = batcher.submit("a", [f"many {number}" for number in range(20)])
        few = batcher.submit("b", ["few"])
        work.go.set()
        await asyncio.gather(*many, *few)

    assert run(scenario, batch_size=4)[1] == ["few"]


def test_a_batch_is_no_heavier_than_it_may_be_and_the_light_are_taken_along():
    async def scenario(batcher, work):
        heavy = batcher.submit("a", ["h0", "h1", "h2"], [6, 6, 6])
        other = batcher.submit("a", ["o0", "o1"], [6, 6])
        light = batcher.submit("a", ["l0", "l1"], [1, 1])
        beyond = batcher.submit("a", ["beyond"], [99])
        work.go.set()
        await asyncio.gather(*heavy, *other, *light, *beyond)

    batches = run(scenario, batch_weight=10)
    assert batches == [["h0", "l0", "l1"], ["o0"], ["beyond"], ["h1"], ["o1"], ["h2"]]


def test_nothing_is_passed_over_for_ever():
    async def scenario(batcher, work):
        light = [future for number in range(30) for future in batcher.submit("a", [number], [4])]
        (heavy,) = batcher.submit("a", ["heavy"], [10])
        work.go.set()
        await asyncio.gather(heavy, *light)

    batches = run(scenario, batch_weight=10, batch_size=8)
    assert batches.index(["heavy"]) == 15  # behind the 30 that came before, two a batch


def test_streams_leave_room_for_requests():
    async def scenario(batcher, work):
        streams = [
            asyncio.create_task(batcher.submit_when_room(name, "a", f"{name} {number}"))
            for number in range(30)
            for name in "xyz"
        ]
        await asyncio.sleep(0.02)
        assert len(batcher) == 4
        asked = batcher.submit("a", ["a", "b", "c", "d"])
        with pytest.raises(QueueFull):
            batcher.submit("a", ["e"])
        work.go.set()
        await asyncio.gather(*asked, *[await stream for stream in streams])

    batches = run(scenario, capacity=8)
    assert {"x 0", "y 0", "z 0", "a"} <= set(batches[0])
    assert sorted(chain(*batches)) == sorted([f"{s} {n}" for s in "xyz" for n in range(30)] + list("abcd"))


def test_what_is_given_up_leaves_its_room_at_once():
    told = []

    async def scenario(batcher, work):
        late = batcher.submit("a", [1, 2, 3])
        waiting = asyncio.create_task(batcher.submit_when_room("late", "a", 4))
        await asyncio.sleep(0.01)
        assert not waiting.done() and batcher.seconds_behind == 0
        for future in late:
            future.cancel()
        await asyncio.sleep(0.01)
        assert told[-3:] == [1, 0, 1]  # and who waited for room has it
        assert len(batcher) == 1
        others = batcher.submit("a", [5, 6])
        work.go.set()
        await asyncio.gather(*others, await waiting)

    assert run(scenario, capacity=3, waiting=told.append) == [[4, 5, 6]]
    assert told[-1] == 0


def test_closing_does_not_wait_for_the_batch_that_runs():
    async def scenario(batcher, work):
        (late,) = batcher.submit("a", [1])
        await asyncio.wait_for(batcher.close(), 10)
        assert not work.go.is_set() and late.cancelled()

    assert run(scenario) == []


def test_who_waits_for_room_when_it_closes_is_told():
    async def main():
        work = Work()
        batcher = Batcher(work, batch_size=1, capacity=2)
        batcher.start()
        batcher.submit("a", ["first"])
        while not work.batches:
            await asyncio.sleep(0.001)
        batcher.submit("a", ["second", "third"])
        sleeper = asyncio.create_task(batcher.submit_when_room("stream", "a", "fourth"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(batcher.close())
        work.go.set()
        await closing
        assert (await asyncio.wait_for(sleeper, 20)).cancelled()

    asyncio.run(main())


def test_who_waits_for_a_batch_that_is_tried_one_by_one_when_it_closes_is_told():
    second = threading.Event()

    def fail(key, items):
        if len(items) > 1:
            raise ValueError("one of them")
        second.set()
        assert go.wait(20)
        return items

    go = threading.Event()

    async def main():
        batcher = Batcher(fail, batch_size=4, capacity=8)
        futures = batcher.submit("a", ["one", "two", "three"])
        batcher.start()
        while not second.is_set():
            await asyncio.sleep(0.001)
        await batcher.close()
        go.set()
        assert all(future.cancelled() for future in futures)

    asyncio.run(main())
