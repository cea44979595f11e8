"""Teach the word encoder to give a word's word2vec vector from its pieces.

The vectors come from 32 GB of text; the treebanks are 130 thousand words. What the encoder learns here of stems and
suffixes carries over to words that have no vector.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from training import arguments, state
from training.batches import WordTable
from training.config import Config
from training.data.corpora import load
from training.network import WordEncoder
from training.vocabulary import WordVectors, train_pieces

_HELD_OUT = 2000
_CHECKPOINT = 250


def pretrain(config: Config, words: WordVectors, pieces: bytes, folder: Path) -> dict[str, torch.Tensor]:
    """Train the encoder, or go on with it, or read it if it is done.

    Args:
        config: The run's settings.
        words: The vectors.
        pieces: The SentencePiece model.
        folder: Where the checkpoint lies.

    Returns:
        The encoder's weights.
    """
    checkpoint = folder / "words.pt"
    state.seed_all(config.seed)
    encoder = WordEncoder(config)
    optimiser = torch.optim.AdamW(encoder.parameters(), lr=config.pretrain_rate, betas=(0.9, 0.99), weight_decay=0)
    begin = _resume(checkpoint, encoder, optimiser)
    table = WordTable(pieces, ())
    numbers = np.array([table.number(word) for word in words.words])
    target = torch.from_numpy(words.vectors)
    order = np.random.default_rng(config.seed).permutation(len(numbers))
    held, rest = order[:_HELD_OUT], order[_HELD_OUT:]
    started = time.time()
    for step in range(begin, config.pretrain_steps):
        share = step / config.pretrain_steps
        for group in optimiser.param_groups:
            group["lr"] = config.pretrain_rate * max(0.02, 0.5 * (1 + math.cos(math.pi * share)))
        rows = np.random.default_rng([config.seed, step]).choice(rest, config.pretrain_words, replace=False)
        optimiser.zero_grad()
        _loss(encoder, table, numbers[rows], target[rows]).backward()
        optimiser.step()
        if (step + 1) % _CHECKPOINT == 0 or step + 1 == config.pretrain_steps:
            saved = {"encoder": encoder.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
            state.save(checkpoint, saved)
            scores = [_cosine(encoder, table, numbers[part], target[part]) for part in (held, rest[:_HELD_OUT])]
            print(
                f"words: step {step + 1}, {time.time() - started:.0f} s, cosine {scores[0]:.3f} on words held out, "
                f"{scores[1]:.3f} on others",
                flush=True,
            )
    return encoder.state_dict()


def _resume(checkpoint: Path, encoder: WordEncoder, optimiser: torch.optim.Optimizer) -> int:
    """Take up what an earlier run left, if there is any; returns the step to go on with."""
    if not checkpoint.is_file():
        return 0
    stored = state.load(checkpoint)
    encoder.load_state_dict(stored["encoder"])
    optimiser.load_state_dict(stored["optimiser"])
    return int(stored["step"])


def _loss(encoder: WordEncoder, table: WordTable, numbers: np.ndarray, target: torch.Tensor) -> torch.Tensor:
    pieces, counts, _ = table.encode(numbers)
    guess = encoder.guess(encoder(pieces, counts, 0.1))
    return functional.mse_loss(guess, target) + 1 - functional.cosine_similarity(guess, target).mean()


@torch.no_grad()
def _cosine(encoder: WordEncoder, table: WordTable, numbers: np.ndarray, target: torch.Tensor) -> float:
    encoder.eval()
    pieces, counts, _ = table.encode(numbers)
    similarity = functional.cosine_similarity(encoder.guess(encoder(pieces, counts)), target).mean()
    encoder.train()
    return float(similarity)


def main(given: Sequence[str] | None = None) -> None:
    """Pretrain for a run's configuration."""
    config, data, folder = arguments.read(__doc__, given)
    folder.mkdir(parents=True, exist_ok=True)
    words = WordVectors.load()
    # The same sentences that the training would take: the pieces are learned from them.
    corpora = load(data, config.held_out)
    pretrain(config, words, train_pieces(folder / "pieces.model", config.pieces, words, corpora, data), folder)


if __name__ == "__main__":
    main()
