"""Checkpoints, random state and the running average of weights."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


def commit() -> str:
    """The last commit of the code that trains."""
    command = ["git", "log", "-1", "--format=%H", "--", "training", "src/vnlp_colab/models/shared_context"]
    here = Path(__file__).resolve().parents[1]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=here).stdout.strip()


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def seed_all(seed: int) -> None:
    """Seed every source of random numbers."""
    random.seed(seed)
    torch.manual_seed(seed)


class Average:
    """A running average of a network's weights.

    Args:
        network: The network.
        decay: How much of the average is kept at each step, in the long run; less of it at the start.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint of one's own."""
    state: dict[str, Any] = torch.load(path, weights_only=False)
    return state


def swapped(network: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Load weights into a network and return those it had."""
    before = {name: value.detach().clone() for name, value in network.state_dict().items()}
    network.load_state_dict(weights)
    return before
