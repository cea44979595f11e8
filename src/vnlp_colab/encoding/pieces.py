"""SentencePiece pieces (Kudo 2018, https://arxiv.org/abs/1804.10959)."""

from __future__ import annotations

from typing import Any

from vnlp_colab.text.compose import compose
from vnlp_colab.text.remembering import Remembered

_REMEMBERED = 50_000
"""Words whose pieces are remembered."""


class PieceTokenizer:
    """Cuts words and texts into numbered pieces. Safe to use from several threads."""

    def __init__(self, model: bytes) -> None:
        """Load a SentencePiece model from its bytes."""
        # Loaded here, so that the models that do not need it start without it.
        import sentencepiece

        self._processor: Any = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.word = Remembered(self._word, _REMEMBERED)

    def text(self, text: str) -> list[int]:
        """Numbers of a text's pieces; decomposed letters are composed first."""
        pieces: list[int] = self._processor.encode_as_ids(_encodable(compose(text)))
        return pieces

    def _word(self, word: str, length: int) -> tuple[int, ...]:
        """Numbers of a word's pieces; the last ones, where there are more than ``length``."""
        return tuple(self.text(word)[-length:])


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 does not have, with the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
