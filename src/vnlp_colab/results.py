"""What an annotated sentence looks like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """One annotated text. A field is ``None`` where its model was not loaded.

    Every list runs parallel to ``tokens``.

    Attributes:
        text: The text as it was given.
        tokens: Its tokens (``TreebankWordTokenize``).
        pos: A UPOS tag a token.
        ner: An entity label a token: ``O``, ``PER``, ``LOC`` or ``ORG``.
        dep: ``(head, deprel)`` a token; heads are 1-based, 0 is the root.
        morph: The chosen morphological analysis a token, e.g. ``ev+Noun+A3sg+Pnon+Loc``.
        lemma: The lemma a token: of the lemma model if it runs, else the analysis's stem.
        feats: Morphological features of Universal Dependencies a token, e.g. ``Case=Loc|Number=Sing``; ``_`` for none.
        sentiment: Probability that the text is positive; ``None`` for an empty text too.
    """

    text: str
    tokens: tuple[str, ...]
    pos: tuple[str, ...] | None = None
    ner: tuple[str, ...] | None = None
    dep: tuple[tuple[int, str], ...] | None = None
    morph: tuple[str, ...] | None = None
    lemma: tuple[str, ...] | None = None
    sentiment: float | None = None
    feats: tuple[str, ...] | None = None
