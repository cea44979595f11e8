"""A text with everything that the models found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from vnlp_colab.errors import InputError, MissingExtra
from vnlp_colab.results import displacy
from vnlp_colab.results.parts import Entity, Failure, Token, entity_runs
from vnlp_colab.text.spans import align

Probabilities = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One annotated text. A field is ``None`` where its model was not loaded.

    Every list runs parallel to ``tokens``; ``words``, iteration and indexing give the same as one ``Token`` each.

    Attributes:
        text: The text as it was given.
        tokens: Its tokens (``TreebankWordTokenize``), as the models read them.
        pos: A UPOS tag a token.
        ner: An entity label a token: ``O``, ``PER``, ``LOC`` or ``ORG``.
        dep: ``(head, deprel)`` a token; heads are 1-based, 0 is the root.
        morph: The chosen morphological analysis a token, e.g. ``ev+Noun+A3sg+Pnon+Loc``.
        lemma: The lemma a token: of the lemma model if it runs, else the analysis's stem.
        sentiment: Probability that the text is positive; ``None`` for an empty text too.
        feats: Morphological features of Universal Dependencies a token, e.g. ``Case=Loc|Number=Sing``, ``_`` for none:
            of the model of features if it runs, else what the analysis says of them.
        spans: ``(start, end)`` a token, in characters: ``text[start:end]`` is the token as it was written. Found in the
            text where they are not given.
        probabilities: For each label of the other fields how probable its model held it, by the field's name; ``dep``
            has ``head`` and ``deprel``. ``None`` unless the pipeline was made with ``probabilities=True``.
        failure: Why there are no results, and no tokens: only with ``on_error="skip"``, and where the row failed.

    Raises:
        InputError: ``tokens`` are not those of ``text``.

    Examples:
        >>> sentence = Sentence("Ali Van'da.", ("Ali", "Van'da", "."), pos=("PROPN", "PROPN", "PUNCT"))
        >>> [(token.text, token.start, token.end, token.upos) for token in sentence]
        [('Ali', 0, 3, 'PROPN'), ("Van'da", 4, 10, 'PROPN'), ('.', 10, 11, 'PUNCT')]
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
    spans: tuple[tuple[int, int], ...] = ()
    probabilities: Probabilities | None = field(default=None, hash=False)
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if not self.spans and self.tokens:
            object.__setattr__(self, "spans", align(self.text, self.tokens))

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[Token]:
        return iter(self.words)

    def __getitem__(self, index: int) -> Token:
        return self.words[index]

    @property
    def words(self) -> tuple[Token, ...]:
        """The tokens with all that was found of each."""
        given = (self.pos, self.dep, self.morph, self.lemma, self.feats, self.ner)
        columns = [repeat(None) if values is None else values for values in given]
        chances = self._chances()
        return tuple(
            Token(
                index=index,
                text=self.text[start:end],
                form=form,
                start=start,
                end=end,
                upos=upos,
                head=None if arc is None else arc[0],
                deprel=None if arc is None else arc[1],
                morph=morph,
                lemma=lemma,
                feats=feats,
                entity=entity,
                probabilities=chance,
            )
            for index, (form, (start, end), chance, upos, arc, morph, lemma, feats, entity) in enumerate(
                zip(self.tokens, self.spans, chances, *columns, strict=False), 1
            )
        )

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The named entities, in order; none if no model for them ran.

        Tokens side by side with the same label are one entity, unless the labels say where one begins (``B-``).
        """
        scores = (self.probabilities or {}).get("ner")
        found = []
        for start, end, label in entity_runs(self.ner or ()):
            first, last = self.spans[start][0], self.spans[end - 1][1]
            score = None if scores is None else sum(scores[start:end]) / (end - start)
            found.append(Entity(self.text[first:last], label, start, end, first, last, score))
        return tuple(found)

    def to_displacy(self, style: str = "dep") -> dict[str, Any]:
        """Return what ``spacy.displacy.render(..., manual=True)`` draws.

        Args:
            style: ``"dep"``: words and arcs, each of which points from a head to its dependent; ``"ent"``: the text
                and its entities.

        Raises:
            InputError: Another style, or the models for it did not run.
        """
        if style not in ("dep", "ent"):
            raise InputError(f"style is 'dep' or 'ent', not {style!r}")
        needed = "dep" if style == "dep" else "ner"
        if getattr(self, needed) is None:
            raise InputError(f"style {style!r} draws what the model for {needed!r} finds; load one")
        return displacy.dependencies(self.words) if style == "dep" else displacy.entities(self.text, self.entities)

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the parse and the entities, or ``None`` (the plain form) where spaCy is missing."""
        from vnlp_colab import rendering

        styles = rendering.drawable(self)
        try:
            return "\n".join(rendering.render(self, style) for style in styles) if styles else None
        except MissingExtra:
            return None

    def to_dict(self) -> dict[str, Any]:
        """Return everything that is known, in the types of JSON: lists parallel to ``tokens``, and ``entities``."""
        parallel = ("tokens", "spans", "pos", "feats", "ner", "dep", "morph", "lemma")
        result: dict[str, Any] = {"text": self.text}
        for name in parallel:
            values = getattr(self, name)
            if values is not None:
                result[name] = [list(value) if isinstance(value, tuple) else value for value in values]
        if self.sentiment is not None:
            result["sentiment"] = self.sentiment
        if self.ner is not None:
            result["entities"] = [entity.to_dict() for entity in self.entities]
        if self.probabilities is not None:
            result["probabilities"] = {name: list(values) for name, values in self.probabilities.items()}
        return result

    def _chances(self) -> list[dict[str, float] | None]:
        if self.probabilities is None:
            return [None] * len(self.tokens)
        return [{name: values[place] for name, values in self.probabilities.items()} for place in range(len(self))]
