"""Scores on sentences with gold tokens, for steering the training."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from training.batches import Batch, Item, WordTable, collate, packed
from training.data.entities import spans
from training.labels import Inventory
from training.network import Network

_TOKENS = 1500


def _batches(items: Sequence[Item], table: WordTable) -> list[Batch]:
    groups = packed(sorted(items, key=lambda item: len(item.words)), _TOKENS)
    return [collate(group, table) for group in groups]


@torch.no_grad()
def score_trees(network: Network, items: Sequence[Item], table: WordTable, inventory: Inventory) -> dict[str, float]:
    """Percentages of words right: ``upos``, ``feats``, ``lemma`` (its script), ``uas``, ``las``; greedy heads."""
    network.eval()
    right = dict.fromkeys(("upos", "feats", "lemma", "uas", "las"), 0)
    total = 0
    for batch in _batches(items, table):
        scores = network.parse(network.encode(batch), batch.lengths)
        heads = scores.arcs.argmax(2)
        gold = batch.labels("heads")
        real = gold >= 0
        found = heads == gold
        relation = network.relations(scores, heads).argmax(2) == batch.labels("relations")
        parts = scores.feats.split(inventory.feature_sizes, dim=2)
        feats = torch.stack([part.argmax(2) for part in parts], dim=2) == batch.labels("feats")
        hits = {
            "upos": scores.upos.argmax(2) == batch.labels("upos"),
            "feats": feats.all(2),
            "lemma": scores.scripts.argmax(2) == batch.labels("scripts"),
            "uas": found,
            "las": found & relation,
        }
        for name, hit in hits.items():
            right[name] += int(hit[real].sum())
        total += int(real.sum())
    network.train()
    return {name: 100 * count / total for name, count in right.items()}


@torch.no_grad()
def score_entities(network: Network, items: Sequence[Item], table: WordTable, inventory: Inventory) -> float:
    """Span F1 in percent: each label chosen by itself, or the best sequence if the network scores transitions."""
    network.eval()
    common = found = gold = 0
    for batch in _batches(items, table):
        scores = network.label_entities(network.encode(batch), batch)
        for row, item in enumerate(batch.items):
            own = scores[row, 1 : len(item.words) + 1]
            chosen = network.transitions.best(own) if network.config.entity_units else own.argmax(1).tolist()
            guess = spans(_names(chosen, inventory))
            truth = spans(_names(item.entities.tolist(), inventory))
            common, found, gold = common + len(guess & truth), found + len(guess), gold + len(truth)
    network.train()
    return 200 * common / max(1, found + gold)


def _names(numbers: Sequence[int], inventory: Inventory) -> list[str]:
    return [inventory.entities[number] for number in numbers]
