"""The parts of an annotated sentence: its tokens and its entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row has no results.

    Attributes:
        type: The type of the error.
        message: What it said.
    """

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a ``Sentence`` with all that was found of it; ``None`` where the model for it did not run.

    Attributes:
        index: Its number in the sentence, from 1, as heads count.
        text: What the user wrote: ``sentence.text[token.start:token.end]``.
        form: What the models read. It is ``text``, but that ``"`` stands for the quotation marks `````` and ``''``,
            and that the words which a treebank splits one token into have forms of their own.
        start: Offset of its first character in the sentence's text.
        end: Offset after its last character.
        upos: UPOS tag.
        head: Index of its head, 0 for the root.
        deprel: Relation to the head.
        morph: Morphological analysis, e.g. ``ev+Noun+A3sg+Pnon+Loc``.
        lemma: Lemma.
        feats: UD features as FEATS writes them, ``_`` for none.
        entity: Label of the entity that it is part of, ``O`` for none; with ``B-`` or ``I-`` before it if the model
            gives these.
        probabilities: How probable the models held each of these labels, by the name of the sentence's field
            (``head`` and ``deprel`` for ``dep``); ``None`` unless they were asked for.
    """

    index: int
    text: str
    form: str
    start: int
    end: int
    upos: str | None = None
    head: int | None = None
    deprel: str | None = None
    morph: str | None = None
    lemma: str | None = None
    feats: str | None = None
    entity: str | None = None
    probabilities: Mapping[str, float] | None = field(default=None, hash=False)

    @property
    def features(self) -> dict[str, str]:
        """The UD features by name; empty if there are none, or none were asked for.

        Examples:
            >>> Token(1, "evde", "evde", 0, 4, feats="Case=Loc|Number=Sing").features
            {'Case': 'Loc', 'Number': 'Sing'}
        """
        if self.feats in (None, "_", ""):
            return {}
        return dict(pair.split("=", 1) for pair in str(self.feats).split("|"))


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity: successive tokens of a ``Sentence``.

    Attributes:
        text: ``sentence.text[entity.start_char:entity.end_char]``.
        label: ``PER``, ``LOC``, ``ORG``, or what else the model knows.
        start: Number of its first token, from 0: ``sentence.tokens[entity.start:entity.end]``.
        end: Number after its last token.
        start_char: Offset of its first character in the sentence's text.
        end_char: Offset after its last character.
        score: Mean probability of the label over its tokens; ``None`` unless probabilities were asked for.
    """

    text: str
    label: str
    start: int
    end: int
    start_char: int
    end_char: int
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as a dict for JSON, without a score that is not known."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in fields.items() if value is not None}


def entity_label(label: str) -> str:
    """Return the kind of entity that a token's label tells of, without ``B-`` or ``I-``; empty for none."""
    if label in ("O", ""):
        return ""
    return label[2:] if label[:2] in ("B-", "I-") else label


def entity_runs(labels: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield ``(start, end, label)`` of every run of tokens that is one entity.

    Tokens side by side with the same label belong together; ``B-`` starts another entity. ``I-`` without an entity
    of its label before it starts one too: what a model said is never lost.

    Examples:
        >>> list(entity_runs(["PER", "PER", "O", "B-LOC", "I-LOC", "B-LOC"]))
        [(0, 2, 'PER'), (3, 5, 'LOC'), (5, 6, 'LOC')]
    """
    start, kind = 0, ""
    for place, label in enumerate((*labels, "O")):
        own = entity_label(label)
        if own == kind and not label.startswith("B-"):
            continue
        if kind:
            yield start, place, kind
        start, kind = place, own
