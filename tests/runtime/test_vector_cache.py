"""The cache of vectors: bounded, least recently used out first, safe in threads."""

from __future__ import annotations

import gc
from collections.abc import Sequence, Sized
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.runtime.vectors import CacheStatistics, VectorCache, cache_statistics
from vnlp_colab.text.remembering import LONGEST

SIZE = 4


class Computer:
    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, keys: Sequence[int]) -> np.ndarray:
        self.calls.append(list(keys))
        return np.array([[key, key + 1, -key, 0.5] for key in keys], np.float32)


def cache_of(vectors: int) -> VectorCache:
    return VectorCache(SIZE, max_bytes=4 * SIZE * vectors)


def test_vectors_are_computed_once() -> None:
    cache, compute = cache_of(10), Computer()
    first = cache.fetch([1, 2, 3], compute)
    second = cache.fetch([3, 4, 1], compute)
    assert compute.calls == [[1, 2, 3], [4]]
    assert first.dtype == np.float32 and first[:, 0].tolist() == [1, 2, 3]
    assert second[:, 0].tolist() == [3, 4, 1]
    assert (cache.hits, cache.misses) == (2, 4)


def test_the_longest_unused_goes_first() -> None:
    cache, compute = cache_of(3), Computer()
    cache.fetch([1, 2, 3], compute)
    cache.fetch([1], compute)
    cache.fetch([4], compute)
    cache.fetch([1, 3, 4], compute)
    assert compute.calls == [[1, 2, 3], [4]]
    cache.fetch([2], compute)
    assert compute.calls[-1] == [2]


def test_more_keys_than_room() -> None:
    cache, compute = cache_of(2), Computer()
    assert cache.fetch(range(100), compute)[:, 0].tolist() == list(range(100))
    assert cache.fetch([98, 99, 0], compute)[:, 0].tolist() == [98, 99, 0]
    assert compute.calls[-1] == [0]


def test_long_keys_are_not_kept() -> None:
    cache = cache_of(100)
    keys = ["ev", "e" * LONGEST, "e" * (LONGEST + 1), "e" * 100_000, ("e",) * (LONGEST + 1), ("e", "v")]

    def lengths(missing: Sequence[Sized]) -> np.ndarray:
        return np.array([[len(key)] * SIZE for key in missing], np.float32)

    for _ in range(2):
        assert cache.fetch(keys, lengths)[:, 0].tolist() == [len(key) for key in keys]
    assert (cache.hits, cache.misses, cache.statistics().vectors) == (3, 6 + 3, 3)


def test_bound_is_in_bytes() -> None:
    assert VectorCache(256, max_bytes=1 << 20).capacity == 1024
    assert VectorCache(256, max_bytes=1).capacity == 1


def test_results_and_cache_share_no_memory() -> None:
    cache, compute = cache_of(4), Computer()
    cache.fetch([1], compute)[:] = 99
    assert cache.fetch([1], compute)[0, 0] == 1


def test_nothing_asked() -> None:
    cache, compute = cache_of(4), Computer()
    assert cache.fetch([], compute).shape == (0, SIZE)
    assert compute.calls == []


@given(asked=st.lists(st.lists(st.integers(0, 9), unique=True, max_size=6), max_size=20), room=st.integers(1, 6))
def test_always_the_right_vectors(asked: list[list[int]], room: int) -> None:
    cache, compute = cache_of(room), Computer()
    for keys in asked:
        assert cache.fetch(keys, compute)[:, 0].tolist() == keys
        assert len(cache._rows) <= room
    assert cache.hits + cache.misses == sum(map(len, asked))
    assert cache.misses == sum(map(len, compute.calls))


def test_threads() -> None:
    cache, compute = cache_of(5), Computer()
    asked = [[(i * step + j) % 13 for j in range(7)] for i in range(100) for step in (1, 2)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda keys: cache.fetch(keys, compute), asked))
    assert [rows[:, 0].tolist() for rows in found] == asked
    assert len(cache._rows) <= 5
    assert cache.hits + cache.misses == 7 * len(asked)


def test_what_all_caches_did() -> None:
    gc.collect()  # a cache of another test that goes away meanwhile would be missed
    before = cache_statistics()
    first, second = cache_of(2), cache_of(8)
    for cache, keys in ((first, [1, 2, 3]), (second, [1, 2]), (second, [2, 4]), (second, [1])):
        cache.fetch(keys, Computer())
    assert first.statistics() == (0, 3, 2, 2 * 4 * SIZE)
    assert second.statistics() == (2, 3, 3, 3 * 4 * SIZE)
    assert second.statistics().hit_rate == 0.4
    after = cache_statistics()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 6)
    assert CacheStatistics(0, 0, 0, 0).hit_rate == 0.0
