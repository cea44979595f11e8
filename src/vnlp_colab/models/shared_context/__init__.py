"""Models of this project's own: one network over word pieces and context, shared by all its tasks."""

from vnlp_colab.models.shared_context.entities import ContextNER
from vnlp_colab.models.shared_context.parser import ContextDP
from vnlp_colab.models.shared_context.taggers import ContextFeats, ContextLemma, ContextPoS

__all__ = ["ContextDP", "ContextFeats", "ContextLemma", "ContextNER", "ContextPoS"]
