"""Word embeddings: 63,990 words with 128 numbers each, their neighbours, and files of them for other programs.

The vectors are those of VNLP's medium word2vec model. Its words are lower-case tokens of the Treebank tokenizer with
every digit as 0; a query is brought to that form.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from vnlp_colab.encoding.words import normalise_word
from vnlp_colab.errors import InputError
from vnlp_colab.store.atomic import publish_file, remove_quietly, storage_errors

Floats = npt.NDArray[np.float32]

_ROWS_AT_ONCE: Final = 2048


class WordEmbeddings:
    """Vectors of words.

    Attributes:
        words: The words by descending frequency.
        vectors: A row a word, ``(words, size)`` float32.
    """

    def __init__(self, words: Sequence[str], vectors: Floats) -> None:
        """Take ready vectors; ``load`` has the published ones.

        Raises:
            InputError: There is not one row a word.
        """
        if vectors.ndim != 2 or len(vectors) != len(words):
            raise InputError(f"vectors of shape {vectors.shape} are not one row for each of {len(words)} words")
        self.words = tuple(words)
        self.vectors = vectors
        self._rows = {word: row for row, word in enumerate(self.words)}
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._directions: Floats = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)

    @classmethod
    def load(cls, device: str = "cpu") -> WordEmbeddings:
        """The published vectors, loaded once a process and fetched at first use."""
        return _load(device)

    def __contains__(self, word: str) -> bool:
        return normalise_word(word) in self._rows

    def __len__(self) -> int:
        return len(self.words)

    def vector(self, word: str) -> Floats:
        """The vector of a word, ``(size,)`` float32.

        Raises:
            InputError: The word has none.
        """
        vector: Floats = self.vectors[self._row(word)]
        return vector

    def similarity(self, word: str, other: str) -> float:
        """The cosine between two words' vectors, from -1 to 1.

        Raises:
            InputError: A word has no vector.
        """
        return float(self._directions[self._row(word)] @ self._directions[self._row(other)])

    def most_similar(
        self, positive: str | Iterable[str], negative: Iterable[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """The words that are nearest to a word, or to what several words make together.

        Args:
            positive: Words whose directions are added.
            negative: Words whose directions are subtracted: ``["kral", "kadın"]`` less ``["erkek"]``.
            topn: How many neighbours.

        Returns:
            ``(word, cosine)``, the nearest first; the words of the query are not among them.

        Raises:
            InputError: A word has no vector, there is no word, or ``topn`` is less than 1.
        """
        wanted = [self._row(word) for word in ([positive] if isinstance(positive, str) else positive)]
        unwanted = [self._row(word) for word in negative]
        if topn < 1 or not wanted + unwanted:
            raise InputError("neighbours need at least one word, and topn of at least 1")
        query = self._directions[wanted].sum(axis=0) - self._directions[unwanted].sum(axis=0)
        query /= max(float(np.linalg.norm(query)), float(np.finfo(np.float32).tiny))
        cosines = self._directions @ query
        cosines[wanted + unwanted] = -np.inf
        # Ties go to the more frequent word.
        nearest = np.argsort(-cosines, kind="stable")[: min(topn, len(self) - len({*wanted, *unwanted}))]
        return [(self.words[row], float(cosines[row])) for row in nearest]

    def export(self, path: str | Path) -> list[Path]:
        """Write the vectors to a file, in the format of its suffix.

        ``.txt`` and ``.vec`` are word2vec's text format and ``.bin`` is its binary one, as gensim's
        ``KeyedVectors.load_word2vec_format(path, binary=...)`` reads them. ``.npy`` is the matrix alone; the words,
        one a line in the order of the rows, go to a file beside it that ends in ``.words.txt``.

        Returns:
            The files written. They appear whole or not at all.

        Raises:
            InputError: The suffix is none of these.
            StorageError: The file cannot be written.
        """
        path = Path(path)
        writers: dict[str, Callable[[IO[bytes]], None]] = {
            ".txt": self._write_text,
            ".vec": self._write_text,
            ".bin": self._write_binary,
            ".npy": lambda stream: np.save(stream, self.vectors),
        }
        writer = writers.get(path.suffix)
        if writer is None:
            raise InputError(f"the suffix says the format: it must be one of {', '.join(writers)}", path=path)
        written = [path]
        if path.suffix == ".npy":
            names = path.with_suffix(".words.txt")
            _write(names, lambda stream: _write_lines(stream, self.words))
            written.append(names)
        _write(path, writer)
        return written

    def _row(self, word: str) -> int:
        row = self._rows.get(normalise_word(word))
        if row is None:
            raise InputError(f"there is no vector for {word!r}; {len(self)} words have one")
        return row

    def _write_text(self, stream: IO[bytes]) -> None:
        stream.write(self._header())
        for start in range(0, len(self), _ROWS_AT_ONCE):
            # As text, float32 gets the fewest digits that tell it from its neighbours.
            rows = self.vectors[start : start + _ROWS_AT_ONCE].astype("U")
            words = self.words[start : start + _ROWS_AT_ONCE]
            _write_lines(stream, (f"{word} {' '.join(row)}" for word, row in zip(words, rows, strict=True)))

    def _write_binary(self, stream: IO[bytes]) -> None:
        stream.write(self._header())
        for word, row in zip(self.words, self.vectors.astype("<f4"), strict=True):
            stream.write(word.encode() + b" " + row.tobytes())

    def _header(self) -> bytes:
        return f"{len(self)} {self.vectors.shape[1]}\n".encode()


@cache
def _load(device: str) -> WordEmbeddings:
    # Opening the graph needs a runtime; what only holds vectors does not.
    from vnlp_colab.models.word_vectors import WordVectors

    found = WordVectors.load(device)
    numbered = [(number, word) for number, word in enumerate(found.words.words, 1) if number != found.words.oov]
    return WordEmbeddings([word for _, word in numbered], found.vectors([number for number, _ in numbered]))


def _write(path: Path, writer: Callable[[IO[bytes]], None]) -> None:
    """Write a file under another name and give it its own when it is complete."""
    staged = path.with_name(f".{path.name}-{secrets.token_hex(6)}.partial")
    with storage_errors(path):
        try:
            with staged.open("xb") as stream:
                writer(stream)
                stream.flush()
                os.fsync(stream.fileno())
            publish_file(staged, path)
        finally:
            remove_quietly(staged)


def _write_lines(stream: IO[bytes], lines: Iterable[str]) -> None:
    stream.writelines(f"{line}\n".encode() for line in lines)
