"""The two tokenizers that the models were trained with.

Both are NLTK's rules in the reduced form that vngrs-nlp uses, but that the typographic apostrophe is taken for the
straight one, and marks on letters for parts of them. ``TreebankWordTokenize`` is defined by an
ordered list of substitutions that put spaces around what is to become a token. Here a rule runs only if its
characters occur at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from vnlp_colab.text.checks import check_text

# A mark on a letter (decomposed, NFD) is part of the word.
_WORD_OR_PUNCTUATION: Final = re.compile("\\w+(?:[\u0300-\u036f]+\\w*)*|[^\\w\\s]+")

_OPENING_QUOTE: Final = re.compile(r"([ (\[{<])(?:\"|'')")
_SEPARATOR: Final = re.compile(r"[:,]\D")
_ALWAYS_APART: Final = ("...", *";@#$%&?!")
_QUOTE_BEFORE_SPACE: Final = re.compile(r"([^'])' ")
_BRACKET_OR_DASH: Final = (*"[](){}<>", "--")
_CLOSING_QUOTE: Final = re.compile(r"''|\"")
_SHORT_CLITIC: Final = re.compile(r"([^' ])('[sSmMdD]?) ")
_LONG_CLITIC: Final = re.compile(r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ")

_TYPOGRAPHIC: Final = "’"
_AFTER_FINAL_PERIOD: Final = "])}>\"'"


class Span(NamedTuple):
    """A token and where it stands in the text.

    Attributes:
        token: The token as ``TreebankWordTokenize`` gives it.
        start: Offset of its first character in the text.
        end: Offset after its last character. ``text[start:end]`` is the token, except that the token ``"``
            also stands for two backticks or two apostrophes.
    """

    token: str
    start: int
    end: int


def WordPunctTokenize(text: str) -> list[str]:
    """Split into runs of word characters, with the marks on them, and runs of punctuation.

    Args:
        text: Any string.

    Returns:
        The tokens in order; none for blank text.
    """
    check_text(text)
    return _WORD_OR_PUNCTUATION.findall(text)


def word_punct_spans(text: str) -> list[Span]:
    """Tokenize like ``WordPunctTokenize`` and say where each token stands.

    Args:
        text: Any string.

    Returns:
        One span a token, in order and without overlap.
    """
    return [Span(found[0], found.start(), found.end()) for found in _WORD_OR_PUNCTUATION.finditer(text)]


def TreebankWordTokenize(text: str) -> list[str]:
    """Split by the rules of the Penn Treebank, as the models' training data was split.

    A run of two backticks or two straight apostrophes comes out as one ``"``.

    Args:
        text: Any string, normally one sentence: only the text's last period is split off.

    Returns:
        The tokens in order; none for blank text.
    """
    check_text(text)
    if _TYPOGRAPHIC in text:
        return [span.token for span in treebank_spans(text)]
    return _treebank(text)


def _treebank(text: str) -> list[str]:
    """The tokens of a text without typographic apostrophes."""
    apostrophe = "'" in text
    quotes = '"' in text or "``" in text or "''" in text
    if quotes:
        text = _open_quotes(text)
    text = _pad_punctuation(text)
    if apostrophe:
        text = _QUOTE_BEFORE_SPACE.sub(r"\1 ' ", text)
    text = f" {_apart(text, _BRACKET_OR_DASH)} "
    if quotes:
        text = _CLOSING_QUOTE.sub(" '' ", text)
    if apostrophe:
        text = _SHORT_CLITIC.sub(r"\1 \2 ", text)
        text = _LONG_CLITIC.sub(r"\1 \2 ", text)
    if quotes:
        text = text.replace("``", '"').replace("''", '"')
    return text.split()


def treebank_spans(text: str) -> list[Span]:
    """Tokenize like ``TreebankWordTokenize`` and say where each token stands.

    The tokenizer never reorders or drops a character other than white space, so one walk over the text
    finds every token.

    Args:
        text: Any string.

    Returns:
        One span a token, in order and without overlap.
    """
    spans: list[Span] = []
    position = 0
    typographic = _TYPOGRAPHIC in text
    for token in _treebank(text.replace(_TYPOGRAPHIC, "'") if typographic else text):
        while text[position].isspace():
            position += 1
        rewritten = token == '"' and text[position] != '"'
        end = position + (2 if rewritten else len(token))
        spans.append(Span(text[position:end] if typographic and not rewritten else token, position, end))
        position = end
    return spans


def _open_quotes(text: str) -> str:
    """Turn opening quotes into padded double backticks."""
    if text.startswith('"'):
        text = "``" + text[1:]
    return _OPENING_QUOTE.sub(r"\1 `` ", text.replace("``", " `` "))


def _apart(text: str, marks: Iterable[str]) -> str:
    """Put spaces around marks: several times as fast as one pattern of them all."""
    for mark in marks:
        if mark in text:
            text = text.replace(mark, f" {mark} ")
    return text


def _parted(found: re.Match[str]) -> str:
    """A separator and the character after it; several times as fast as a template."""
    pair = found[0]
    return f" {pair[0]} {pair[1]}"


def _pad_punctuation(text: str) -> str:
    """Space out separators, symbols, and the period that ends the text."""
    if "," in text or ":" in text:
        # A comma or colon before a digit may belong to a number or a time.
        text = _SEPARATOR.sub(_parted, text)
        if text.endswith((":", ",")):
            text = f"{text[:-1]} {text[-1]} "
    text = _apart(text, _ALWAYS_APART)
    line = text.rstrip()
    head = line.rstrip(_AFTER_FINAL_PERIOD)
    if len(head) > 1 and head[-1] == "." and head[-2] != ".":
        text = f"{head[:-1]} {line[len(head) - 1 :]} "
    return text
