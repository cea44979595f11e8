"""The scores of the CoNLL 2018 shared task, and span F1 of entities.

Written from the task's description (https://universaldependencies.org/conll18/evaluation.html): system and gold words
are aligned by their places in the text without white space, inside multi-word tokens by the longest common
subsequence; only aligned words can be right. With gold tokens every word is aligned, and all scores are accuracies.

``LAS`` compares whole relations, as VNLP's published figures do; ``LAS_U`` compares them without their subtypes, which
is the shared task's LAS, and ``CLAS`` the same of content words. ``UFeats`` compares the universal features alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.conllu import Tree

UNIVERSAL_FEATURES = frozenset(
    [
        "PronType",
        "NumType",
        "Poss",
        "Reflex",
        "Foreign",
        "Abbr",
        "Gender",
        "Animacy",
        "Number",
        "Case",
        "Definite",
        "Degree",
        "VerbForm",
        "Mood",
        "Tense",
        "Aspect",
        "Voice",
        "Evident",
        "Polarity",
        "Person",
        "Polite",
    ]
)
CONTENT = frozenset(
    [
        "nsubj",
        "obj",
        "iobj",
        "csubj",
        "ccomp",
        "xcomp",
        "obl",
        "vocative",
        "expl",
        "dislocated",
        "advcl",
        "advmod",
        "discourse",
        "nmod",
        "appos",
        "nummod",
        "acl",
        "amod",
        "conj",
        "fixed",
        "flat",
        "compound",
        "list",
        "parataxis",
        "orphan",
        "goeswith",
        "reparandum",
        "root",
        "dep",
    ]
)
METRICS = ("UPOS", "UFeats", "Feats", "Lemmas", "UAS", "LAS", "LAS_U", "CLAS")


@dataclass(frozen=True)
class Counts:
    """What a sentence adds to a score: words right, of the system's and of the gold ones."""

    right: int
    system: int
    gold: int


def score_sentence(system: Tree, gold: Tree) -> dict[str, Counts]:
    """Count what is right of a sentence whose tokens are the gold ones."""
    if system.words != gold.words:
        raise ValueError("the tokens differ; align the words first")
    return score_aligned(system, gold, [(i, i) for i in range(len(gold.words))])


def score_aligned(system: Tree, gold: Tree, pairs: Sequence[tuple[int, int]]) -> dict[str, Counts]:
    """Count what is right of a text.

    Args:
        system: The system's annotation.
        gold: The gold annotation.
        pairs: Numbers of system and gold words that are the same word.
    """
    to_gold = {i + 1: j + 1 for i, j in pairs}
    to_gold[0] = 0
    totals = (len(system.words), len(gold.words))

    def count(same: Callable[[int, int], bool]) -> Counts:
        return Counts(sum(same(i, j) for i, j in pairs), *totals)

    def attached(i: int, j: int) -> bool:
        return to_gold.get(system.heads[i]) == gold.heads[j]

    def related(i: int, j: int) -> bool:
        return attached(i, j) and universal(system.labels[i]) == universal(gold.labels[j])

    content = [(i, j) for i, j in pairs if universal(gold.labels[j]) in CONTENT]
    return {
        "UPOS": count(lambda i, j: system.upos[i] == gold.upos[j]),
        "UFeats": count(lambda i, j: universal_features(system.feats[i]) == universal_features(gold.feats[j])),
        "Feats": count(lambda i, j: set(system.feats[i].split("|")) == set(gold.feats[j].split("|"))),
        "Lemmas": count(lambda i, j: gold.lemmas[j] == "_" or system.lemmas[i] == gold.lemmas[j]),
        "UAS": count(attached),
        "LAS": count(lambda i, j: attached(i, j) and system.labels[i] == gold.labels[j]),
        "LAS_U": count(related),
        "CLAS": Counts(
            sum(related(i, j) for i, j in content),
            sum(universal(label) in CONTENT for label in system.labels),
            sum(universal(label) in CONTENT for label in gold.labels),
        ),
    }


def universal(relation: str) -> str:
    """A relation without its subtype."""
    return relation.partition(":")[0]


def universal_features(feats: str) -> frozenset[str]:
    """The pairs of FEATS whose names are universal."""
    return frozenset(pair for pair in feats.split("|") if pair.partition("=")[0] in UNIVERSAL_FEATURES)


def align(system: Sequence[tuple[int, int]], gold: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pair words that stand at the same place.

    Args:
        system: Start and end of each system word among the characters that are no white space.
        gold: The same of the gold words.
    """
    places = {span: j for j, span in enumerate(gold)}
    return [(i, places[span]) for i, span in enumerate(system) if span in places]


def f1(counts: Iterable[Counts]) -> float:
    """F1 in percent; with equal tokens the accuracy."""
    found = list(counts)
    total = sum(c.system + c.gold for c in found)
    return 200 * sum(c.right for c in found) / total if total else 0.0


def interval(counts: Sequence[Counts], seed: int = 1, draws: int = 1000) -> tuple[float, float]:
    """The 95 % bootstrap interval of ``f1``, sentences drawn with replacement."""
    table: npt.NDArray[np.int64] = np.array([(c.right, c.system + c.gold) for c in counts], np.int64)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        right, total = table[rng.integers(0, len(table), len(table))].sum(axis=0)
        values.append(200 * right / max(1, total))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
