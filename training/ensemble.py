"""Several networks as one: the mean of their probabilities, and the best tree of the mean.

``python -m training.ensemble --data D --runs R context teacher-2 teacher-3`` measures it on the treebanks' dev or test
data. An ensemble is too slow to ship; it shows what more networks would reach, and annotates text for a single one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from evaluation.counts import scores
from evaluation.trees import score

from training.batches import Batch, WordTable, collate
from training.data.conllu import Tree
from training.data.corpora import STYLE_OF, STYLES, TESTS, load, treebank
from training.final import load_network
from training.labels import feature_string
from training.network import Network
from training.vocabulary import WordVectors
from vnlp_colab.models.shared_context.parser import arc_probabilities, choose_heads
from vnlp_colab.models.shared_context.scripts import apply_script

_TOKENS = 1000


class Ensemble:
    """Finished runs that share one SentencePiece model and one inventory.

    Args:
        folders: The runs' folders.

    Raises:
        ValueError: The runs do not choose among the same labels.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        words = WordVectors.load()
        loaded = [load_network(folder, torch.from_numpy(words.vectors)) for folder in folders]
        self.networks: list[Network] = [network for network, _, _ in loaded]
        self.inventory = loaded[0][1]
        pieces = {(folder / "pieces.model").read_bytes() for folder in folders}
        if len(pieces) > 1 or any(inventory != self.inventory for _, inventory, _ in loaded):
            raise ValueError("the runs of an ensemble must have one SentencePiece model and the same labels")
        stems = {network.config.stems for network in self.networks}
        self._table = WordTable(pieces.pop(), words.words, stems == {True})

    def annotate(self, trees: Sequence[Tree], style: str) -> list[Tree]:
        """The same sentences with the ensemble's annotation, in the same order."""
        order = sorted(range(len(trees)), key=lambda i: -len(trees[i].words))
        found: list[Tree | None] = [None] * len(trees)
        while order:
            count = max(1, _TOKENS // (len(trees[order[0]].words) + 1))
            group, order = order[:count], order[count:]
            for i, tree in zip(group, self._annotate([trees[i] for i in group], style), strict=True):
                found[i] = tree
        return [tree for tree in found if tree is not None]

    @torch.no_grad()
    def _annotate(self, trees: Sequence[Tree], style: str) -> list[Tree]:
        """Annotate sentences that are sorted by length, longest first."""
        items = [self._table.item(tree.words) for tree in trees]
        for item in items:
            item.style = STYLES.index(style)
        batch = collate(items, self._table)
        scores = [network.parse(network.encode(batch), batch.lengths) for network in self.networks]
        sizes = self.inventory.feature_sizes
        upos = _mean([own.upos.softmax(2) for own in scores]).argmax(2)
        scripts = _mean([own.scripts.softmax(2) for own in scores]).argmax(2)
        feats = [
            _mean([own.feats.split(sizes, dim=2)[i].softmax(2) for own in scores]).argmax(2) for i in range(len(sizes))
        ]
        heads = _heads(batch, _mean([own.arcs.softmax(2) for own in scores]))
        related = [network.relations(own, heads).softmax(2) for network, own in zip(self.networks, scores, strict=True)]
        relations = _mean(related).argmax(2)
        chosen = torch.stack(feats, dim=2)
        result = []
        for row, tree in enumerate(trees):
            real = slice(1, len(tree.words) + 1)
            lemmas = [self.inventory.scripts[number] for number in scripts[row, real].tolist()]
            result.append(
                Tree(
                    tree.words,
                    tuple(self.inventory.upos[number] for number in upos[row, real].tolist()),
                    tuple(feature_string(self.inventory, values) for values in chosen[row, real].tolist()),
                    tuple(apply_script(word, script) for word, script in zip(tree.words, lemmas, strict=True)),
                    tuple(heads[row, real].tolist()),
                    tuple(self.inventory.relations[number] for number in relations[row, real].tolist()),
                )
            )
        return result


def _mean(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(parts)).mean(0)


def _heads(batch: Batch, arcs: torch.Tensor) -> torch.Tensor:
    """The best tree's heads ``(sentences, positions)`` for mean probabilities ``(sentences, dependents, heads)``."""
    heads = torch.zeros(arcs.shape[:2], dtype=torch.long)
    logs = np.log(np.maximum(arcs.numpy(), 1e-9))
    for row, length in enumerate(batch.lengths.tolist()):
        probabilities = arc_probabilities(logs[row, 1:length, :length])
        heads[row, 1:length] = torch.from_numpy(choose_heads(probabilities, tree=True))
    return heads


def main() -> None:
    """Measure an ensemble."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", help="names of finished runs")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ensemble = Ensemble([arguments.runs / name for name in arguments.names])
    if arguments.split == "dev":
        trees = load(arguments.data).dev_trees
    else:
        trees = {name: treebank(arguments.data, name, "test") for name in TESTS}
    for name, gold in trees.items():
        found = ensemble.annotate(gold, STYLE_OF.get(name, name))
        own = [replace(tree, ranges=right.ranges) for tree, right in zip(found, gold, strict=True)]
        print(name, {metric: round(value.value, 2) for metric, value in scores(score(own, gold)).items()}, flush=True)


if __name__ == "__main__":
    main()
