"""Close a run at its last checkpoint: ``python -m training.finish CONFIG --data D --runs R``.

The running average of the weights is what a finished run would have kept, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from training import arguments, final, state
from training.data.corpora import load
from training.labels import take_inventory


def main(given: Sequence[str] | None = None) -> None:
    """Write the run's ``final.pt``."""
    config, data, folder = arguments.read(__doc__, given)
    stored = state.load(folder / "checkpoint.pt")
    corpora = load(data, config.held_out)
    inventory = take_inventory(tree for trees in corpora.trees.values() for tree in trees)
    about = {"stopped": stored["step"], "dev": stored["history"][-1]}
    final.close(folder, config, corpora, inventory, stored["average"], about)
    print(f"closed at step {stored['step']} of {config.steps}")


if __name__ == "__main__":
    main()
