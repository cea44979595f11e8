"""Write a finished run's network into the package: ``python -m training.export --run R/context``.

Weights are stored in float16, the word vectors in eight bits with a scale a word. What the stored numbers cannot
represent is rounded here, so that the package's own graphs and PyTorch, given the same rounded weights, agree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training import state
from training.annotate_raw import TEACHERS
from training.data.corpora import SOURCES, STYLES
from training.final import load_network
from training.network import Network
from training.vocabulary import WordVectors
from vnlp_colab.store.safetensors import write_safetensors

FOLDER = Path(__file__).resolve().parents[1] / "src" / "vnlp_colab" / "data" / "context"


def rounded(network: Network) -> dict[str, np.ndarray]:
    """The network's weights in float16, by name."""
    return {name: value.detach().numpy().astype(np.float16) for name, value in network.state_dict().items()}


def load_rounded(run: Path, words: WordVectors) -> tuple[Network, Any, dict[str, Any]]:
    """A finished run's network with the weights that are stored."""
    network, inventory, card = load_network(run, torch.from_numpy(words.vectors))
    stored = {name: torch.from_numpy(value.astype(np.float32)) for name, value in rounded(network).items()}
    network.load_state_dict(stored)
    return network, inventory, card


def export(run: Path, folder: Path, words: WordVectors, commit: str = "") -> dict[str, str]:
    """Write the package's files, and return their hashes by name.

    Raises:
        ValueError: It is a network that the package's graphs do not know.
    """
    network, inventory, card = load_network(run, torch.from_numpy(words.vectors))
    if not (network.config.entity_units and network.config.stems):
        raise ValueError("the package runs only networks with entity_units and stems; teachers stay in PyTorch")
    arrays: dict[str, Any] = rounded(network)
    arrays |= {"vectors.quantised": words.quantised, "vectors.scales": words.scales}
    card["commit"] = card.get("commit") or commit or state.commit()
    if (run / TEACHERS).is_file():
        card["annotated_by"] = json.loads((run / TEACHERS).read_text(encoding="utf-8"))
    config = {"styles": STYLES, "sources": SOURCES, **inventory.as_json()}
    files = {
        "context.safetensors": write_safetensors(arrays, {"format": "pt", "run": card["config"]["name"]}),
        "config.json": _json(config),
        "card.json": _json(card),
        "words.txt": "\n".join(words.words).encode(),
        "pieces.model": (run / "pieces.model").read_bytes(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def main() -> None:
    """Export a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the finished run")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the package's files")
    parser.add_argument(
        "--commit", default="", help="commit that trained the network, if the run did not write it down"
    )
    arguments = parser.parse_args()
    for name, digest in export(arguments.run, arguments.out, WordVectors.load(), arguments.commit).items():
        path = arguments.out / name
        print(f'Bundled("context/{name}", {path.stat().st_size:_}, "{digest}"),')


if __name__ == "__main__":
    main()
