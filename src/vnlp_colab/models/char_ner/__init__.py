"""Named entities from characters."""

from vnlp_colab.models.char_ner.model import CharNER

__all__ = ["CharNER"]
