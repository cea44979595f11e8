"""Close a run at its last checkpoint: ``python -m training.finish CONFIG --data D --runs R``.

The running average of the weights is what a finished run would have kept, too.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import torch

from training import state
from training.config import Config
from training.data.corpora import load
from training.labels import take_inventory


def main() -> None:
    """Write the run's ``final.pt``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--runs", type=Path, required=True, help="folder of logs and checkpoints")
    arguments = parser.parse_args()
    config = Config.read(arguments.config)
    folder = arguments.runs / config.name
    stored = state.load(folder / "checkpoint.pt")
    corpora = load(arguments.data, config.held_out)
    inventory = take_inventory(tree for trees in corpora.trees.values() for tree in trees)
    card = {
        "config": asdict(config),
        "stopped": stored["step"],
        "data": corpora.hashes,
        "removed": corpora.removed,
        "dev": stored["history"][-1],
        "torch": torch.__version__,
    }
    state.save(folder / "final.pt", {"network": stored["average"], "inventory": inventory.as_json(), "card": card})
    print(f"closed at step {stored['step']} of {config.steps}")


if __name__ == "__main__":
    main()
