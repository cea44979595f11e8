"""The graphs give what PyTorch gave for the same stored weights (``training/record.py``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vnlp_colab.models.shared_context import ContextDP, ContextFeats, ContextLemma, ContextNER, ContextPoS

GOLDEN_OF = ("ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats")

TAGGERS = {"pos": ContextPoS, "ner": ContextNER, "lemma": ContextLemma, "feats": ContextFeats}
STYLES = ("boun", "kenet", "unk")
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).resolve().parents[2] / "data" / "context.npz") as arrays:
        return dict(arrays)


def sentences(recorded: dict[str, np.ndarray]) -> list[list[str]]:
    return [str(sentence).split(" ") for sentence in recorded["sentences"]]


def model(made: Any, style: str) -> Any:
    return made(device="cpu", threads=1, style=style)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", TAGGERS)
def test_probabilities_of_labels(recorded: dict[str, np.ndarray], name: str, style: str) -> None:
    found = model(TAGGERS[name], style).predict_proba_batch(sentences(recorded))
    for i, own in enumerate(found):
        expected = recorded[f"{style}/{i}/{name}"]
        np.testing.assert_allclose(own, expected, atol=TOLERANCE)
        # Logits: probabilities may hide a difference where a label is certain.
        likely = expected > 1e-6
        np.testing.assert_allclose(np.log(own[likely]), np.log(expected[likely]), atol=20 * TOLERANCE)
        if name != "feats":
            assert (own.argmax(axis=1) == expected.argmax(axis=1)).all()


@pytest.mark.parametrize("style", STYLES)
def test_scores_and_best_sequences_of_entities(recorded: dict[str, np.ndarray], style: str) -> None:
    tagger = ContextNER(device="cpu", threads=1, style=style, bio=True)
    batch = sentences(recorded)
    encodings = tagger._encoder.encode(batch, tagger._style, 1)
    for encoding in encodings:
        for row, item in enumerate(encoding.items):
            own = tagger._encoded(encoding)[row, : encoding.lengths[row]]
            np.testing.assert_allclose(own, recorded[f"{style}/{item}/ner_scores"], atol=TOLERANCE)
    for i, own in enumerate(tagger.predict_batch(batch)):
        assert [tagger.labels.index(label) for _, label in own] == recorded[f"{style}/{i}/ner_path"].tolist()


@pytest.mark.parametrize("style", STYLES)
def test_probabilities_of_trees(recorded: dict[str, np.ndarray], style: str) -> None:
    parser = ContextDP(device="cpu", threads=1, style=style, tree=False)
    batch = sentences(recorded)
    for i, (tokens, own, arcs) in enumerate(
        zip(batch, parser.predict_proba_batch(batch), parser.predict_batch(batch), strict=True)
    ):
        heads = len(tokens) + 1
        np.testing.assert_allclose(own[:, :heads], recorded[f"{style}/{i}/arcs"], atol=TOLERANCE)
        assert [head for _, _, head, _ in arcs] == recorded[f"{style}/{i}/heads"].tolist()
        np.testing.assert_allclose(own[:, heads:], recorded[f"{style}/{i}/relations"], atol=TOLERANCE)
        names = [parser.labels[number] for number in recorded[f"{style}/{i}/relations"].argmax(axis=1)]
        assert [relation for _, _, _, relation in arcs] == names
