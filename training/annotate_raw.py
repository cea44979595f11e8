"""Annotate the unlabelled text for self-training.

``python -m training.annotate_raw --data D --runs R --out R/context teacher-1 teacher-2 teacher-3``: an ensemble of the
named runs annotates all text in the style of the treebank that it was taken from, and parts of it in other styles,
so that these see more words and constructions too. Sentences that stand in a test set are left out, as everywhere.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from training import final, state
from training.data.conllu import Tree
from training.data.corpora import load, sentence_key
from training.ensemble import Ensemble
from vnlp_colab.text.tokenise import TreebankWordTokenize
from vnlp_colab.tools.splitter import SentenceSplitter

TEACHERS = "teachers.json"
"""File beside the annotated ones: the networks that annotated them, and the hashes of their weights."""

_SHORTEST, _LONGEST = 4, 50

_PARTS = (
    ("boun", "boun", 0, 1),
    ("penn", "penn", 0, 1),
    ("kenet", "boun", 0, 2),
    ("kenet", "penn", 0, 3),
    ("boun", "penn", 1, 3),
)
"""Style, text, first sentence and every which one of it."""


def raw_words(path: Path, held: frozenset[str]) -> list[tuple[str, ...]]:
    """The sentences of a text that is wrapped at a column, as words."""
    text = " ".join(path.read_text(encoding="utf-8").split())
    found: dict[str, tuple[str, ...]] = {}
    for sentence in SentenceSplitter().split_sentences(text):
        words = tuple('"' if word in ("``", "''") else word for word in TreebankWordTokenize(sentence))
        key = sentence_key(words)
        if _SHORTEST <= len(words) <= _LONGEST and key not in held:
            found.setdefault(key, words)
    return list(found.values())


def conllu(tree: Tree) -> str:
    """A sentence as CoNLL-U."""
    columns = zip(tree.words, tree.lemmas, tree.upos, tree.feats, tree.heads, tree.labels, strict=True)
    rows = [
        f"{i}\t{word}\t{lemma}\t{upos}\t_\t{feats}\t{head}\t{label}\t_\t_"
        for i, (word, lemma, upos, feats, head, label) in enumerate(columns, 1)
    ]
    return "\n".join(rows) + "\n\n"


def blank(words: tuple[str, ...]) -> Tree:
    """A sentence without annotation."""
    nothing = ("_",) * len(words)
    return Tree(words, nothing, nothing, nothing, (0,) * len(words), nothing)


def main() -> None:
    """Write a CoNLL-U file a text and style."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", help="names of the ensemble's runs")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run that will read the files")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    corpora = load(arguments.data)
    steering = {sentence_key(s.words) for trees in corpora.dev_trees.values() for s in trees}
    held = frozenset(corpora.tests | steering)
    ensemble = Ensemble([arguments.runs / name for name in arguments.names])
    arguments.out.mkdir(parents=True, exist_ok=True)
    teachers = {name: state.sha256(arguments.runs / name / final.FILE) for name in arguments.names}
    (arguments.out / TEACHERS).write_text(json.dumps(teachers, indent=1) + "\n", encoding="utf-8")
    texts = {name: raw_words(arguments.data / "raw" / f"tr_{name}-ud-train.txt", held) for name in ("boun", "penn")}
    for style, name, first, step in _PARTS:
        trees = [blank(words) for words in texts[name][first::step]]
        found = ensemble.annotate(trees, style)
        path = arguments.out / f"{style}-of-{name}.conllu"
        path.write_text("".join(map(conllu, found)), encoding="utf-8")
        print(path.name, len(found), "sentences", sum(len(tree.words) for tree in found), "words", flush=True)


if __name__ == "__main__":
    main()
