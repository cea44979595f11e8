"""Words and contexts: the part of the network that all its heads share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.errors import InputError
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.shared_context.forms import MAX_PIECES, before_apostrophe, fold, shape, shorten
from vnlp_colab.runtime.batching import map_groups
from vnlp_colab.runtime.forking import ForkLock, renew_in_children
from vnlp_colab.runtime.recurrence import Floats, Indices, longest_first
from vnlp_colab.runtime.session import Graph
from vnlp_colab.runtime.vectors import VectorCache
from vnlp_colab.text.remembering import Remembered

NETWORK = "ContextNetwork"
"""Name of the bundle that holds all graphs."""

_POSITIONS = 1024
"""Positions of a batch, padding included: the matrices fill a core, and fit its cache."""

_CLOSE = 0.8
_FEW = 16
"""A batch's shortest sentence has ``_CLOSE`` of the longest one's length, unless the batch has fewer than ``_FEW``."""

_KEPT = 50_000
"""Tokens of the most recent call whose contexts are kept for other heads: 160 MB at most."""

_REMEMBERED = 200_000
"""Words whose form is remembered."""


class Encoding(NamedTuple):
    """A batch of sentences, encoded.

    Attributes:
        items: Number of each sentence in the call, longest sentence first.
        lengths: ``(B,)`` int32 tokens of each.
        contexts: ``(B, T, size)`` float32; position 0 is the root.
        words: ``(N, size)`` float32, the distinct words.
        rows: ``(B, T - 1)`` int32, the row of each token in ``words``; padded with 0.
        with_root: ``(T, B)`` int32, the same for the graphs: the root, which stands first, is row N.
        shapes: ``(T, B)`` int32.
    """

    items: list[int]
    lengths: Indices
    contexts: Floats
    words: Floats
    rows: Indices
    with_root: Indices
    shapes: Indices

    @property
    def real(self) -> npt.NDArray[np.bool_]:
        """``(B, T - 1)``: which tokens are real."""
        return np.asarray(np.arange(self.rows.shape[1]) < self.lengths[:, None])

    def flat(self) -> tuple[Floats, Floats, Indices]:
        """Contexts ``(M, size)``, words ``(N, size)`` and rows ``(M,)`` of all tokens, sentence by sentence."""
        real = self.real
        return self.contexts[:, 1:][real], self.words, self.rows[real]

    def split(self, rows: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Cut rows of all tokens ``(M, ...)`` into the sentences'."""
        return np.split(rows, np.cumsum(self.lengths)[:-1])


class SharedEncoder:
    """The words and contexts of sentences of any length. Safe to use from several threads.

    Attributes:
        config: Labels, styles and sources of the network.
        styles: Names of the annotation styles, by number.
        parts: The network's files.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.config: dict[str, Any] = parts.json("config")
        self.styles: list[str] = self.config["styles"]
        self._words = parts.graph("words")
        self.graph = parts.graph("contexts")
        known = parts.file("words.txt").decode("utf-8").split("\n")
        self._row = {word: i for i, word in enumerate(known)}
        self._pieces = PieceTokenizer(parts.file("pieces.model"))
        self._size: int = self._words.session.get_outputs()[0].shape[1]
        self._cache = VectorCache(self._size)
        self._fold = Remembered(fold, _REMEMBERED)
        self._shape = Remembered(shape, _REMEMBERED)
        self._lock = ForkLock()
        # The last call's result, and those that other threads are waiting for.
        self._last: tuple[Hashable, Future[list[Encoding]]] | None = None
        self._running: dict[Hashable, Future[list[Encoding]]] = {}
        renew_in_children(self)

    @classmethod
    def load(cls, device: str) -> SharedEncoder:
        """The process's one instance for a device."""
        return shared((NETWORK, device), lambda: cls(Parts(NETWORK, device)))

    def head(self, name: str) -> Graph:
        """Open a head's graph, once."""
        return shared((NETWORK, self.parts.device, name), lambda: self.parts.graph(name))

    def style(self, name: str) -> int:
        """Number of a style.

        Raises:
            InputError: There is no such style; the message lists those that there are.
        """
        if name not in self.styles:
            raise InputError(f"there is no style {name!r}; known styles: {', '.join(self.styles)}")
        return self.styles.index(name)

    def encode(self, sentences: Sequence[Sequence[str]], style: int, threads: int) -> list[Encoding]:
        """Encode token lists; empty ones are in no batch.

        The last call's result is kept, so that another head that asks for the same sentences has it at once, and one
        that asks meanwhile waits for it.
        """
        key = (style, tuple(map(tuple, sentences)))
        with self._lock:
            found = self._last[1] if self._last is not None and self._last[0] == key else self._running.get(key)
            if found is None:
                own = self._running[key] = Future()
        if found is not None:
            return found.result()
        try:
            own.set_result(self._encode_all(sentences, style, threads))
        except BaseException as error:
            # Whoever waits for this encoding must learn of it, or would wait for ever.
            own.set_exception(error)
            raise
        finally:
            with self._lock:
                self._running.pop(key, None)  # in a child it is forgotten already
                if sum(map(len, sentences)) <= _KEPT and own.exception() is None:
                    self._last = (key, own)
        return own.result()

    def after_in_child(self) -> None:
        """Forget, in a forked child, what its parent's threads are at: they are not here to bring it."""
        self._last, self._running = None, {}

    def _encode_all(self, sentences: Sequence[Sequence[str]], style: int, threads: int) -> list[Encoding]:
        groups = pack([len(tokens) for tokens in sentences], threads)
        pairs = map_groups(lambda group: [self._encode(group, sentences, style)] * len(group), groups, threads)
        return list({id(encoding): encoding for _, encoding in pairs}.values())

    def _encode(self, group: list[int], sentences: Sequence[Sequence[str]], style: int) -> Encoding:
        own = [sentences[i] for i in group]
        lengths = np.array([len(tokens) for tokens in own], np.int32)
        row: dict[str, int] = {}
        index = np.zeros((len(own), int(lengths.max())), np.int32)
        shapes = np.zeros((index.shape[1] + 1, len(own)), np.int32)
        for i, tokens in enumerate(own):
            index[i, : len(tokens)] = [row.setdefault(self._fold(token), len(row)) for token in tokens]
            shapes[1 : len(tokens) + 1, i] = [self._shape(token, k == 0) for k, token in enumerate(tokens)]
        words = self._cache.fetch(list(row), self._compute)
        with_root = np.full(shapes.shape, len(row), np.int32)
        with_root[1:] = index.T
        contexts = self.graph(words, with_root, shapes, np.array([style], np.int32), lengths + 1)[0]
        return Encoding(group, lengths, contexts, words, index, with_root, shapes)

    def _compute(self, keys: Sequence[Hashable]) -> Floats:
        """Vectors of folded words."""
        words = cast("Sequence[str]", keys)
        pieces = [shorten(self._pieces.text(word)) for word in words]
        result = np.empty((len(words), self._size), np.float32)
        counts = np.array([len(own) for own in pieces], np.int32)
        # A word's vector must not depend on the words beside it, so words of one length go together, unpadded.
        for count in range(1, MAX_PIECES + 1):
            chosen = np.flatnonzero(counts == count)
            if len(chosen):
                columns = np.array([pieces[i] for i in chosen.tolist()], np.int32).T
                rows = np.array([self._stored(words[i]) for i in chosen.tolist()], np.int32)
                result[chosen] = self._words(np.ascontiguousarray(columns), counts[chosen], rows)[0]
        return result

    def _stored(self, word: str) -> int:
        """Row of a folded word's stored vector, or of that of its part before an apostrophe; -1 if it has none."""
        row = self._row.get(word)
        return self._row.get(before_apostrophe(word), -1) if row is None else row


def pack(lengths: Sequence[int], threads: int) -> list[list[int]]:
    """Group sentences of like length, longest first, so that little of a batch is padding.

    Args:
        lengths: Tokens of each sentence; empty ones are left out.
        threads: Batches are small enough for each thread to have one.
    """
    total = sum(length + 1 for length in lengths if length)
    budget = max(1, min(_POSITIONS, -(-total // threads)))
    groups: list[list[int]] = []
    longest = 0
    for item in longest_first(lengths).tolist():
        length = lengths[item] + 1
        if length == 1:
            break
        full = not groups or longest * (len(groups[-1]) + 1) > budget
        if full or (length < _CLOSE * longest and len(groups[-1]) >= _FEW):
            groups.append([])
            longest = length
        groups[-1].append(item)
    return groups
