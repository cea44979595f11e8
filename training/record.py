"""Record what the network answers, for tests without PyTorch: ``python -m training.record --run R/context``.

PyTorch runs the weights that are stored, on one sentence at a time; the tests compare the package's graphs with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from training.batches import WordTable, collate
from training.data.corpora import STYLES
from training.export import load_rounded
from training.labels import Inventory
from training.network import Network
from training.vocabulary import WordVectors

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "context.npz"

SENTENCES = (
    "Ahmet Yılmaz dün Ankara'da Türk Hava Yolları'nın yeni genel müdürüyle görüştü .",
    "Geldi .",
    "İstanbul'un 1923'te kurulan ilk üniversitesinde okuyan öğrenciler , sınavları kazanıp mezun oldular .",
    "Çekoslovakyalılaştıramadıklarımızdanmışsınızcasına davranıyorsunuz !",
    "ama o gün eve gitmedim ; çünkü yağmur yağıyordu",
    "`` Evet , dedi , '' ve 3,5 milyon TL ödedi … 😀",
)
RECORDED = (("boun", 3), ("kenet", 4), ("unk", 0))
"""Styles with their numbers."""


@torch.no_grad()
def answers(
    network: Network, inventory: Inventory, table: WordTable, words: list[str], style: int
) -> dict[str, np.ndarray]:
    """The probabilities of every head for one sentence, its most probable heads and the relations to these."""
    item = table.item(words)
    item.style = style
    batch = collate([item], table)
    encoded = network.encode(batch)
    scores = network.parse(encoded, batch.lengths)
    heads = scores.arcs.argmax(2)
    feats = [part.softmax(2) for part in scores.feats.split(inventory.feature_sizes, dim=2)]
    found = {
        "pos": scores.upos.softmax(2),
        "feats": torch.cat(feats, dim=2),
        "lemma": scores.scripts.softmax(2),
        "ner": _entities(network, network.label_entities(encoded, batch)[:, 1:]),
        "ner_scores": network.label_entities(encoded, batch),
        "ner_path": torch.tensor([[0, *network.transitions.best(network.label_entities(encoded, batch)[0, 1:])]]),
        "arcs": scores.arcs.softmax(2),
        "heads": heads,
        "relations": network.relations(scores, heads).softmax(2),
    }
    return {name: value[0, 1:].numpy() for name, value in found.items()}


def _entities(network: Network, scores: torch.Tensor) -> torch.Tensor:
    """Marginal probabilities of entity labels, after a row for the root."""
    found = network.transitions.marginals(scores, torch.ones(scores.shape[:2], dtype=torch.bool))
    return torch.cat([torch.zeros_like(found[:, :1]), found], dim=1)


def main() -> None:
    """Record the shipped network's answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the finished run")
    arguments = parser.parse_args()
    words = WordVectors.load()
    network, inventory, _ = load_rounded(arguments.run, words)
    table = WordTable((arguments.run / "pieces.model").read_bytes(), words.words, network.config.stems)
    arrays: dict[str, np.ndarray] = {"sentences": np.array(SENTENCES)}
    for style, number in RECORDED:
        if STYLES[number] != style:
            raise ValueError(f"style {style} is not number {number}")
        for i, sentence in enumerate(SENTENCES):
            found = answers(network, inventory, table, sentence.split(" "), number)
            arrays |= {f"{style}/{i}/{name}": value for name, value in found.items()}
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(FILE, **arrays)
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
