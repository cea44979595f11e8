"""Cutting a text that is too long for a network whose answers for its parts are averaged."""

from __future__ import annotations

from collections.abc import Callable

Part = tuple[list[int], float]
"""A run of symbol numbers, and its share of the text's answer."""


def halve_text(text: str, read: Callable[[str], list[int]], length: int) -> list[Part]:
    """Halve a text between words until every part fits.

    Args:
        text: The text.
        read: Turns a text into symbol numbers.
        length: The most symbols a part may have.

    Returns:
        The parts in order; their shares add up to one. A part without white space, over which upstream recurses
        without end, is halved between its symbols.
    """
    found: list[Part] = []
    waiting = [(text, 1.0)]
    while waiting:
        part, share = waiting.pop()
        numbers = read(part)
        words = part.split() if len(numbers) > length else []
        middle = len(words) // 2
        if len(numbers) <= length:
            found.append((numbers, share))
        elif middle:
            halves = (" ".join(words[middle:]), " ".join(words[:middle]))
            waiting.extend((half, share / 2) for half in halves)
        else:
            found.extend(_halve_symbols(numbers, length, share))
    return found


def _halve_symbols(numbers: list[int], length: int, share: float) -> list[Part]:
    if len(numbers) <= length:
        return [(numbers, share)]
    middle = len(numbers) // 2
    halves = (numbers[:middle], numbers[middle:])
    return [part for half in halves for part in _halve_symbols(half, length, share / 2)]
