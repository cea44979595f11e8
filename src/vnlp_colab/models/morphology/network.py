"""The network that chooses among a word's candidate analyses (Shen et al. 2016).

An analysis is the sum of its stem's and its tags' encodings; a word's place is the sum of a left and a right context
over the encodings of the words around it. Every distinct stem, tag sequence and word is encoded once.

The two contexts are padded at the same end, after the words. So a left context reads its words first, from the zero
state, which makes it one scan shared by the whole sentence, and then padding, which has to be run for each position;
a right context, running backwards, reads its padding first, and that is looked up.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from vnlp_colab.encoding.vocabulary import Vocabulary
from vnlp_colab.models.encoders import BidirectionalEncoder
from vnlp_colab.models.loading import Parts
from vnlp_colab.runtime.recurrence import Floats, Indices, advance, longest_first, prefixes
from vnlp_colab.runtime.vectors import VectorCache

_ROWS = 2048
"""Places scored at once: 20 MB of analyses."""


class Place(NamedTuple):
    """A word whose candidates are to be scored: its sentence and its position there."""

    sentence: int
    position: int


class Reading(NamedTuple):
    """A candidate as the network reads it: the stem's characters and the tags."""

    stem: str
    tags: tuple[str, ...]


class Disambiguator:
    """Scores candidates. Safe to use from several threads."""

    def __init__(self, parts: Parts) -> None:
        config = parts.json("config")
        self._window: int = config["window"]
        self.candidates: int = config["candidates"]
        self._characters: Vocabulary = parts.vocabulary("characters")
        self._tags: Vocabulary = parts.vocabulary("tags")
        self._tables = tables = parts.tables("tables")
        lengths = config["lengths"]

        def encoder(name: str, padded: str) -> tuple[BidirectionalEncoder, VectorCache]:
            made = BidirectionalEncoder(parts.graph, tables, name, lengths[name], padded)
            return made, VectorCache(made.size)

        self._encoders = {
            "stem": encoder("stem", "pre"),
            "tags": encoder("tags", "pre"),
            "left_word": encoder("left_word", "pre"),
            "right_word": encoder("right_word", "post"),
        }
        self._left = parts.graph("left_project"), parts.graph("left_step")
        self._right = parts.graph("right_project"), parts.graph("right_step")
        self.score = parts.graph("score")

    def run(
        self, sentences: Sequence[Sequence[str]], places: Sequence[Place], readings: Sequence[Sequence[Reading]]
    ) -> Floats:
        """Score the candidates of some words of a batch.

        Args:
            sentences: Tokens of every sentence, none empty.
            places: The words to be decided.
            readings: Their candidates; more than ten are cut off, as upstream does.

        Returns:
            ``(len(places), 10)`` float32: probabilities; what lies beyond a word's candidates is padding's share.
        """
        # Rows of the distinct keys, in order of first appearance; those of padding come first.
        stems: dict[Hashable, int] = {"": 0}
        tags: dict[Hashable, int] = {(): 0}
        words: dict[Hashable, int] = {}
        given = [candidates[: self.candidates] for candidates in readings]
        filled = np.arange(self.candidates) < np.array([[len(candidates)] for candidates in given])
        stem, tag = np.zeros(filled.shape, np.int32), np.zeros(filled.shape, np.int32)
        stem[filled] = [stems.setdefault(reading.stem, len(stems)) for own in given for reading in own]
        tag[filled] = [tags.setdefault(reading.tags, len(tags)) for own in given for reading in own]
        numbers = [np.array([words.setdefault(word, len(words)) for word in own], np.int32) for own in sentences]
        encoded = [self._encode("stem", list(stems)), self._encode("tags", list(tags))]
        left = self._left_context(self._encode("left_word", list(words)), numbers, places)
        right = self._right_context(self._encode("right_word", list(words)), numbers, places)
        parts = [
            self.score(*encoded, stem[block], tag[block], left[block], right[block])[0]
            for block in (slice(at, at + _ROWS) for at in range(0, len(places), _ROWS))
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _encode(self, name: str, keys: Sequence[Hashable]) -> Floats:
        encoder, cache = self._encoders[name]
        vocabulary = self._tags if name == "tags" else self._characters

        def compute(missing: Sequence[Hashable]) -> Floats:
            return encoder.encode([vocabulary.numbers(cast("Sequence[str]", key)) for key in missing])

        return cache.fetch(keys, compute)

    def _left_context(self, vectors: Floats, sentences: Sequence[Indices], places: Sequence[Place]) -> Floats:
        project, step = self._left
        tables = [
            np.concatenate([words, self._tables[f"left_tail_{gate}"]])
            for gate, words in zip("zrc", project(vectors), strict=True)
        ]
        padding = len(vectors)
        prefix = self._scan(tables, sentences, places)
        position = np.array([place.position for place in places])
        # All first words of sentences read the same, padding alone, and most of it: one of them is run.
        alike = np.where(position == 0, position.argmin(), np.arange(len(places)))
        distinct, copies = np.unique(alike, return_inverse=True)
        places, position = [places[i] for i in distinct], position[distinct]
        # Far positions read 40 words from the zero state; near ones have read theirs, and read the padding now.
        steps = np.where(position > self._window, self._window, self._window - position)
        order = longest_first(steps)
        states = np.zeros((len(places), tables[0].shape[1]), np.float32)
        index = np.full((len(places), self._window), padding, np.int32)
        for row, i in enumerate(order):
            place = places[i]
            if place.position > self._window:
                start = place.position - self._window
                index[row] = sentences[place.sentence][start : place.position]
            elif place.position:
                states[row] = prefix[place.position - 1][place.sentence]
        return _scatter(order, advance(step, tables, _columns(index, steps[order]), [states]))[copies]

    def _scan(
        self, tables: Sequence[Floats], sentences: Sequence[Indices], places: Sequence[Place]
    ) -> list[dict[int, Floats]]:
        """States after the first 1, 2, ... words, by sentence; as far as some place needs them."""
        needed = [0] * len(sentences)
        for sentence, position in places:
            if position <= self._window:
                needed[sentence] = max(needed[sentence], position)
        order = longest_first(needed)
        rows = np.zeros((len(sentences), self._window), np.int32)
        counts = np.array([needed[i] for i in order])
        for row, i in enumerate(order):
            rows[row, : needed[i]] = sentences[i][: needed[i]]
        kept: list[Floats] = []
        zero = np.zeros((len(sentences), tables[0].shape[1]), np.float32)
        advance(self._left[1], tables, _columns(rows, counts), [zero], kept)
        return [dict(zip(order.tolist(), states, strict=False)) for states in kept]

    def _right_context(self, vectors: Floats, sentences: Sequence[Indices], places: Sequence[Place]) -> Floats:
        project, step = self._right
        tables = project(vectors)
        steps = np.array([min(len(sentences[p.sentence]) - 1 - p.position, self._window) for p in places], np.int64)
        order = longest_first(steps)
        index = np.zeros((len(places), self._window), np.int32)
        for row, i in enumerate(order):
            place, count = places[i], steps[i]
            following = sentences[place.sentence][place.position + 1 : place.position + 1 + count]
            index[row, :count] = following[::-1]
        states = self._tables["right_padding"][self._window - steps[order]]
        return _scatter(order, advance(step, tables, _columns(index, steps[order]), [states]))


def _columns(index: Indices, steps: npt.NDArray[np.int64]) -> list[Indices]:
    """The schedule of rows that read ``index[row, :steps[row]]``, steps descending."""
    return prefixes(np.ascontiguousarray(index.T), steps)


def _scatter(order: npt.NDArray[np.int64], rows: Floats) -> Floats:
    result: npt.NDArray[Any] = np.empty_like(rows)
    result[order] = rows
    return result
