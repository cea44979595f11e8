"""The loss of a batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.batches import Batch
from training.data.corpora import STYLES
from training.labels import IGNORED, Inventory
from training.network import Network

FEATURE_WEIGHT = 0.3
LEMMA_WEIGHT = 0.5


def tree_loss(network: Network, batch: Batch, inventory: Inventory) -> Tensor:
    """Loss of a batch of treebank sentences: tags, features, lemmas, heads and relations."""
    open_style = torch.rand(len(batch.styles)) < network.config.style_dropout
    encoded = network.encode(batch, batch.styles.masked_fill(open_style, 0))
    scores = network.parse(encoded, batch.lengths)
    heads = batch.labels("heads")
    smoothing = network.config.smoothing
    loss = _entropy(scores.upos, batch.labels("upos"), smoothing)
    loss = loss + _entropy(scores.arcs, heads)
    loss = loss + _entropy(network.relations(scores, heads.clamp(min=0)), batch.labels("relations"), smoothing)
    feats = batch.labels("feats")
    for i, part in enumerate(scores.feats.split(inventory.feature_sizes, dim=2)):
        loss = loss + FEATURE_WEIGHT * _entropy(part, feats[..., i])
    return loss + LEMMA_WEIGHT * _entropy(scores.scripts, batch.labels("scripts"))


def entity_loss(network: Network, batch: Batch) -> Tensor:
    """Loss of a batch with entity labels.

    Entities do not depend on the treebanks' styles, so any style is drawn: one encoding then serves all heads.
    """
    styles = torch.randint(len(STYLES), batch.styles.shape)
    open_source = torch.rand(len(batch.sources)) < network.config.style_dropout
    encoded = network.encode(batch, styles)
    scores = network.label_entities(encoded, batch, batch.sources.masked_fill(open_source, 0))
    if network.config.entity_units:
        return network.transitions.loss(scores[:, 1:], batch.labels("entities")[:, 1:])
    return _entropy(scores, batch.labels("entities"), network.config.smoothing)


def _entropy(scores: Tensor, gold: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross entropy; 0 where no label is known."""
    gold = gold.reshape(-1)
    if not bool((gold != IGNORED).any()):
        return scores.sum() * 0
    return functional.cross_entropy(
        scores.reshape(-1, scores.shape[-1]), gold, ignore_index=IGNORED, label_smoothing=smoothing
    )
