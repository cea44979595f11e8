"""Annotated sentences in the form that spaCy's displaCy renders with ``manual=True``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnlp_colab.results.parts import Entity, Token


def dependencies(tokens: Sequence[Token]) -> dict[str, Any]:
    """Words with tag and lemma, and for each but the root an arc that points at it from its head, as spaCy draws it.

    A head that the sentence does not have, or a token that is its own head, has no arc to draw: a parser's raw choice
    may be such.
    """
    arcs = []
    for token in tokens:
        if not token.head or token.head == token.index or token.head > len(tokens):
            continue
        start, end = sorted((token.index - 1, token.head - 1))
        direction = "left" if token.index < token.head else "right"
        arcs.append({"start": start, "end": end, "label": token.deprel or "", "dir": direction})
    words = [{"text": token.text, "tag": token.upos or "", "lemma": token.lemma} for token in tokens]
    return {"words": words, "arcs": arcs, "settings": {}}


def entities(text: str, found: Sequence[Entity]) -> dict[str, Any]:
    """The text with its entities by character offsets."""
    marked = [{"start": entity.start_char, "end": entity.end_char, "label": entity.label} for entity in found]
    return {"text": text, "ents": marked, "title": None, "settings": {}}
