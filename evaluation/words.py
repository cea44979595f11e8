"""Which word of a system is which word of a treebank.

Written from the description of the CoNLL 2018 shared task (https://universaldependencies.org/conll18/evaluation.html):
words are the same where they stand at the same place among the characters that are no white space. Inside multi-word
tokens words have no places of their own; there the longest common subsequence of their forms is taken.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.conllu import Tree

Span = tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """The words of a text in order, all sentences in one row.

    Attributes:
        characters: The text without white space.
        words: First character and the one after the last, of each word; a word of a multi-word token has the token's.
        parts: Of each word whether it is one of several in a multi-word token.
        forms: The words.
        sentence_of: Number of each word's sentence.
        tokens: Spans of the tokens: the multi-word tokens and the other words.
        sentences: Spans of the sentences.
    """

    characters: str
    words: list[Span]
    parts: list[bool]
    forms: list[str]
    sentence_of: list[int]
    tokens: list[Span]
    sentences: list[Span]


def lay_out(trees: Sequence[Tree]) -> Layout:
    """Find the places of all words of a text's sentences."""
    found = Layout("", [], [], [], [], [], [])
    characters: list[str] = []
    place = 0
    for number, tree in enumerate(trees):
        begin = place
        ranges = {first: (last, form) for first, last, form in tree.ranges}
        word = 1
        while word <= len(tree.words):
            last, form = ranges.get(word, (word, tree.words[word - 1]))
            dense = "".join(c for c in form if unicodedata.category(c) != "Zs")
            span = (place, place + len(dense))
            characters.append(dense)
            place = span[1]
            found.tokens.append(span)
            for own in range(word, last + 1):
                found.words.append(span)
                found.parts.append(word in ranges)
                found.forms.append(tree.words[own - 1])
                found.sentence_of.append(number)
            word = last + 1
        found.sentences.append((begin, place))
    return Layout("".join(characters), *list(vars(found).values())[1:])


def align(system: Layout, gold: Layout) -> list[tuple[int, int]]:
    """Pair the numbers of system and gold words that are the same word, in order.

    Raises:
        ValueError: The texts differ.
    """
    _check(system.characters, gold.characters)
    pairs = []
    i = j = 0
    while i < len(system.words) and j < len(gold.words):
        if system.parts[i] or gold.parts[j]:
            (i, j), (i_end, j_end) = _region(system, gold, i, j)
            pairs += [(i + a, j + b) for a, b in _common(system.forms[i:i_end], gold.forms[j:j_end])]
            i, j = i_end, j_end
        elif system.words[i] == gold.words[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif gold.words[j][0] <= system.words[i][0]:
            j += 1
        else:
            i += 1
    return pairs


def _region(system: Layout, gold: Layout, i: int, j: int) -> tuple[list[int], list[int]]:
    """Return where the words that a multi-word token holds together begin and end, on both sides.

    Words are taken in the order in which they begin, until on both sides the next one is outside: a word of a
    multi-word token that begins after the end, or a plain word that ends after it. A multi-word token that is taken
    moves the end to its own.
    """
    sides = (gold, system)
    at = [j, i]
    holder = 0 if gold.parts[j] else 1
    end = sides[holder].words[at[holder]][1]
    other = 1 - holder
    if not sides[other].parts[at[other]] and sides[other].words[at[other]][0] < sides[holder].words[at[holder]][0]:
        at[other] += 1
    begin = list(at)
    while any(_inside(side, k, end) for side, k in zip(sides, at, strict=True)):
        starts = [
            side.words[k][0] if k < len(side.words) else len(side.characters) + 1
            for side, k in zip(sides, at, strict=True)
        ]
        side = starts.index(min(starts))
        if sides[side].parts[at[side]]:
            end = max(end, sides[side].words[at[side]][1])
        at[side] += 1
    return begin[::-1], at[::-1]


def _inside(side: Layout, word: int, end: int) -> bool:
    if word >= len(side.words):
        return False
    return side.words[word][0] < end if side.parts[word] else side.words[word][1] <= end


def _common(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of the longest common subsequence of forms, regardless of case."""
    one, two = [form.lower() for form in ours], [form.lower() for form in theirs]
    length = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for a in reversed(range(len(one))):
        for b in reversed(range(len(two))):
            longer = max(length[a + 1][b], length[a][b + 1])
            length[a][b] = length[a + 1][b + 1] + 1 if one[a] == two[b] else longer
    found = []
    a = b = 0
    while a < len(one) and b < len(two):
        if one[a] == two[b]:
            found.append((a, b))
            a, b = a + 1, b + 1
        elif length[a][b + 1] >= length[a + 1][b]:
            b += 1
        else:
            a += 1
    return found


def _check(ours: str, theirs: str) -> None:
    if ours == theirs:
        return
    place = next((k for k, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    raise ValueError(
        f"the texts differ from character {place} on: {ours[place : place + 20]!r}, gold {theirs[place : place + 20]!r}"
    )
