"""Sentences as arrays: every distinct word of a batch once, with its pieces."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import sentencepiece
import torch

from training.data.conllu import Tree
from training.data.corpora import SOURCES, STYLES
from training.data.entities import LABELS, Tagged
from training.labels import IGNORED, Numbers
from vnlp_colab.models.shared_context.forms import MAX_PIECES, before_apostrophe, fold, shape, shorten

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Item:
    """A sentence as numbers.

    Attributes:
        words: ``(n,)`` word numbers in the ``WordTable``.
        shapes: ``(n,)`` shapes.
        style: Its annotation style; 0 where it has none.
        source: Its source of entity labels.
        upos: ``(n,)``, as the other labels; ``IGNORED`` where there is none.
        feats: ``(n, features)``.
        scripts: Lemma scripts.
        heads: Heads.
        relations: Relations.
        entities: Entity labels.
    """

    words: Ints
    shapes: Ints
    style: int = 0
    source: int = 0
    upos: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    feats: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    scripts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    heads: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    relations: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    entities: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


class WordTable:
    """The pieces of all words that were ever seen, by number.

    Args:
        pieces: The SentencePiece model.
        known: Folded words that have a stored vector.
        stems: Whether the part before an apostrophe stands in for a word without one.
    """

    def __init__(self, pieces: bytes, known: Sequence[str], stems: bool = False) -> None:
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=pieces)
        self._row = {word: i for i, word in enumerate(known)}
        self._stems = stems
        self._number: dict[str, int] = {}
        self._pieces: list[list[int]] = []
        self._vector: list[int] = []

    def number(self, folded: str) -> int:
        """Number of a folded word."""
        found = self._number.get(folded)
        if found is None:
            found = self._number[folded] = len(self._pieces)
            self._pieces.append(shorten(self._processor.encode(folded)))
            row = self._row.get(folded)
            if row is None and self._stems:
                row = self._row.get(before_apostrophe(folded))
            self._vector.append(-1 if row is None else row)
        return found

    def encode(self, numbers: Ints) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pieces ``(n, longest)``, how many there are ``(n,)``, and rows of stored vectors ``(n,)`` or -1."""
        rows = [self._pieces[number] for number in numbers]
        lengths = np.array([len(row) for row in rows])
        padded = np.zeros((len(rows), min(MAX_PIECES, int(lengths.max()))), np.int64)
        for i, row in enumerate(rows):
            padded[i, : len(row)] = row
        vectors = np.array([self._vector[number] for number in numbers])
        return torch.from_numpy(padded), torch.from_numpy(lengths), torch.from_numpy(vectors)

    def item(self, words: Sequence[str]) -> Item:
        """A sentence without labels."""
        return Item(
            np.array([self.number(fold(word)) for word in words], np.int64),
            np.array([shape(word, i == 0) for i, word in enumerate(words)], np.int64),
        )


class Batch(NamedTuple):
    """Sentences padded to one length; position 0 of each is the root.

    Attributes:
        pieces: ``(distinct words, pieces)``.
        piece_counts: ``(distinct words,)``.
        vectors: ``(distinct words,)`` rows of stored vectors, or -1.
        index: ``(sentences, longest + 1)``: row of each word; the root's is the number of distinct words.
        shapes: ``(sentences, longest + 1)``.
        styles: ``(sentences,)``.
        sources: ``(sentences,)``.
        lengths: ``(sentences,)``, the root included.
        items: The sentences.
    """

    pieces: torch.Tensor
    piece_counts: torch.Tensor
    vectors: torch.Tensor
    index: torch.Tensor
    shapes: torch.Tensor
    styles: torch.Tensor
    sources: torch.Tensor
    lengths: torch.Tensor
    items: list[Item]

    def labels(self, name: str) -> torch.Tensor:
        """A kind of labels, padded: ``(sentences, longest + 1)``, or with one axis more for ``feats``."""
        first: Ints = getattr(self.items[0], name)
        shape = (*self.index.shape, *first.shape[1:])
        padded = np.full(shape, IGNORED, np.int64)
        for i, item in enumerate(self.items):
            values: Ints = getattr(item, name)
            padded[i, 1 : len(values) + 1] = values
        return torch.from_numpy(padded)


def collate(items: Sequence[Item], table: WordTable) -> Batch:
    """Make a batch, longest sentence first."""
    ordered = sorted(items, key=lambda item: -len(item.words))
    lengths = np.array([len(item.words) + 1 for item in ordered])
    distinct, inverse = np.unique(np.concatenate([item.words for item in ordered]), return_inverse=True)
    index = np.zeros((len(ordered), int(lengths[0])), np.int64)
    shapes = np.zeros_like(index)
    index[:, 0] = len(distinct)
    start = 0
    for i, item in enumerate(ordered):
        stop = start + len(item.words)
        index[i, 1 : len(item.words) + 1] = inverse[start:stop]
        shapes[i, 1 : len(item.words) + 1] = item.shapes
        start = stop
    return Batch(
        *table.encode(distinct),
        torch.from_numpy(index),
        torch.from_numpy(shapes),
        torch.tensor([item.style for item in ordered]),
        torch.tensor([item.source for item in ordered]),
        torch.from_numpy(lengths),
        ordered,
    )


def tree_item(tree: Tree, style: str, table: WordTable, numbers: Numbers) -> Item:
    """A sentence of a treebank."""
    item = table.item(tree.words)
    item.style = STYLES.index(style)
    item.upos = np.array(numbers.upos(tree))
    item.feats = np.array(numbers.features(tree))
    item.scripts = np.array(numbers.scripts(tree))
    item.heads = np.array(tree.heads)
    item.relations = np.array(numbers.relations(tree))
    return item


def entity_item(sentence: Tagged, source: str, table: WordTable) -> Item:
    """A sentence with entity labels."""
    item = table.item(sentence.words)
    item.source = SOURCES.index(source)
    item.entities = np.array([LABELS.index(label) for label in sentence.labels])
    return item


def packed(items: Iterable[Item], tokens: int) -> list[list[Item]]:
    """Groups of at most ``tokens`` words, or of one sentence that is longer, in the order of the items."""
    groups: list[list[Item]] = []
    filled = 0
    for item in items:
        if not groups or filled + len(item.words) > tokens:
            groups.append([])
            filled = 0
        groups[-1].append(item)
        filled += len(item.words)
    return groups


def endless(items: Sequence[Item], tokens: int, rng: random.Random) -> Iterator[list[Item]]:
    """Batches of like length, of at most ``tokens`` words, in random order, for ever.

    Raises:
        ValueError: There are no items to make a batch of; raised when the first batch is asked for.
    """
    if not items:
        raise ValueError("there are no sentences to train on: look at the data, and at the longest that are taken")
    while True:
        groups = packed(sorted(items, key=lambda item: len(item.words) + 2 * rng.random()), tokens)
        rng.shuffle(groups)
        yield from groups
