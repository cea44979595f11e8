"""SentenceSplitter with the published abbreviations."""

from __future__ import annotations

from vnlp_colab.text import sentences
from vnlp_colab.tools import tables


class SentenceSplitter(sentences.SentenceSplitter):
    """Splits Turkish text into sentences; making the first one loads the list of abbreviations."""

    def __init__(self) -> None:
        super().__init__(*tables.abbreviations())
