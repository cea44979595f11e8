"""The SentencePiece vocabulary, and the word2vec vectors that the word encoder learns from."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import sentencepiece

from training.data.corpora import Corpora, raw_sentences
from vnlp_colab.models.shared_context.forms import fold
from vnlp_colab.store import bundle

LENGTH = float(np.sqrt(128))
"""Length that every stored vector is scaled to: elements of about 1."""


class WordVectors:
    """The words of the word2vec matrix with centred vectors of equal length, in eight bits.

    Attributes:
        words: Folded words, the most frequent first.
        quantised: ``(words, 128)`` int8.
        scales: ``(words,)`` float32.
    """

    def __init__(self, words: list[str], matrix: npt.NDArray[np.float32]) -> None:
        centred = matrix - matrix.mean(axis=0)
        centred *= LENGTH / np.linalg.norm(centred, axis=1, keepdims=True)
        self.words = words
        self.scales: npt.NDArray[np.float32] = (np.abs(centred).max(axis=1) / 127).astype(np.float32)
        self.quantised: npt.NDArray[np.int8] = np.rint(centred / self.scales[:, None]).astype(np.int8)

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """``(words, 128)`` float32, as they come back out of eight bits."""
        return self.quantised.astype(np.float32) * self.scales[:, None]

    @classmethod
    def load(cls) -> WordVectors:
        """Take them from the package's own bundle of the matrix."""
        import onnx
        from onnx import numpy_helper

        found = bundle("WordVectors")
        config = json.loads(found.path("words.json").read_text(encoding="utf-8"))
        model = onnx.load(found.path("lookup.onnx"))
        matrix = numpy_helper.to_array(model.graph.initializer[0])
        names: list[str] = config["words"]
        rows: dict[str, int] = {}
        # Number 0 is padding; the first name is that of the unknown word.
        for number, name in enumerate(names, 1):
            if 1 < number < len(matrix):
                rows.setdefault(fold(name), number)
        return cls(list(rows), matrix[list(rows.values())].astype(np.float32))


def train_pieces(path: Path, size: int, words: WordVectors, corpora: Corpora, root: Path) -> bytes:
    """Train the piece model on the vectors' words and the training text, or read it if it is there."""
    if path.is_file():
        return path.read_bytes()
    lines = list(words.words)
    for trees in corpora.trees.values():
        lines += [" ".join(map(fold, tree.words)) for tree in trees]
    lines += [" ".join(map(fold, sentence.words)) for sentence in corpora.entities["wikiner"]]
    lines += [" ".join(map(fold, line.split())) for line in raw_sentences(root, corpora.tests)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        normalization_rule_name="identity",
        character_coverage=0.9997,
        num_threads=1,
        minloglevel=1,
    )
    path.write_bytes(model.getvalue())
    return model.getvalue()
