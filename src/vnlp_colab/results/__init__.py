"""What an annotated sentence looks like."""

from vnlp_colab.results.parts import Entity, Failure, Token
from vnlp_colab.results.sentence import Sentence

__all__ = ["Entity", "Failure", "Sentence", "Token"]
