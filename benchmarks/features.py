"""How well features from analyses, and those of ContextFeats, agree with a treebank's.

    python -m benchmarks.features tr_boun-ud-test.conllu

Prints, for each feature, the F1 score over its name and value. Words are the treebank's own, so nothing but the
features is judged. The analyses are those that StemmerAnalyzer chooses, so that its faults count too.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from vnlp_colab import ContextFeats, StemmerAnalyzer
from vnlp_colab.pipeline.treebank import read_conllu
from vnlp_colab.text.analyses import features_of


def scores(gold: Iterable[str], found: Iterable[str]) -> dict[str, tuple[float, int]]:
    """F1 of each feature, and how often it occurs in the treebank; ``all``: of all features; ``words``: share of words.

    Args:
        gold: The treebank's features of every word, as FEATS has them.
        found: The model's.
    """
    given: Counter[str] = Counter()
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    words = equal = 0
    for one, other in zip(gold, found, strict=True):
        expected, predicted = ({*feats.split("|")} - {"_"} for feats in (one, other))
        words += 1
        equal += expected == predicted
        for counter, pairs in ((given, expected), (made, predicted), (right, expected & predicted)):
            counter.update(pair.split("=")[0] for pair in pairs)
            counter["all"] += len(pairs)
    result = {name: (200 * right[name] / (given[name] + made[name]), given[name]) for name in sorted(given)}
    return {**result, "words": (100 * equal / max(1, words), words)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of one or more treebanks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("treebanks", nargs="+", type=Path)
    parser.add_argument("--sentences", type=int, default=None, help="only the first ones")
    options = parser.parse_args(arguments)
    stemmer, context = StemmerAnalyzer(), ContextFeats()
    for path in options.treebanks:
        sentences = list(read_conllu(path))[: options.sentences]
        tokens = [list(sentence.tokens) for sentence in sentences]
        gold = [feats for sentence in sentences for feats in sentence.feats or ["_"] * len(sentence)]
        mapped = [features_of(analysis) for row in stemmer.predict_batch(tokens) for analysis in row]
        learnt = [feats for row in context.predict_batch(tokens) for _, feats in row]
        ours, theirs = scores(gold, mapped), scores(gold, learnt)
        print(f"\n{path.stem}: {len(sentences):,} sentences, {len(gold):,} words\n")
        print("| feature | in the treebank | from analyses | ContextFeats |\n| --- | ---: | ---: | ---: |")
        for name in ours:
            print(f"| {name} | {ours[name][1]:,} | {ours[name][0]:.1f} | {theirs[name][0]:.1f} |")


if __name__ == "__main__":
    main()
