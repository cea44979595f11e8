"""The network: words from pieces, their contexts, and a head a task."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from training.batches import Batch
from training.config import Config
from training.crf import Transitions
from training.data.corpora import SOURCES, STYLES
from training.labels import Inventory
from vnlp_colab.models.shared_context.forms import SHAPES

VECTOR = 128
"""Size of a stored word vector."""

SHAPE_SIZE = 16
STYLE_SIZE = 32
SOURCE_SIZE = 16
SLOPE = 0.1
"""Slope of the leaky rectifiers below zero."""


class WordEncoder(nn.Module):
    """Words from pieces: a GRU's last state, and from it a guess at the stored vector."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.pieces, config.piece_size)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.gru = nn.GRU(config.piece_size, config.word_units, batch_first=True)
        self.guess = nn.Linear(config.word_units, VECTOR)

    def forward(self, pieces: Tensor, counts: Tensor, dropout: float = 0.0) -> Tensor:
        """States ``(words, units)`` of pieces ``(words, longest)``, of which each word has its count."""
        counts, order = counts.sort(descending=True)
        x = functional.dropout(self.embedding(pieces[order]), dropout, self.training)
        _, state = self.gru(pack_padded_sequence(x, counts, batch_first=True))
        result = torch.empty_like(state[0])
        result[order] = state[0]
        return result


class Scores(NamedTuple):
    """What the heads of a treebank sentence answer, for every position of a padded batch.

    Attributes:
        upos: ``(sentences, positions, parts of speech)``.
        feats: ``(sentences, positions, values of all features)``.
        scripts: ``(sentences, positions, scripts)``.
        arcs: ``(sentences, dependents, heads)``; impossible ones are very low.
        dependents: ``(sentences, positions, label_size)``: a word as a dependent, for ``Network.relations``.
        heads: The same of a word as a head.
    """

    upos: Tensor
    feats: Tensor
    scripts: Tensor
    arcs: Tensor
    dependents: Tensor
    heads: Tensor


class Encoded(NamedTuple):
    """Words ``(sentences, positions, word size)`` and contexts ``(sentences, positions, 2 * units)``."""

    words: Tensor
    contexts: Tensor


class Network(nn.Module):
    """All of it.

    Args:
        config: Sizes and dropout rates.
        inventory: What the heads choose among.
        vectors: ``(words, 128)`` float32, the stored vectors, which are not trained.
    """

    vectors: Tensor

    def __init__(self, config: Config, inventory: Inventory, vectors: Tensor) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("vectors", vectors, persistent=False)
        self.words = WordEncoder(config)
        size = config.word_units + VECTOR
        context = 2 * config.units
        self.root = nn.Parameter(torch.randn(size) * 0.1)
        self.unknown = nn.Parameter(torch.randn(size) * 0.1)
        self.shapes = nn.Embedding(SHAPES, SHAPE_SIZE)
        self.styles = nn.Embedding(len(STYLES), STYLE_SIZE)
        self.sources = nn.Embedding(len(SOURCES), SOURCE_SIZE)
        self.context = nn.GRU(
            size + SHAPE_SIZE + STYLE_SIZE,
            config.units,
            num_layers=2,
            bidirectional=True,
            batch_first=True,
            dropout=config.dropout,
        )
        self.tag_hidden = self._layer(context + size, config.hidden)
        self.upos = nn.Linear(config.hidden, len(inventory.upos))
        self.feats = nn.Linear(config.hidden, sum(inventory.feature_sizes))
        self.lemma_hidden = self._layer(context + size, config.hidden)
        self.scripts = nn.Linear(config.hidden, len(inventory.scripts))
        entity = context + size + SOURCE_SIZE
        if config.entity_units:
            self.entity_context = nn.GRU(entity + SHAPE_SIZE, config.entity_units, bidirectional=True, batch_first=True)
            self.transitions = Transitions(inventory.entities)
            entity += 2 * config.entity_units
        self.entity_hidden = self._layer(entity, config.hidden)
        self.entities = nn.Linear(config.hidden, len(inventory.entities))
        self.arc_dependent = self._layer(context, config.arc_size)
        self.arc_head = self._layer(context, config.arc_size)
        self.arc_weight = nn.Parameter(nn.init.orthogonal_(torch.empty(config.arc_size + 1, config.arc_size)))
        self.label_dependent = self._layer(context, config.label_size)
        self.label_head = self._layer(context, config.label_size)
        side = config.label_size + 1
        self.label_weight = nn.Parameter(torch.zeros(len(inventory.relations), side, side))

    def _layer(self, inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Linear(inputs, outputs), nn.LeakyReLU(SLOPE), nn.Dropout(self.config.dropout))

    def encode_words(self, batch: Batch) -> Tensor:
        """Vectors ``(distinct words, word size)``: the encoder's state, and the stored or guessed vector."""
        state = self.words(batch.pieces, batch.piece_counts, 0.1)
        known = batch.vectors >= 0
        if self.training:
            known &= torch.rand(len(known)) >= self.config.vector_dropout
        stored = self.vectors[batch.vectors.clamp(min=0)]
        return torch.cat([state, torch.where(known[:, None], stored, self.words.guess(state))], dim=1)

    def encode(self, batch: Batch, styles: Tensor | None = None) -> Encoded:
        """Words and contexts of a batch, in its own styles or the given ones."""
        config = self.config
        distinct = self.encode_words(batch)
        table = torch.cat([distinct, self.root[None], self.unknown[None]])
        index = batch.index
        if self.training:
            dropped = torch.rand(index.shape) < config.word_dropout
            dropped[:, 0] = False
            index = index.masked_fill(dropped, len(table) - 1)
        words = functional.dropout(functional.embedding(index, table), config.dropout, self.training)
        style = self.styles(batch.styles if styles is None else styles)[:, None].expand(-1, index.shape[1], -1)
        x = torch.cat([words, self.shapes(batch.shapes), style], dim=2)
        packed = pack_padded_sequence(x, batch.lengths, batch_first=True)
        contexts, _ = pad_packed_sequence(self.context(packed)[0], batch_first=True)
        return Encoded(words, functional.dropout(contexts, config.dropout, self.training))

    def parse(self, encoded: Encoded, lengths: Tensor) -> Scores:
        """Run the heads of a treebank's labels."""
        contexts = encoded.contexts
        both = torch.cat([contexts, encoded.words], dim=2)
        tags = self.tag_hidden(both)
        arcs = (with_one(self.arc_dependent(contexts)) @ self.arc_weight) @ self.arc_head(contexts).transpose(1, 2)
        positions = torch.arange(contexts.shape[1])
        impossible = (positions[None] >= lengths[:, None])[:, None] | (positions[:, None] == positions[None])[None]
        return Scores(
            self.upos(tags),
            self.feats(tags),
            self.scripts(self.lemma_hidden(both)),
            arcs.masked_fill(impossible, -1e9),
            self.label_dependent(contexts),
            self.label_head(contexts),
        )

    def relations(self, scores: Scores, heads: Tensor) -> Tensor:
        """Scores ``(sentences, positions, relations)`` of every relation to the given heads."""
        chosen = scores.heads.gather(1, heads[:, :, None].expand(-1, -1, scores.heads.shape[2]))
        dependents, chosen = with_one(scores.dependents), with_one(chosen)
        count, side = self.label_weight.shape[:2]
        mixed = dependents.reshape(-1, side) @ self.label_weight.permute(1, 0, 2).reshape(side, -1)
        mixed = mixed.view(*dependents.shape[:2], count, side)
        return (mixed @ chosen[..., None])[..., 0]

    def label_entities(self, encoded: Encoded, batch: Batch, sources: Tensor | None = None) -> Tensor:
        """Scores ``(sentences, positions, entity labels)`` after the batch's own sources or the given ones."""
        source = self.sources(batch.sources if sources is None else sources)[:, None]
        parts = [encoded.contexts, encoded.words, source.expand(-1, encoded.words.shape[1], -1)]
        if self.config.entity_units:
            x = torch.cat([*parts, self.shapes(batch.shapes)], dim=2)
            packed = pack_padded_sequence(x, batch.lengths, batch_first=True)
            states, _ = pad_packed_sequence(self.entity_context(packed)[0], batch_first=True)
            parts.append(functional.dropout(states, self.config.dropout, self.training))
        return torch.as_tensor(self.entities(self.entity_hidden(torch.cat(parts, dim=2))))


def with_one(x: Tensor) -> Tensor:
    """Append a one to every vector, so that a bilinear form has linear terms."""
    return torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)
