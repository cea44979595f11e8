"""Annotate the unlabelled text for self-training: ``python -m training.annotate_raw --data D --out R/context-self``.

The package's own models annotate, in the style of the treebank that the text was taken from. Sentences that stand in
a test set are left out, as everywhere.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.data.conllu import Tree
from training.data.corpora import load, sentence_key
from training.evaluate import annotate
from vnlp_colab.text.tokenise import TreebankWordTokenize
from vnlp_colab.tools.splitter import SentenceSplitter

_SHORTEST, _LONGEST = 4, 50


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


def main() -> None:
    """Write a CoNLL-U file a treebank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run that will read the files")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    corpora = load(arguments.data)
    steering = {sentence_key(s.words) for trees in corpora.dev_trees.values() for s in trees}
    held = corpora.tests | steering
    arguments.out.mkdir(parents=True, exist_ok=True)
    for style in ("boun", "penn"):
        sentences = raw_words(arguments.data / "raw" / f"tr_{style}-ud-train.txt", frozenset(held))
        blank = [
            Tree(words, ("_",) * len(words), ("_",) * len(words), ("_",) * len(words), (0,) * len(words), words)
            for words in sentences
        ]
        found = annotate(blank, style, arguments.threads)
        (arguments.out / f"{style}-raw.conllu").write_text("".join(map(conllu, found)), encoding="utf-8")
        print(style, len(found), "sentences", sum(len(tree.words) for tree in found), "words", flush=True)


if __name__ == "__main__":
    main()
