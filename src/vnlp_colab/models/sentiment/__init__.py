"""Sentiment of a text."""

from vnlp_colab.models.sentiment.model import GRUSentimentAnalyzer

__all__ = ["GRUSentimentAnalyzer"]
