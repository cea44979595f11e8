"""Cutting work into batches of like size and spreading them over threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vnlp_colab.runtime.recurrence import longest_first

Result = TypeVar("Result")


def pack(lengths: Sequence[int], budget: int, threads: int = 1) -> list[list[int]]:
    """Group items by length, longest first, so that a group's lengths add up to at most the budget.

    Args:
        lengths: Length of each item (tokens, characters). Items of length 0 are left out.
        budget: The largest sum of a group; an item longer than that is a group of its own.
        threads: With several threads, there are as many groups for each of them, of about the same size.

    Returns:
        Lists of item numbers.
    """
    total = sum(lengths)
    target = budget
    if threads > 1 and total:
        # As many groups a thread as the next, of like size: a thread that waits for the last group does nothing.
        rounds = -(-total // (budget * threads))
        target = -(-total // (rounds * threads))
    groups: list[list[int]] = []
    filled = target
    for item in longest_first(lengths).tolist():
        length = lengths[item]
        if length == 0:
            break
        if filled >= target or filled + length > budget:
            groups.append([])
            filled = 0
        groups[-1].append(item)
        filled += length
    return groups


def pack_alike(lengths: Sequence[int], count: int, threads: int = 1) -> list[list[int]]:
    """Group items of like length, longest first, so that no group has more than ``count`` of them.

    Args:
        lengths: Length of each item; items of length 0 are grouped too.
        count: The most items of a group.
        threads: As for ``pack``.

    Returns:
        Lists of item numbers.
    """
    order = longest_first(lengths).tolist()
    return [[order[i] for i in group] for group in pack([1] * len(order), count, threads)]


def map_groups(
    function: Callable[[list[int]], Sequence[Result]], groups: Sequence[list[int]], threads: int
) -> list[tuple[int, Result]]:
    """Call a function with each group and pair every item's number with its result.

    Args:
        function: Takes a group's item numbers and returns a result for each.
        groups: The groups; every item is in one of them at most.
        threads: How many worker threads to use. The function must be safe to run in several.
    """
    if threads <= 1 or len(groups) <= 1:
        found = [function(group) for group in groups]
    else:
        with ThreadPoolExecutor(min(threads, len(groups)), thread_name_prefix="vnlp") as pool:
            found = list(pool.map(function, groups))
    return [pair for group, results in zip(groups, found, strict=True) for pair in zip(group, results, strict=True)]
