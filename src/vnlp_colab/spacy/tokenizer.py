"""The models' tokenizer as a tokenizer of spaCy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from spacy.tokens import Doc
from spacy.util import DummyTokenizer
from spacy.vocab import Vocab

from vnlp_colab.spacy.sentences import SPACY, splitter_for, starts_in
from vnlp_colab.text.tokenise import treebank_spans


class VnlpTokenizer(DummyTokenizer):
    """Splits texts into sentences, and these into the tokens that the models were trained on.

    Docs have sentence starts, and all characters of their text.

    Args:
        vocab: The pipeline's vocabulary.
        abbreviations: What does not end a sentence, as ``splitter_for`` takes it.

    Raises:
        InputError: As ``splitter_for`` does.
    """

    def __init__(self, vocab: Vocab, abbreviations: str = SPACY) -> None:
        self.vocab = vocab
        self._splitter = splitter_for(abbreviations)

    def __call__(self, text: str) -> Doc:
        """Return a doc of the text."""
        starts = starts_in(text, self._splitter)
        spans = [
            (start + span.start, start + span.end)
            for start, end in pairwise([*starts, len(text)])
            for span in treebank_spans(text[start:end].rstrip())
        ]
        words, spaces, offsets = _words(text, spans)
        # White space before the first sentence belongs to it.
        begins = {0, *starts[1:]}
        return Doc(self.vocab, words, spaces, sent_starts=[offset in begins for offset in offsets])


def _words(text: str, spans: Sequence[tuple[int, int]]) -> tuple[list[str], list[bool], list[int]]:
    """Return what a doc is made of: tokens, whether one space follows each, and their offsets.

    White space beyond that one space is a token of its own, as in spaCy.
    """
    words: list[str] = []
    spaces: list[bool] = []
    offsets: list[int] = []
    at = 0
    for start, end in (*spans, (len(text), len(text))):
        if at < start and words and text[at] == " ":
            spaces[-1] = True
            at += 1
        for first, last in ((at, start), (start, end)):
            if first < last:
                words.append(text[first:last])
                spaces.append(False)
                offsets.append(first)
        at = end
    return words, spaces, offsets
