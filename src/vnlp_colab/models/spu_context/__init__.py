"""The SPUContext family: a word from its SentencePiece pieces, its context, and the labels before it."""

from vnlp_colab.models.spu_context.parser import SPUContextDP
from vnlp_colab.models.spu_context.taggers import SPUContextNER, SPUContextPoS

__all__ = ["SPUContextDP", "SPUContextNER", "SPUContextPoS"]
