"""Measure this package's models on treebanks and entity corpora: ``python -m training.evaluate --data D``.

Tokens are the gold ones, the style that of the treebank (IMST, which is never trained on, in BOUN's). Nothing but the
package's own ONNX models runs here; PyTorch is not needed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.data.conllu import Tree
from training.data.corpora import SOURCES, STYLES, TESTS, entity_file, load, treebank
from training.data.entities import Tagged, as_bio, spans
from training.scorer import METRICS, Counts, f1, interval, score_sentence
from vnlp_colab.models import registry
from vnlp_colab.models.shared_context import ContextDP, ContextFeats, ContextLemma, ContextNER, ContextPoS

STYLE_OF = {"imst": "boun"}


def annotate(trees: Sequence[Tree], style: str, threads: int) -> list[Tree]:
    """The same sentences with the annotation of this project's own models."""
    tokens = [list(tree.words) for tree in trees]
    options: dict[str, Any] = {"device": "cpu", "threads": threads, "style": style}
    upos, lemmas, feats = (
        [[label for _, label in row] for row in model(**options).predict_batch(tokens)]
        for model in (ContextPoS, ContextLemma, ContextFeats)
    )
    arcs = ContextDP(**options).predict_batch(tokens)
    return [
        Tree(
            tree.words,
            tuple(upos[i]),
            tuple(feats[i]),
            tuple(lemmas[i]),
            tuple(head for _, _, head, _ in arcs[i]),
            tuple(label for _, _, _, label in arcs[i]),
        )
        for i, tree in enumerate(trees)
    ]


def other_models(trees: Sequence[Tree], pos: str, dep: str, threads: int) -> list[Tree]:
    """The same sentences with the annotation of other models of the catalog, which have neither features nor lemmas."""
    tokens = [list(tree.words) for tree in trees]
    tags = registry.create(pos, device="cpu", threads=threads).predict_batch(tokens)
    arcs = registry.create(dep, device="cpu", threads=threads).predict_batch(tokens)
    return [
        Tree(
            tree.words,
            tuple(label for _, label in tags[i]),
            ("_",) * len(tree.words),
            ("_",) * len(tree.words),
            tuple(int(head) for _, _, head, _ in arcs[i]),
            tuple(label for _, _, _, label in arcs[i]),
        )
        for i, tree in enumerate(trees)
    ]


def score_trees(found: Sequence[Tree], gold: Sequence[Tree]) -> dict[str, dict[str, float]]:
    """Each score in percent with its bootstrap interval."""
    rows = [score_sentence(own, tree) for own, tree in zip(found, gold, strict=True)]
    result = {}
    for metric in METRICS:
        counts = [row[metric] for row in rows]
        low, high = interval(counts)
        result[metric] = {"value": round(f1(counts), 2), "low": round(low, 2), "high": round(high, 2)}
    return result


def score_entities(sentences: Sequence[Tagged], source: str, threads: int) -> dict[str, Any]:
    """Span F1 over all kinds and of each, with intervals, and F1 over the tokens in entities."""
    model = ContextNER(device="cpu", threads=threads, source=source, bio=True)
    found = model.predict_batch([list(sentence.words) for sentence in sentences])
    counts: dict[str, list[Counts]] = {kind: [] for kind in ("all", "PER", "LOC", "ORG", "tokens")}
    for own, sentence in zip(found, sentences, strict=True):
        labels = as_bio([label for _, label in own])
        guess, truth = spans(labels), spans(sentence.labels)
        for kind in counts:
            mine = {span for span in guess if kind in ("all", span[2])}
            right = {span for span in truth if kind in ("all", span[2])}
            counts[kind].append(Counts(len(mine & right), len(mine), len(right)))
        pairs = list(zip(labels, sentence.labels, strict=True))
        same = sum(a[2:] == b[2:] != "" for a, b in pairs)
        counts["tokens"][-1] = Counts(same, sum(a != "O" for a, _ in pairs), sum(b != "O" for _, b in pairs))
    result = {}
    for kind, rows in counts.items():
        low, high = interval(rows)
        result[kind] = {"value": round(f1(rows), 2), "low": round(low, 2), "high": round(high, 2)}
    return result


def test_data(root: Path, split: str) -> tuple[dict[str, list[Tree]], dict[str, list[Tagged]]]:
    """Treebanks and entity corpora by name: the test sets, or what steers the training (``split`` ``"dev"``)."""
    if split == "dev":
        corpora = load(root)
        return corpora.dev_trees, corpora.dev_entities
    return (
        {name: treebank(root, name, "test") for name in TESTS},
        {source: entity_file(root, source, "test") for source in SOURCES[1:]},
    )


def measure(root: Path, split: str, threads: int, styles: Sequence[str]) -> dict[str, Any]:
    """All scores of this project's own models.

    Args:
        root: The folder of the data.
        split: ``"test"``, or ``"dev"``: what steers the training.
        threads: Worker threads.
        styles: Styles to measure each treebank in besides its own.
    """
    trees, entities = test_data(root, split)
    result: dict[str, Any] = {"split": split, "treebanks": {}, "entities": {}}
    for name, gold in trees.items():
        for style in dict.fromkeys([STYLE_OF.get(name, name), *styles]):
            if style in STYLES:
                found = score_trees(annotate(gold, style, threads), gold)
                result["treebanks"].setdefault(name, {})[style] = found
                print(name, style, {metric: value["value"] for metric, value in found.items()}, flush=True)
    for name, sentences in entities.items():
        for source in (name, "unk"):
            scores = score_entities(sentences, source, threads)
            result["entities"].setdefault(name, {})[source] = scores
            print(name, source, {kind: value["value"] for kind, value in scores.items()}, flush=True)
    return result


def main() -> None:
    """Measure, print, and write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--styles", nargs="*", default=[], help="other styles to measure each treebank in")
    parser.add_argument("--others", nargs=2, metavar=("POS", "DEP"), help="other models of the catalog, instead")
    parser.add_argument("--out", type=Path, help="JSON file")
    arguments = parser.parse_args()
    started = time.time()
    if arguments.others:
        result: dict[str, Any] = {"split": arguments.split, "models": arguments.others, "treebanks": {}}
        for name, gold in test_data(arguments.data, arguments.split)[0].items():
            found = score_trees(other_models(gold, *arguments.others, arguments.threads), gold)
            result["treebanks"][name] = found
            print(name, {metric: value["value"] for metric, value in found.items()}, flush=True)
    else:
        result = measure(arguments.data, arguments.split, arguments.threads, arguments.styles)
    print(f"{time.time() - started:.0f} s")
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
