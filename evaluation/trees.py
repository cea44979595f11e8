"""The scores of the CoNLL 2018 shared task.

``LAS`` and ``CLAS`` compare relations without their subtypes, as the task does; ``LAS_full`` compares whole relations,
as VNLP's published figures do. ``UFeats`` compares the universal features, ``Feats`` all. ``Tokens``, ``Sentences`` and
``Words`` tell how well the text was cut up. Only aligned words can be right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from training.data.conllu import Tree

from evaluation.counts import Counts
from evaluation.words import Layout, align, lay_out

_FEATURES = """
    PronType NumType Poss Reflex Foreign Abbr Gender Animacy Number Case Definite Degree VerbForm Mood Tense Aspect
    Voice Evident Polarity Person Polite
"""
_CONTENT = """
    nsubj obj iobj csubj ccomp xcomp obl vocative expl dislocated advcl advmod discourse nmod appos nummod acl amod
    conj fixed flat compound list parataxis orphan goeswith reparandum root dep
"""
UNIVERSAL_FEATURES = frozenset(_FEATURES.split())
CONTENT = frozenset(_CONTENT.split())
CUT = ("Tokens", "Sentences", "Words")
OF_WORDS = ("UPOS", "UFeats", "Feats", "Lemmas", "UAS", "LAS", "LAS_full", "CLAS")
METRICS = (*CUT, *OF_WORDS)

_ROOT = -1
_NOWHERE = -2


def score(system: Sequence[Tree], gold: Sequence[Tree]) -> list[dict[str, Counts]]:
    """Count what is right, a gold sentence at a time.

    Args:
        system: The system's sentences, its own or the gold ones; all of the same text.
        gold: The gold sentences.

    Returns:
        By sentence the counts of ``METRICS``. A system's word or sentence counts where its first character is.

    Raises:
        ValueError: The texts differ.
    """
    ours, theirs = lay_out(system), lay_out(gold)
    found = _Tally(ours, theirs)
    found.cut("Tokens", ours.tokens, theirs.tokens)
    found.cut("Sentences", ours.sentences, theirs.sentences)
    pairs = align(ours, theirs)
    for name in ("Words", *OF_WORDS):
        found.totals(name, [True] * len(ours.words), [True] * len(theirs.words))
    own, right = _flat(system), _flat(gold)
    content = [[_universal(label) in CONTENT for label in side.labels] for side in (own, right)]
    found.totals("CLAS", *content)
    to_gold = {_ROOT: _ROOT} | dict(pairs)
    for i, j in pairs:
        attached = to_gold.get(own.heads[i], _NOWHERE) == right.heads[j]
        related = attached and _universal(own.labels[i]) == _universal(right.labels[j])
        same = {
            "Words": True,
            "UPOS": own.upos[i] == right.upos[j],
            "UFeats": _universal_features(own.feats[i]) == _universal_features(right.feats[j]),
            "Feats": set(own.feats[i].split("|")) == set(right.feats[j].split("|")),
            "Lemmas": right.lemmas[j] == "_" or own.lemmas[i] == right.lemmas[j],
            "UAS": attached,
            "LAS": related,
            "LAS_full": attached and own.labels[i] == right.labels[j],
            "CLAS": related and content[1][j],
        }
        found.right(same, j)
    return found.rows()


class _Tally:
    """Counts by metric and gold sentence: right, the system's, the gold ones."""

    def __init__(self, system: Layout, gold: Layout) -> None:
        self._gold = gold
        self._starts = [begin for begin, _ in gold.sentences]
        self._words = [[self._home(begin) for begin, _ in system.words], gold.sentence_of]
        self._counts = {name: [[0, 0, 0] for _ in gold.sentences] for name in METRICS}

    def _home(self, place: int) -> int:
        return max(0, bisect_right(self._starts, place) - 1)

    def cut(self, name: str, system: Sequence[tuple[int, int]], gold: Sequence[tuple[int, int]]) -> None:
        """Count spans that both sides have."""
        known = set(gold)
        for span in system:
            self._counts[name][self._home(span[0])][1] += 1
            self._counts[name][self._home(span[0])][0] += span in known
        for span in gold:
            self._counts[name][self._home(span[0])][2] += 1

    def totals(self, name: str, system: Sequence[bool], gold: Sequence[bool]) -> None:
        """Set how many words there are that may be right."""
        rows = self._counts[name]
        for row in rows:
            row[1:] = 0, 0
        for side, chosen in enumerate((system, gold)):
            for sentence, counts in zip(self._words[side], chosen, strict=True):
                rows[sentence][side + 1] += counts

    def right(self, same: dict[str, bool], word: int) -> None:
        """Count a gold word for the metrics by which it is right."""
        sentence = self._gold.sentence_of[word]
        for name, is_right in same.items():
            self._counts[name][sentence][0] += is_right

    def rows(self) -> list[dict[str, Counts]]:
        """Return the counts by sentence."""
        return [
            {name: Counts(*self._counts[name][sentence]) for name in METRICS}
            for sentence in range(len(self._gold.sentences))
        ]


def _flat(trees: Sequence[Tree]) -> Tree:
    """Return all sentences as one, heads counted from 0 over all of them."""
    heads: list[int] = []
    for tree in trees:
        start = len(heads)
        heads += [start + head - 1 if head else _ROOT for head in tree.heads]
    words, upos, feats, lemmas, labels = (
        tuple(value for tree in trees for value in getattr(tree, name))
        for name in ("words", "upos", "feats", "lemmas", "labels")
    )
    return Tree(words, upos, feats, lemmas, tuple(heads), labels)


def _universal(relation: str) -> str:
    return relation.partition(":")[0]


def _universal_features(feats: str) -> frozenset[str]:
    return frozenset(pair for pair in feats.split("|") if pair.partition("=")[0] in UNIVERSAL_FEATURES)
