"""Groups hold every item once, within the budget; results come back to their items."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.runtime.batching import map_groups, pack, pack_alike

lengths_lists = st.lists(st.integers(0, 50), max_size=60)


@given(lengths=lengths_lists, budget=st.integers(1, 200), threads=st.integers(1, 8))
def test_pack(lengths: list[int], budget: int, threads: int) -> None:
    groups = pack(lengths, budget, threads)
    packed = [item for group in groups for item in group]
    assert sorted(packed) == [item for item, length in enumerate(lengths) if length]
    assert [lengths[item] for item in packed] == sorted((length for length in lengths if length), reverse=True)
    for group in groups:
        assert group
        assert len(group) == 1 or sum(lengths[item] for item in group) <= budget
    # No two neighbours would have fitted together.
    if threads == 1:
        for group, following in pairwise(groups):
            assert sum(lengths[item] for item in group) + lengths[following[0]] > budget


def test_every_thread_gets_work() -> None:
    assert len(pack([10] * 8, 1024, 4)) == 4
    assert len(pack([10] * 8, 1024, 1)) == 1


@given(lengths=lengths_lists, budget=st.integers(1, 100), threads=st.integers(1, 4))
def test_results_belong_to_their_items(lengths: list[int], budget: int, threads: int) -> None:
    groups = pack(lengths, budget, threads)
    found = map_groups(lambda group: [item * 3 for item in group], groups, threads)
    assert [item for item, _ in found] == [item for group in groups for item in group]
    assert all(result == item * 3 for item, result in found)


def test_groups_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def run(group: list[int]) -> list[str]:
        meeting.wait()
        return [threading.current_thread().name for _ in group]

    names = {name for _, name in map_groups(run, [[0], [1]], 2)}
    assert len(names) == 2 and all(name.startswith("vnlp") for name in names)


@pytest.mark.parametrize("threads", [1, 3])
def test_errors_come_out(threads: int) -> None:
    def run(group: list[int]) -> list[int]:
        if 2 in group:
            raise ZeroDivisionError("group 2")
        return group

    with pytest.raises(ZeroDivisionError, match="group 2"):
        map_groups(run, [[0], [1], [2], [3]], threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_result_too_few_is_an_error(threads: int) -> None:
    with pytest.raises(ValueError):
        map_groups(lambda group: group[1:], [[0, 1], [2, 3]], threads)


def test_nothing_to_do() -> None:
    assert pack([], 10) == pack([0, 0], 10, 4) == []
    assert map_groups(lambda group: group, [], 4) == []


@given(lengths=lengths_lists, count=st.integers(1, 9), threads=st.integers(1, 4))
def test_pack_alike(lengths: list[int], count: int, threads: int) -> None:
    groups = pack_alike(lengths, count, threads)
    packed = [item for group in groups for item in group]
    assert sorted(packed) == list(range(len(lengths)))
    assert [lengths[item] for item in packed] == sorted(lengths, reverse=True)
    assert all(0 < len(group) <= count for group in groups)
