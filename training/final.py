"""The file that a closed run leaves: its network, what the heads choose among, and its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training import state
from training.config import Config
from training.data.corpora import Corpora
from training.labels import Inventory
from training.network import Network

FILE = "final.pt"


def close(
    folder: Path,
    config: Config,
    corpora: Corpora,
    inventory: Inventory,
    weights: Mapping[str, Tensor],
    about: Mapping[str, Any],
) -> None:
    """Write a run's final file, with a card that says what its weights depend on.

    Args:
        folder: The run's folder.
        config: Its settings, with the steps that it took.
        corpora: The data.
        inventory: What the network's heads choose among.
        weights: The running average of the weights.
        about: What else the card says.
    """
    made = [*config.self_training, *(["pieces.model", "words.pt"] if config.words else [])]
    card = {
        "config": asdict(config),
        # Some files of the folder come from other runs, and are data of this one.
        "data": corpora.hashes | {f"runs/{name}": state.sha256(folder / name) for name in made},
        "removed": corpora.removed,
        "torch": torch.__version__,
        **about,
    }
    state.save(folder / FILE, {"network": dict(weights), "inventory": inventory.as_json(), "card": card})


def load_network(folder: Path, vectors: Tensor) -> tuple[Network, Inventory, dict[str, Any]]:
    """Read a closed run's network, what its heads choose among, and its card.

    Args:
        folder: The run's folder.
        vectors: ``(words, 128)`` float32, the stored word vectors.

    Raises:
        FileNotFoundError: The run is not closed.
    """
    stored = state.load(folder / FILE)
    values = stored["card"]["config"]
    config = Config(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
    inventory = Inventory.from_json(stored["inventory"])
    network = Network(config, inventory, vectors)
    network.load_state_dict(stored["network"])
    network.eval()
    return network, inventory, stored["card"]
