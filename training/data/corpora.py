"""Which sentences are trained on, which steer the training, and which are reported: never the same ones.

Nothing without a stated licence and nothing non-commercial is trained on. A sentence that stands in a test set, by its
letters and digits alone, is removed from everything else, whatever corpus it comes from.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from training.data.conllu import Tree, read_conllu
from training.data.entities import Tagged, read_entities
from vnlp_colab.text.casing import lower_case

STYLES = ("unk", "atis", "framenet", "boun", "kenet", "penn", "tourism", "gb", "pud")
"""Annotation styles; number 0 is none in particular."""

SOURCES = ("unk", "wikiner", "xtreme", "gungor")
"""Sources of entity labels; number 0 is none in particular."""

TESTS = ("boun", "kenet", "penn", "tourism", "framenet", "atis", "imst")
"""Treebanks whose test sets are reported."""

STYLE_OF = {"imst": "boun"}
"""The style of a treebank that no style is named after."""

_TRAIN = {"atis": "train", "framenet": "train", "boun": "dev", "kenet": "dev", "penn": "dev", "tourism": "dev"}
_TEST_ONLY = ("gb", "pud")
_HELD_OUT = 10


class Sentence(Protocol):
    """What has words."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words."""


SentenceT = TypeVar("SentenceT", bound=Sentence)


@dataclass
class Corpora:
    """All data of a run.

    Attributes:
        trees: Treebank to training sentences.
        dev_trees: Treebank to sentences that steer the training.
        entities: Source to training sentences.
        dev_entities: Source to sentences that steer the training.
        removed: Corpus to the number of sentences removed because a test set has them.
        tests: Keys of all test sentences.
        hashes: File to sha256.
    """

    trees: dict[str, list[Tree]]
    dev_trees: dict[str, list[Tree]]
    entities: dict[str, list[Tagged]]
    dev_entities: dict[str, list[Tagged]]
    removed: dict[str, int]
    tests: frozenset[str]
    hashes: dict[str, str] = field(default_factory=dict)


def sentence_key(words: Iterable[str]) -> str:
    """What two sentences share that differ only in case, spaces, quotes and punctuation."""
    return "".join(c for c in lower_case("".join(words)) if c.isalnum())


def treebank(root: Path, name: str, split: str) -> list[Tree]:
    """Read a split of a treebank, at its release 2.9."""
    return read_conllu(root / "ud29" / f"tr_{name}-ud-{split}.conllu")


def entity_file(root: Path, source: str, split: str) -> list[Tagged]:
    """Read a split of an entity corpus."""
    if source == "gungor":
        return read_entities(root / "ner" / f"gungor.ner.{split}.14.only_consistent")
    return read_entities(root / "ner" / f"{source}.{split}.conll", "tr:" if source == "xtreme" else "")


def load(root: Path, held_out: bool = True) -> Corpora:
    """Read everything, split it, and remove what stands in a test set.

    Args:
        root: The folder of the data.
        held_out: Hold out a tenth of the dev sets that stand in for train sets.
    """
    tests = [sentence.words for name in TESTS for sentence in treebank(root, name, "test")]
    tests += [sentence.words for source in SOURCES[1:] for sentence in entity_file(root, source, "test")]
    keys = frozenset(map(sentence_key, tests))
    trees, dev_trees = _trees(root, held_out)
    entities = {
        "wikiner": entity_file(root, "wikiner", "train"),
        "xtreme": entity_file(root, "xtreme", "dev"),
        "gungor": entity_file(root, "gungor", "dev"),
    }
    dev_entities = {"wikiner": entity_file(root, "wikiner", "dev")}
    for source in ("xtreme", "gungor"):
        entities[source], dev_entities[source] = _split(entities[source], 20)
    removed = {name: _remove(sentences, keys) for name, sentences in trees.items()}
    removed |= {name: _remove(found, keys) for name, found in entities.items()}
    steering = frozenset(sentence_key(s.words) for held in (dev_trees, dev_entities) for x in held.values() for s in x)
    for name, sentences in [*trees.items(), *entities.items()]:
        removed[f"{name}, in dev data"] = _remove(sentences, steering)
    return Corpora(trees, dev_trees, entities, dev_entities, removed, keys, _hashes(root))


def _trees(root: Path, held_out: bool) -> tuple[dict[str, list[Tree]], dict[str, list[Tree]]]:
    trees, dev = {}, {}
    for name, split in _TRAIN.items():
        trees[name] = treebank(root, name, split)
        if split == "train":
            dev[name] = treebank(root, name, "dev")
        elif held_out:
            trees[name], dev[name] = _split(trees[name], _HELD_OUT)
    for name in _TEST_ONLY:
        trees[name] = treebank(root, name, "test")
    return trees, dev


def _split(sentences: list[SentenceT], part: int) -> tuple[list[SentenceT], list[SentenceT]]:
    """Hold out one sentence in ``part``, the same ones in every run."""
    order = list(range(len(sentences)))
    random.Random(1).shuffle(order)
    held = set(order[: len(sentences) // part])
    kept = [sentence for i, sentence in enumerate(sentences) if i not in held]
    return kept, [sentences[i] for i in sorted(held)]


def _remove(sentences: list[SentenceT], keys: frozenset[str]) -> int:
    kept = [sentence for sentence in sentences if sentence_key(sentence.words) not in keys]
    count = len(sentences) - len(kept)
    sentences[:] = kept
    return count


def _hashes(root: Path) -> dict[str, str]:
    files = [f"ud29/tr_{name}-ud-{split}.conllu" for name, split in _TRAIN.items()]
    files += [f"ud29/tr_{name}-ud-test.conllu" for name in _TEST_ONLY]
    files += ["ner/wikiner.train.conll", "ner/xtreme.dev.conll", "ner/gungor.ner.dev.14.only_consistent"]
    files += [f"raw/tr_{name}-ud-train.txt" for name in ("boun", "penn")]
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in files}


def raw_sentences(root: Path, tests: frozenset[str]) -> list[str]:
    """The lines of the unlabelled text, less those in a test set.

    The text of BOUN is wrapped at a column, so a line need not be a sentence.
    """
    lines = []
    for name in ("boun", "penn"):
        lines += (root / "raw" / f"tr_{name}-ud-train.txt").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line.strip() and sentence_key([line]) not in tests]


def count(corpus: Sequence[Sentence]) -> tuple[int, int]:
    """Sentences and words."""
    return len(corpus), sum(len(sentence.words) for sentence in corpus)
