"""Word vectors from pieces."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain
from typing import cast

import numpy as np

from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.models.loading import Parts
from vnlp_colab.runtime.recurrence import Floats, Indices, advance, longest_first, ragged_schedule
from vnlp_colab.runtime.vectors import VectorCache


class WordEncoder:
    """Encodes every distinct word of a batch once, and remembers it. Safe to use from several threads.

    Attributes:
        length: Pieces of a word that are read; padding comes first.
    """

    def __init__(self, parts: Parts, tokenizer: PieceTokenizer, length: int) -> None:
        self.length = length
        self._tokenizer = tokenizer
        self._project, self._step = parts.graph("pieces_project"), parts.graph("word_step")
        tables = parts.tables("word_tables")
        self._padding = [tables[f"word_padding{i}"] for i in range(len(tables))]
        self._cache = VectorCache(self._padding[-1].shape[1])

    def encode(self, sentences: Sequence[Sequence[str]]) -> tuple[Floats, list[Indices]]:
        """Vectors ``(N, units)`` float32 of the distinct words, and for each sentence the rows of its words."""
        row = {word: i for i, word in enumerate(dict.fromkeys(chain.from_iterable(sentences)))}
        indices = [np.array([row[word] for word in words], np.int32) for words in sentences]
        vectors: Floats = self._cache.fetch(list(row), self._encode)
        return vectors, indices

    def padded(self, words: Sequence[str]) -> Indices:
        """The pieces of words, ``(n, length)`` int32, padded in front with 0: what the stepwise graph reads."""
        result = np.zeros((len(words), self.length), np.int32)
        for row, word in enumerate(words):
            pieces = self._tokenizer.word(word, self.length)
            result[row, self.length - len(pieces) :] = pieces
        return result

    def _encode(self, keys: Sequence[Hashable]) -> Floats:
        words = [self._tokenizer.word(word, self.length) for word in cast("Sequence[str]", keys)]
        order = longest_first([len(word) for word in words])
        distinct = sorted({piece for word in words for piece in word}) or [0]
        number = {piece: i for i, piece in enumerate(distinct)}
        sequences = [[number[piece] for piece in words[i]] for i in order]
        start = np.array([self.length - len(sequence) for sequence in sequences], np.int64)
        tables = self._project(np.array(distinct, np.int32))
        states = [padding[start] for padding in self._padding]
        result: Floats = np.empty_like(states[-1])
        result[order] = advance(self._step, tables, ragged_schedule(sequences), states)
        return result
