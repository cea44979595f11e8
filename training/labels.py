"""What the heads choose among, counted from the training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.data.conllu import Tree, features
from training.data.entities import LABELS
from vnlp_colab.models.shared_context.scripts import make_script

IGNORED = -100
"""Number of a label that the training data states but the head has not."""

_RARE_SCRIPT = 3
_RARE_VALUE = 2


@dataclass(frozen=True)
class Inventory:
    """The labels of every head.

    Attributes:
        upos: Parts of speech.
        relations: Relations.
        features: ``(name, values)`` of every feature; value 0 is the empty string: the word does not have it.
        scripts: Lemma scripts, the most frequent first.
        entities: BIO labels.
    """

    upos: tuple[str, ...]
    relations: tuple[str, ...]
    features: tuple[tuple[str, tuple[str, ...]], ...]
    scripts: tuple[str, ...]
    entities: tuple[str, ...] = LABELS

    @property
    def feature_sizes(self) -> list[int]:
        """How many values each feature has."""
        return [len(values) for _, values in self.features]

    def as_json(self) -> dict[str, Any]:
        """For storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Inventory:
        """The opposite of ``as_json``."""
        return cls(
            tuple(stored["upos"]),
            tuple(stored["relations"]),
            tuple((name, tuple(values)) for name, values in stored["features"]),
            tuple(stored["scripts"]),
            tuple(stored["entities"]),
        )


def take_inventory(trees: Iterable[Tree]) -> Inventory:
    """Count the labels of the training data; what is too rare to learn is left out."""
    upos: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for tree in trees:
        upos.update(tree.upos)
        relations.update(tree.labels)
        scripts.update(make_script(word, lemma) for word, lemma in _lemmas(tree))
        values.update(pair for feats in tree.feats for pair in features(feats).items())
    names = sorted({name for name, _ in values})
    kept = [
        (name, ("", *sorted(value for (owner, value), n in values.items() if owner == name and n >= _RARE_VALUE)))
        for name in names
    ]
    return Inventory(
        tuple(sorted(upos)),
        tuple(sorted(relations)),
        tuple((name, found) for name, found in kept if len(found) > 1),
        tuple(script for script, n in scripts.most_common() if n >= _RARE_SCRIPT),
    )


class Numbers:
    """Turns a tree's labels into the heads' numbers."""

    def __init__(self, inventory: Inventory) -> None:
        self._upos = {label: i for i, label in enumerate(inventory.upos)}
        self._relations = {label: i for i, label in enumerate(inventory.relations)}
        self._features = [(name, {v: i for i, v in enumerate(values)}) for name, values in inventory.features]
        self._scripts = {script: i for i, script in enumerate(inventory.scripts)}

    def upos(self, tree: Tree) -> list[int]:
        """Part of speech of each word."""
        return [self._upos.get(label, IGNORED) for label in tree.upos]

    def relations(self, tree: Tree) -> list[int]:
        """Relation of each word."""
        return [self._relations.get(label, IGNORED) for label in tree.labels]

    def scripts(self, tree: Tree) -> list[int]:
        """Lemma script of each word."""
        return [
            IGNORED if lemma == "_" else self._scripts.get(make_script(word, lemma), IGNORED)
            for word, lemma in zip(tree.words, tree.lemmas, strict=True)
        ]

    def features(self, tree: Tree) -> list[list[int]]:
        """Of each word the value of every feature."""
        rows = []
        for feats in tree.feats:
            own = features(feats)
            rows.append([values.get(own.get(name, ""), IGNORED) for name, values in self._features])
        return rows


def feature_string(inventory: Inventory, chosen: Sequence[int]) -> str:
    """The FEATS column for a value of every feature: names in the order of UD, which ignores case."""
    pairs = [f"{name}={values[i]}" for (name, values), i in zip(inventory.features, chosen, strict=True) if values[i]]
    return "|".join(sorted(pairs, key=str.lower)) or "_"


def _lemmas(tree: Tree) -> Iterable[tuple[str, str]]:
    return ((word, lemma) for word, lemma in zip(tree.words, tree.lemmas, strict=True) if lemma != "_")
