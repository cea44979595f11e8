"""Cutting tokens into segments that the network can read, and reading labels back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Segment:
    """A run of tokens joined by spaces.

    Attributes:
        characters: The joined text.
        spans: Which characters belong to which token: ``(token, start, stop)``.
    """

    characters: str = ""
    spans: list[tuple[int, int, int]] = field(default_factory=list)


def cut(tokens: Sequence[str], length: int) -> list[Segment]:
    """Halve a token list until every part, joined by spaces, has at most ``length`` characters.

    Args:
        tokens: Tokens without white space.
        length: The most characters a segment may have.
    """
    segments: list[Segment] = []
    waiting = [(0, len(tokens))]
    while waiting:
        start, stop = waiting.pop()
        size = sum(len(token) + 1 for token in tokens[start:stop]) - 1
        if start == stop:
            continue
        if size <= length:
            segments.append(_join(tokens, start, stop))
        elif stop - start == 1:
            segments.extend(_pieces(tokens[start], start, length))
        else:
            middle = start + (stop - start) // 2
            waiting += [(middle, stop), (start, middle)]
    return segments


def most_frequent(labels: Sequence[int]) -> int:
    """The most frequent label; of equally frequent ones the smallest, as upstream's mode has it."""
    counts: dict[int, int] = {}
    for label in labels:
        counts[int(label)] = counts.get(int(label), 0) + 1
    return min(counts, key=lambda label: (-counts[label], label))


def _join(tokens: Sequence[str], start: int, stop: int) -> Segment:
    segment = Segment(" ".join(tokens[start:stop]))
    at = 0
    for token in range(start, stop):
        segment.spans.append((token, at, at + len(tokens[token])))
        at += len(tokens[token]) + 1
    return segment


def _pieces(token: str, number: int, length: int) -> list[Segment]:
    """Cut one overlong token."""
    parts = [token[at : at + length] for at in range(0, len(token), length)]
    return [Segment(part, [(number, 0, len(part))]) for part in parts]
