"""Annotations into docs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from spacy.parts_of_speech import IDS
from spacy.tokens import Doc, Span

from vnlp_colab.results import Sentence
from vnlp_colab.spacy.sentences import Piece
from vnlp_colab.spacy.trees import tree_of

# What spaCy's own pipelines give white space.
_SPACE = {"POS": "SPACE", "TAG": "_SP", "DEP": "dep", "MORPH": "_"}
_ROOT = "ROOT"

_Found = Sequence[tuple[Piece, Sentence]]


def write(doc: Doc, pieces: Sequence[Piece], sentences: Sequence[Sentence], columns: Collection[str]) -> None:
    """Set what the models found of a doc; all else that it has stays.

    Args:
        doc: The doc.
        pieces: Its sentences.
        sentences: The result for each.
        columns: What the models give, as ``VNLPipeline.columns`` names it.
    """
    if not len(doc):
        return
    found = list(zip(pieces, sentences, strict=True))
    values = {name: row for column in columns if column in _MADE for name, row in _MADE[column](doc, found).items()}
    if values:
        _set(doc, values)
    # After the heads, from which spaCy finds them by itself, but not in each tree whose arcs cross.
    if "dep" in columns or not doc.has_annotation("DEP"):
        firsts = {piece.start for piece in pieces}
        _set(doc, {"SENT_START": [1 if place in firsts else -1 for place in range(len(doc))]})
    if "ner" in columns:
        _write_entities(doc, found)
    if "morph" in columns:
        _write_analyses(doc, found)


def _set(doc: Doc, values: dict[str, list[int]]) -> None:
    """Set attributes of all tokens; negative numbers stand in spaCy's arrays as their complements."""
    rows = np.array([[value & 0xFFFFFFFFFFFFFFFF for value in row] for row in values.values()], np.uint64)
    array: Any = np.ascontiguousarray(rows.T)
    doc.from_array(list(values), array)


def _spread(doc: Doc, found: _Found, of_space: int, labels: Any) -> list[int]:
    """Return a value a token: that of white space, but where ``labels`` has a sentence's values."""
    values = [of_space] * len(doc)
    for piece, sentence in found:
        for place, value in zip(piece.places, labels(sentence), strict=True):
            values[place] = value
    return values


def _tags(doc: Doc, found: _Found) -> dict[str, list[int]]:
    add = doc.vocab.strings.add
    return {
        "TAG": _spread(doc, found, add(_SPACE["TAG"]), lambda sentence: map(add, sentence.pos or ())),
        "POS": _spread(
            doc, found, IDS[_SPACE["POS"]], lambda sentence: (IDS.get(tag, 0) for tag in sentence.pos or ())
        ),
    }


def _morphs(doc: Doc, found: _Found) -> dict[str, list[int]]:
    add = doc.vocab.morphology.add
    known = {features: add(features) for _, sentence in found for features in sentence.feats or ()}
    of_space = add(_SPACE["MORPH"])
    return {"MORPH": _spread(doc, found, of_space, lambda sentence: (known[name] for name in sentence.feats or ()))}


def _lemmas(doc: Doc, found: _Found) -> dict[str, list[int]]:
    values = [token.orth for token in doc]
    for piece, sentence in found:
        for place, lemma in zip(piece.places, sentence.lemma or (), strict=True):
            values[place] = doc.vocab.strings.add(lemma)
    return {"LEMMA": values}


def _arcs(doc: Doc, found: _Found) -> dict[str, list[int]]:
    add = doc.vocab.strings.add
    heads = list(range(len(doc)))
    labels = [add(_SPACE["DEP"])] * len(doc)
    for piece, sentence in found:
        # White space hangs on the word before it, or else on the first one.
        nearest = piece.places[0] if piece.places else piece.start
        words = set(piece.places)
        for place in range(piece.start, piece.end):
            nearest = place if place in words else nearest
            heads[place] = nearest
        arcs = sentence.dep or ()
        tree = tree_of([head for head, _ in arcs])
        for place, head, (_, label) in zip(piece.places, tree, arcs, strict=True):
            heads[place] = piece.places[head - 1] if head else place
            labels[place] = add(label if head else _ROOT)
    return {"HEAD": [head - place for place, head in enumerate(heads)], "DEP": labels}


def _write_entities(doc: Doc, found: _Found) -> None:
    """Set the entities, but where the doc has one already, or a block, as of a component that ran before."""
    kept = list(doc.ents)
    blocked = [doc[token.i : token.i + 1] for token in doc if token.ent_iob_ == "B" and not token.ent_type]
    taken = {place for span in (*kept, *blocked) for place in range(span.start, span.end)}
    for piece, sentence in found:
        for entity in sentence.entities:
            start, end = piece.places[entity.start], piece.places[entity.end - 1] + 1
            if taken.isdisjoint(range(start, end)):
                kept.append(Span(doc, start, end, label=entity.label))
    doc.set_ents(kept, blocked=blocked)


def _write_analyses(doc: Doc, found: _Found) -> None:
    for piece, sentence in found:
        for place, analysis in zip(piece.places, sentence.morph or (), strict=True):
            doc[place]._.analysis = analysis


# What each column of the models sets in spaCy's arrays. The stemmer's analyses have features too.
_MADE: dict[str, Callable[[Doc, _Found], dict[str, list[int]]]] = {
    "pos": _tags,
    "feats": _morphs,
    "morph": _morphs,
    "lemma": _lemmas,
    "dep": _arcs,
}
