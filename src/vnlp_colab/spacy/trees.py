"""Parses in the form that spaCy has for them."""

from __future__ import annotations

from collections.abc import Sequence


def tree_of(heads: Sequence[int]) -> list[int]:
    """Return the heads of a tree with one root: the given ones, where they make one.

    spaCy has no form for anything else, which a parser's raw choice (``tree=False``) may be: there further roots, heads
    that the sentence does not have, and the first token of each loop come to hang on the first root.

    Args:
        heads: The head of each token, counted from 1; 0 for the root.

    Returns:
        As many, of the same kind.

    Examples:
        >>> tree_of([2, 0, 2]), tree_of([2, 1, 0, 0])
        ([2, 0, 2], [3, 1, 0, 3])
    """
    tree = [head if 0 <= head <= len(heads) else 0 for head in heads]
    # A root that the parser chose, before one that has lost its head here.
    root = next((row.index(0) + 1 for row in (list(heads), tree) if 0 in row), 0)
    # Those from which the root is known to be reached.
    safe = {0}
    for token in range(1, len(tree) + 1):
        path: list[int] = []
        at = token
        while at not in safe and at not in path:
            path.append(at)
            at = tree[at - 1]
        if at not in safe:
            first = min(path[path.index(at) :])
            root = root or first
            tree[first - 1] = 0
        safe.update(path)
    return [root if head == 0 and place != root else head for place, head in enumerate(tree, 1)]
