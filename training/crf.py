"""A linear-chain conditional random field over BIO labels: what a sequence of labels is worth as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.labels import IGNORED

_NEVER = -1e4


class Transitions(nn.Module):
    """Scores of a label after another; ``weight`` ``(labels + 1, labels)``, the last row being a sentence's start.

    Args:
        labels: The BIO labels.
    """

    forbidden: Tensor

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(len(labels) + 1, len(labels)))
        rows = [
            [_NEVER if label[:2] == "I-" and before[2:] != label[2:] else 0.0 for label in labels]
            for before in (*labels, "O")
        ]
        self.register_buffer("forbidden", torch.tensor(rows), persistent=False)

    def total(self, scores: Tensor, real: Tensor) -> Tensor:
        """The logarithm ``(sentences,)`` of the sum over all sequences of labels.

        Args:
            scores: ``(sentences, tokens, labels)``.
            real: ``(sentences, tokens)`` bool, which tokens there are; the first always is.
        """
        weight = self.weight + self.forbidden
        reached = scores[:, 0] + weight[-1]
        for token in range(1, scores.shape[1]):
            after = torch.logsumexp(reached[:, :, None] + weight[:-1], dim=1) + scores[:, token]
            reached = torch.where(real[:, token, None], after, reached)
        return torch.logsumexp(reached, dim=1)

    def loss(self, scores: Tensor, gold: Tensor) -> Tensor:
        """Negative log-likelihood of the gold labels, a token.

        Args:
            scores: ``(sentences, tokens, labels)``.
            gold: ``(sentences, tokens)``, ``IGNORED`` after a sentence's end.
        """
        real = gold != IGNORED
        labels = gold.clamp(min=0)
        own = scores.gather(2, labels[:, :, None])[:, :, 0]
        before = torch.cat([torch.full_like(labels[:, :1], scores.shape[2]), labels[:, :-1]], dim=1)
        steps = (self.weight + self.forbidden)[before, labels]
        return (self.total(scores, real).sum() - ((own + steps) * real).sum()) / real.sum()

    def marginals(self, scores: Tensor, real: Tensor) -> Tensor:
        """Probability ``(sentences, tokens, labels)`` of each label: how the total changes with its score."""
        with torch.enable_grad():
            scores = scores.detach().double().requires_grad_()
            return torch.autograd.grad(self.total(scores, real).sum(), scores)[0].float()

    def best(self, scores: Tensor) -> list[int]:
        """The best labels of one sentence with scores ``(tokens, labels)``."""
        weight = self.weight + self.forbidden
        reached, back = scores[0] + weight[-1], []
        for row in scores[1:]:
            value, before = (reached[:, None] + weight[:-1]).max(dim=0)
            back.append(before.tolist())
            reached = value + row
        path = [int(reached.argmax())]
        for pointers in reversed(back):
            path.append(pointers[path[-1]])
        return path[::-1]
