"""Splitting a text into sentences.

The rules are those of Koehn and Schroeder's splitter in the form that vngrs-nlp gave them. A sentence ends at a line
break, and where spaces separate an end (``?``, ``!``, dots, closing quotes after them) from a beginning (opening
quotes and a capital letter, or a letter of a script without case); after a single dot a figure is a beginning too,
and what stands before the dot must be neither a known abbreviation nor a row of initials.

Every rule is a pass over the text in linear time: what may repeat never gives back what it took.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from vnlp_colab.text.checks import check_text
from vnlp_colab.text.compose import compose

# Brackets and quotes that open; the last ones are all of Unicode's initial punctuation.
_INITIAL: Final = "«‘‛“‟‹⸂⸄⸉⸌⸜⸠"
_OPENING: Final = rf"'\"(\[¿¡{_INITIAL}"
_FINAL: Final = "»’”›⸃⸅⸊⸍⸝⸡"
_CLOSING: Final = rf"'\")\]{_FINAL}"
_AFTER_WORD: Final = f"'\")]%{_FINAL}"

# In each, the last group is the first letter of what may be the next sentence.
_AFTER_MARK: Final = re.compile(rf"([?!]) ++([{_OPENING}]*+(\w))")
_AFTER_DOTS: Final = re.compile(rf"(\.(?<=\.\.)) ++([{_OPENING}]*+(\w))")
_AFTER_CLOSING: Final = re.compile(rf"([?!.] *+[{_CLOSING}]++) ++([{_OPENING}]*+ *+(\w))")
_BEFORE_OPENING: Final = re.compile(rf"([?!.]) ++([{_OPENING.replace('(', '')}]++ *+(\w))")
_RULES: Final = (_AFTER_MARK, _AFTER_DOTS, _AFTER_CLOSING, _BEFORE_OPENING)

_DOT_AND_GAP: Final = re.compile(r"\.(\n?) ++")
_BEGINNING: Final = re.compile(rf"[{_OPENING}]*+(?:([0-9])|(\w))")
_SPACES: Final = re.compile("  +")
_FIGURES: Final = "0123456789"
_INSIDE: Final = ".-\u200c\u200d"


class SentenceSplitter:
    """Splits Turkish text into sentences.

    Args:
        abbreviations: What a following dot belongs to, without that dot: ``Dr``, ``XIV``, ``5``, ``Ph.D``.
        before_figures: Abbreviations only where a figure follows.
    """

    def __init__(self, abbreviations: Collection[str], before_figures: Collection[str] = ()) -> None:
        self._abbreviations = frozenset(abbreviations)
        self._before_figures = frozenset(before_figures)
        self._longest = max(map(len, self._abbreviations | self._before_figures), default=0)

    def split_sentences(self, text: str) -> list[str]:
        """Split a text.

        Args:
            text: Any string. Spaces in a row count as one.

        Returns:
            The sentences in order; their characters are the text's, less white space. An empty text has none; an
            empty line between two lines is an empty sentence, as in vngrs-nlp.
        """
        check_text(text)
        if not text:
            return []
        for rule in _RULES:
            text = rule.sub(_break_before_letter, text)
        text = self._break_after_dots(text)
        text = _SPACES.sub(" ", text).replace("\n ", "\n").replace(" \n", "\n")
        return text.strip().split("\n")

    def _break_after_dots(self, text: str) -> str:
        """Break at the gaps after words that end with a dot, where the word does not forbid it."""
        pieces = []
        done = 0
        for gap in _DOT_AND_GAP.finditer(text):
            following = _BEGINNING.match(text, gap.end())
            if following is None or not (following[1] or _starts_sentence(following[2])):
                continue
            word = text[text.rfind(" ", 0, gap.start()) + 1 : gap.start() + 1]
            before_figure = text[gap.end()] in _FIGURES
            if not self._forbids_break(compose(word), before_figure):
                pieces.append(text[done : gap.end(1)])
                done = gap.end()
        return "\n".join([*pieces, text[done:]])

    def _forbids_break(self, word: str, before_figure: bool) -> bool:
        """Whether the dot that ends a word is no full stop: the word is an abbreviation, or ends with initials."""
        body = word.rstrip(".")
        if body[-1:] in _AFTER_WORD and body:
            return False
        # One dot goes, further ones belong to the abbreviation; longer ones than are known need not be looked at.
        window = word[-self._longest - 2 : -1]
        start = len(window)
        while start and _is_part(window[start - 1]):
            start -= 1
        abbreviation = window[start:]
        if abbreviation in self._abbreviations or (before_figure and abbreviation in self._before_figures):
            return True
        start = len(body)
        while start and (body[start - 1] == "-" or _starts_sentence(body[start - 1])):
            start -= 1
        return 0 < start < len(body) and body[start - 1] == "."


def _break_before_letter(found: re.Match[str]) -> str:
    """Put a line break in place of the gap, if the letter after it may begin a sentence."""
    return f"{found[1]}\n{found[2]}" if _starts_sentence(found[3]) else found[0]


def _starts_sentence(letter: str) -> bool:
    """Whether a letter is a capital, or of a script without capitals."""
    return unicodedata.category(letter) in ("Lu", "Lo")


def _is_part(character: str) -> bool:
    """Whether a character may be part of an abbreviation."""
    category = unicodedata.category(character)
    return character in _INSIDE or category[0] in "LM" or category in ("Nd", "Nl", "Pc")
