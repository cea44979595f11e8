"""Morphology: which analyses a word may have, and which of them it has here."""

from vnlp_colab.models.morphology.model import StemmerAnalyzer

__all__ = ["StemmerAnalyzer"]
