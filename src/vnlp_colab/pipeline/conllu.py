"""CoNLL-U: the format of treebanks, a line a token (https://universaldependencies.org/format.html)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from vnlp_colab.results import Sentence, Token

# Comments with a meaning of their own: a column of the user's must not be taken for them.
_RESERVED = frozenset({"sent_id", "text", "sentiment", "global.columns"})

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")

# MISC is a list of name=value with bars between; the escapes are those of UDPipe and spaCy.
_ESCAPED = {"\\": r"\\", "|": r"\p", "\t": r"\t", "\n": r"\n", "\r": r"\r", " ": r"\s"}
_ESCAPES = str.maketrans(_ESCAPED)
_GLUED = "SpaceAfter=No"
_UNESCAPED = {escape: character for character, escape in _ESCAPED.items()}


def conllu_block(sentence: Sentence, sent_id: str, comments: Mapping[str, str] | None = None) -> str:
    """Return a sentence as its comments, a line a token, and the blank line that ends it.

    What comes out passes levels 1 and 2 of the validator of Universal Dependencies, if the sentence has tags and a
    tree.

    FORM is what stands in the text, also where the tokeniser rewrote a quotation mark. ``# text`` is the text with
    each run of white space as one space, so that forms and ``SpaceAfter`` make it up exactly. Letters are composed
    (NFC), as the format demands, and a mark that would change the token before it has a space before it. Words that
    share their place in the text are those of one multi-word token. FEATS is ``Sentence.feats``; the morphological
    analysis stands in MISC as ``Morph``, and the entity's label as ``NER``: ``B-`` where an entity begins, ``I-`` where
    it goes on.

    Args:
        sentence: An annotated sentence with at least one token.
        sent_id: Its name, unique in the file.
        comments: More comments, by their names.

    Examples:
        >>> block = conllu_block(Sentence("Geldi.", ("Geldi", "."), pos=("VERB", "PUNCT")), "1")
        >>> print(block, end="")  # doctest: +NORMALIZE_WHITESPACE
        # sent_id = 1
        # text = Geldi.
        1	Geldi	_	VERB	_	_	_	_	_	SpaceAfter=No
        2	.	_	PUNCT	_	_	_	_	_	_
        <BLANKLINE>
    """
    rows = list(_tokens(sentence))
    lines = [f"# sent_id = {sent_id}", f"# text = {_text(rows)}"]
    for name, value in (comments or {}).items():
        key = _line(name)
        shown = f"column_{key}" if key in _RESERVED else key
        lines.append(f"# {shown} = {_line(value)}".removesuffix(" = "))
    if sentence.sentiment is not None:
        lines.append(f"# sentiment = {sentence.sentiment!r}")
    lines.extend("\t".join(columns) for columns in rows)
    return "\n".join(lines) + "\n\n"


class Blocks:
    """Puts sentences one after another. One without tokens has no form in CoNLL-U; comments say how many there were.

    Attributes:
        left_out: How many had no tokens.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._told = 0
        self._last = ""

    def add(self, sentence: Sentence, sent_id: str, comments: Mapping[str, str] | None = None) -> str:
        """Take a sentence, and return what can be written: the one before it, which the next comments could concern."""
        if not sentence.tokens:
            self.left_out += 1
            return ""
        ready, self._last = self._last, self._counted("before") + conllu_block(sentence, sent_id, comments)
        return ready

    def end(self) -> str:
        """Return what is left to write. Comments belong to a sentence: that of the last rows goes before its own."""
        return self._counted("after" if self._last else "only") + self._last

    def _counted(self, where: str) -> str:
        count, self._told = self.left_out - self._told, self.left_out
        return f"# empty_rows_{where} = {count}\n" if count else ""


def unescape(value: str) -> str:
    """Return a value of MISC as it was before it was written."""
    return re.sub(r"\\(.)", lambda found: _UNESCAPED.get(found[0], found[0]), value)


def _text(rows: Sequence[Sequence[str]]) -> str:
    """Put the text together from the forms of tokens and multi-word tokens."""
    written = []
    until = 0
    for row in rows:
        first, _, last = row[0].partition("-")
        if not last and int(first) <= until:
            continue
        until = int(last or first)
        written.append(row[1] + ("" if _GLUED in row[-1].split("|") else " "))
    return "".join(written).rstrip(" ")


def _tokens(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """Yield the ten columns of each token, and of each multi-word token before its words."""
    spans = sentence.spans
    labels = _entity_labels(sentence)
    until = 0
    for token in sentence:
        place = token.index - 1
        last = place + 1
        while last < len(spans) and spans[last] == spans[place]:
            last += 1
        glued = last < len(spans) and spans[last][0] == spans[place][1] and _stays_apart(sentence, place, last)
        if token.index > until and last > token.index:
            until = last
            yield (f"{token.index}-{last}", _cell(token.text), *"_______", _GLUED if glued else "_")
        alone = token.index > until
        yield (
            str(token.index),
            _cell(token.text if alone else token.form),
            "_" if token.lemma is None else _cell(token.lemma),
            "_" if token.upos is None else token.upos or "X",
            "_",
            "_" if token.feats is None else _cell(token.feats),
            "_" if token.head is None else str(token.head),
            "_" if token.deprel is None else token.deprel or "dep",
            "_",
            _misc(token, labels[place], glued and alone),
        )


def _entity_labels(sentence: Sentence) -> list[str | None]:
    """Return the BIO label of each token."""
    labels: list[str | None] = [None if sentence.ner is None else "O"] * len(sentence)
    for entity in sentence.entities:
        labels[entity.start : entity.end] = [f"I-{entity.label}"] * (entity.end - entity.start)
        labels[entity.start] = f"B-{entity.label}"
    return labels


def _misc(token: Token, label: str | None, glued: bool) -> str:
    named: dict[str, str] = {}
    if token.morph is not None:
        named["Morph"] = token.morph
    if label is not None:
        named["NER"] = label
    pairs = [f"{name}={_nfc(value).translate(_ESCAPES)}" for name, value in named.items()]
    # A word that begins with a mark would change the sign before it.
    kept = [pair for pair in pairs if _nfc(pair) == pair] + [_GLUED] * glued
    return "|".join(kept) or "_"


def _stays_apart(sentence: Sentence, place: int, following: int) -> bool:
    """Whether a token and the one after it are not composed to other letters where nothing stands between them."""
    one, other = (_nfc(sentence.text[slice(*sentence.spans[i])]) for i in (place, following))
    return _nfc(one + other) == one + other


def _cell(value: str) -> str:
    return _line(value) or "_"


def _line(value: str) -> str:
    """Return a value on one line, without tabs, its letters composed."""
    return " ".join(_nfc(value).split())


def _nfc(value: str) -> str:
    return unicodedata.normalize("NFC", value)
