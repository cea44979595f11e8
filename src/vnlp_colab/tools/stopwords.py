"""StopwordRemover with the published list."""

from __future__ import annotations

from vnlp_colab.text import stopwords
from vnlp_colab.tools import tables


class StopwordRemover(stopwords.StopwordRemover):
    """Drops stop words; making the first one loads the list. Words that are added belong to this object alone."""

    def __init__(self) -> None:
        super().__init__(tables.stop_words())
