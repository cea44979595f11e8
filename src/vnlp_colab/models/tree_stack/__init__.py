"""TreeStack: a tagger and a parser over words and their morphological tags."""

from vnlp_colab.models.tree_stack.parser import TreeStackDP
from vnlp_colab.models.tree_stack.tagger import TreeStackPoS

__all__ = ["TreeStackDP", "TreeStackPoS"]
