"""CoNLL-U: the format of treebanks, a line a token (https://universaldependencies.org/format.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vnlp_colab.results import Sentence
from vnlp_colab.text.tokenise import treebank_spans

# Comments with a meaning of their own: a column of the user's must not be taken for them.
_RESERVED = frozenset({"sent_id", "text", "sentiment", "newdoc", "newpar", "newdoc id", "newpar id", "global.columns"})

# MISC is a list of name=value with bars between; the escapes are those of UDPipe and spaCy.
_ESCAPES = str.maketrans({"\\": r"\\", "|": r"\p", "\t": r"\t", "\n": r"\n", "\r": r"\r", " ": r"\s"})


def conllu_block(sentence: Sentence, sent_id: str, comments: Mapping[str, str] | None = None) -> str:
    """Return a sentence as its comments, a line a token, and the blank line that ends it.

    FORM is what stands in the text, also where the tokeniser rewrote a quotation mark. ``# text`` is the text with
    each run of white space as one space, so that forms and ``SpaceAfter`` make it up exactly. FEATS is what the model
    of features found; the tags of the morphological analysis are not those of Universal Dependencies, and stand in
    MISC as ``Morph``.

    Args:
        sentence: An annotated sentence with at least one token.
        sent_id: Its name, unique in the file.
        comments: More comments, by their names.

    Example:
        >>> print(conllu_block(Sentence("Geldi.", ("Geldi", "."), pos=("VERB", "PUNCT")), "1"), end="")
        # sent_id = 1
        # text = Geldi.
        1	Geldi	_	VERB	_	_	_	_	_	SpaceAfter=No
        2	.	_	PUNCT	_	_	_	_	_	_
        <BLANKLINE>
    """
    lines = [f"# sent_id = {sent_id}", f"# text = {_line(sentence.text)}"]
    for name, value in (comments or {}).items():
        key = _line(name)
        lines.append(f"# {f'column_{key}' if key in _RESERVED else key} = {_line(value)}")
    if sentence.sentiment is not None:
        lines.append(f"# sentiment = {sentence.sentiment!r}")
    lines.extend("\t".join(columns) for columns in _tokens(sentence))
    return "\n".join(lines) + "\n\n"


def _tokens(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """Yield the ten columns of each token."""
    spans = treebank_spans(sentence.text)
    for index, span in enumerate(spans):
        head, deprel = ("_", "_") if sentence.dep is None else sentence.dep[index]
        glued = index + 1 < len(spans) and spans[index + 1].start == span.end
        yield (
            str(index + 1),
            _cell(sentence.text[span.start : span.end]),
            "_" if sentence.lemma is None else _cell(sentence.lemma[index]),
            "_" if sentence.pos is None else _cell(sentence.pos[index]),
            "_",
            "_" if sentence.feats is None else _cell(sentence.feats[index]),
            str(head),
            _cell(deprel),
            "_",
            _misc(sentence, index, glued),
        )


def _misc(sentence: Sentence, index: int, glued: bool) -> str:
    named: dict[str, str] = {}
    if sentence.morph is not None:
        named["Morph"] = sentence.morph[index]
    if sentence.ner is not None:
        named["NER"] = sentence.ner[index]
    if glued:
        named["SpaceAfter"] = "No"
    return "|".join(f"{name}={value.translate(_ESCAPES)}" for name, value in named.items()) or "_"


def _cell(value: Any) -> str:
    return _line(value) or "_"


def _line(value: Any) -> str:
    """Return a value on one line and without tabs."""
    return " ".join(str(value).split())
