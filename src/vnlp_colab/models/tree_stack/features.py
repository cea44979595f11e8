"""What the TreeStack networks read of a token: a word's number and its analysis's tags."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, cast

import numpy as np

from vnlp_colab.encoding.words import normalise_word
from vnlp_colab.models.encoders import read_leading
from vnlp_colab.models.loading import Parts
from vnlp_colab.models.word_vectors import WordVectors
from vnlp_colab.runtime.recurrence import Floats, Indices
from vnlp_colab.runtime.vectors import VectorCache
from vnlp_colab.text.analyses import split_analysis
from vnlp_colab.text.remembering import LONGEST_ANALYSIS, Remembered

Tags = tuple[int, ...]

_REMEMBERED = 50_000
"""Pairs of word and stem whose number is remembered."""


class Token(NamedTuple):
    """A token as the networks read it; equal tokens have equal vectors.

    Attributes:
        word: Number of the word.
        tags: Numbers of the analysis's last tags.
        pos: Number of the part of speech; 0 where the network reads none.
    """

    word: int
    tags: Tags
    pos: int = 0


class TokenEncoder:
    """Turns tokens and analyses into distinct vectors: word, tags, and part of speech where there is a table for it.

    Safe to use from several threads.
    """

    def __init__(self, parts: Parts) -> None:
        self._words = WordVectors.load(parts.device, parts.precision)
        self._tags = parts.vocabulary("tags")
        self._length: int = parts.json("config")["tags"]
        self._step = parts.graph("tags_step")
        tables = parts.tables("tags_tables")
        self._padding = [tables["tags_padding0"], tables["tags_padding1"]]
        self._pos: Floats | None = tables.get("pos_embedding")
        self._cache = VectorCache(self._padding[-1].shape[1])
        self.word_number = Remembered(self._word_number, _REMEMBERED)
        self.analysis = Remembered(self._analysis, _REMEMBERED, LONGEST_ANALYSIS)

    def tokens(
        self, words: Sequence[str], analyses: Sequence[str], pos: Sequence[int] | None = None, compat: bool = False
    ) -> list[Token]:
        """Read a sentence.

        Args:
            words: Its tokens.
            analyses: A token's analysis each.
            pos: Number of each token's part of speech, where the network reads it.
            compat: End a stem at its first plus sign, as upstream does, instead of at its tags.
        """
        result = []
        for i, (word, analysis) in enumerate(zip(words, analyses, strict=True)):
            stem, tags = self.analysis(analysis, compat)
            result.append(Token(self.word_number(word, stem), tags, pos[i] if pos is not None else 0))
        return result

    def encode(self, sentences: Sequence[Sequence[Token]]) -> tuple[Floats, list[Indices]]:
        """Vectors of the distinct tokens of a batch.

        Returns:
            ``(N, D)`` float32, and for each sentence the rows of its tokens.
        """
        row: dict[Token, int] = {}
        indices = [np.array([row.setdefault(token, len(row)) for token in tokens], np.int32) for tokens in sentences]
        distinct = list(row)
        tag_row: dict[Tags, int] = {}
        tag_index = [tag_row.setdefault(token.tags, len(tag_row)) for token in distinct]
        parts = [
            self._words.vectors([token.word for token in distinct]),
            self._cache.fetch(list(tag_row), self._encode_tags)[tag_index],
        ]
        if self._pos is not None:
            parts.append(self._pos[[token.pos for token in distinct]])
        return np.concatenate(parts, axis=1), indices

    def _encode_tags(self, keys: Sequence[Hashable]) -> Floats:
        return read_leading(self._step, self._padding, self._length, cast("Sequence[Tags]", keys))

    def _analysis(self, analysis: str, compat: bool) -> tuple[str, Tags]:
        """An analysis's stem and its last tags."""
        stem, written = split_analysis(analysis)
        tags = written.replace("^", "+").split("+")[1:]
        if compat:
            stem, *tags = analysis.replace("^", "+").split("+")
        return stem, tuple(self._tags.numbers(tags)[-self._length :])

    def _word_number(self, word: str, stem: str) -> int:
        """Number of the word, or of the stem where only that is known as it stands."""
        known = self._words.words
        chosen = stem if word not in known and stem in known else word
        return known.number(normalise_word(chosen))
