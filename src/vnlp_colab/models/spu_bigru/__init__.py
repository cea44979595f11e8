"""Sentiment of a text from its SentencePiece pieces."""

from vnlp_colab.models.spu_bigru.model import SPUCBiGRUSentimentAnalyzer

__all__ = ["SPUCBiGRUSentimentAnalyzer"]
