"""Where sentences begin, in texts and in docs."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from spacy.lang.tr.tokenizer_exceptions import TOKENIZER_EXCEPTIONS
from spacy.tokens import Doc

from vnlp_colab.errors import InputError
from vnlp_colab.text import sentences
from vnlp_colab.text.tokenised import TokenisedText

SPACY = "spacy"
VNLP = "vnlp"

_RUN = re.compile(r"\S+")
_CAPITALS = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ"
_ORDINALS = range(1, 100)

# How the models read what their tokenizer takes for a quotation mark.
_AS_READ = {"``": '"', "''": '"'}


class Piece(NamedTuple):
    """A sentence of a doc.

    Attributes:
        start: Its first token.
        end: The token after its last one.
        places: Its tokens that are not white space, by their numbers in the doc.
        text: Its text, cut into these.
    """

    start: int
    end: int
    places: list[int]
    text: TokenisedText


def splitter_for(abbreviations: str) -> sentences.SentenceSplitter:
    """Return a splitter of sentences.

    Args:
        abbreviations: What does not end a sentence: ``"spacy"``, spaCy's list for Turkish with initials and ordinals;
            ``"vnlp"``, the list of ``vnlp_colab.SentenceSplitter``, which is fetched at first use.

    Raises:
        InputError: If it is neither.
        OfflineError: If the list must be fetched, and cannot be.
    """
    if abbreviations == VNLP:
        from vnlp_colab.tools.splitter import SentenceSplitter

        return SentenceSplitter()
    if abbreviations != SPACY:
        raise InputError(f"abbreviations must be {SPACY!r} or {VNLP!r}, not {abbreviations!r}")
    known = {form[:-1] for form in TOKENIZER_EXCEPTIONS if form.endswith(".") and len(form) > 1}
    return sentences.SentenceSplitter({*known, *_CAPITALS, *map(str, _ORDINALS)})


def starts_in(text: str, splitter: sentences.SentenceSplitter) -> list[int]:
    """Return the offsets at which the sentences of a text begin; none for blank text.

    The splitter changes white space only, and sentences begin after white space, so that counting all other
    characters finds them.
    """
    lengths = [sum(map(len, sentence.split())) for sentence in splitter.split_sentences(text)]
    begins, total = set(), 0
    for length in lengths:
        if length:
            begins.add(total)
        total += length
    found, passed = [], 0
    for run in _RUN.finditer(text):
        if passed in begins:
            found.append(run.start())
        passed += len(run[0])
    return found


def pieces_of(doc: Doc, splitter: sentences.SentenceSplitter) -> list[Piece]:
    """Return the sentences of a doc: its own where it has any, else the splitter's.

    White space between two sentences belongs to the first of them.
    """
    text = doc.text
    if len(doc) > 1 and doc.has_annotation("SENT_START"):
        bounds = [(sentence.start, sentence.end) for sentence in doc.sents]
    else:
        begins = iter(starts_in(text, splitter)[1:])
        firsts, awaited = [0] if len(doc) else [], next(begins, None)
        for token in doc:
            if awaited is not None and token.idx >= awaited and not token.is_space:
                firsts.append(token.i)
                while awaited is not None and awaited <= token.idx:
                    awaited = next(begins, None)
        bounds = list(pairwise([*firsts, len(doc)]))
    return [_piece(doc, text, start, end) for start, end in bounds]


def _piece(doc: Doc, text: str, start: int, end: int) -> Piece:
    words = [token for token in doc[start:end] if not token.is_space]
    if not words:
        return Piece(start, end, [], TokenisedText.of("", (), ()))
    first, last = words[0].idx, words[-1].idx + len(words[-1])
    forms = [_AS_READ.get(token.text, token.text) for token in words]
    spans = [(token.idx - first, token.idx - first + len(token)) for token in words]
    return Piece(start, end, [token.i for token in words], TokenisedText.of(text[first:last], forms, spans))
