"""The scores of label sequences agree with counting out all of them."""

from __future__ import annotations

from itertools import product

import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from training.crf import Transitions  # noqa: E402
from training.labels import IGNORED  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.slow]

LABELS = ("O", "B-PER", "I-PER")


@pytest.fixture
def transitions() -> Transitions:
    torch.manual_seed(3)
    made = Transitions(LABELS)
    torch.nn.init.normal_(made.weight)
    return made


def every(transitions: Transitions, scores: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The score of every sequence of labels for one sentence, by hand."""
    weight = (transitions.weight + transitions.forbidden).tolist()
    found = {}
    for path in product(range(len(LABELS)), repeat=len(scores)):
        steps = sum(weight[before][label] for before, label in zip((len(LABELS), *path), path, strict=False))
        found[path] = steps + sum(float(scores[i, label]) for i, label in enumerate(path))
    return found


@torch.no_grad()
def test_loss_is_that_of_all_sequences(transitions: Transitions) -> None:
    scores = torch.randn(2, 4, len(LABELS))
    gold = torch.tensor([[1, 2, 0, 1], [0, 1, IGNORED, IGNORED]])
    expected = 0.0
    for row, path in enumerate([(1, 2, 0, 1), (0, 1)]):
        scored = every(transitions, scores[row, : len(path)])
        expected += float(torch.logsumexp(torch.tensor(list(scored.values())), 0)) - scored[path]
    assert float(transitions.loss(scores, gold)) == pytest.approx(expected / 6, abs=1e-4)


@torch.no_grad()
def test_best_and_marginals_are_those_of_all_sequences(transitions: Transitions) -> None:
    scores = torch.randn(4, len(LABELS))
    scored = every(transitions, scores)
    assert tuple(transitions.best(scores)) == max(scored, key=lambda path: scored[path])
    weights = torch.softmax(torch.tensor(list(scored.values()), dtype=torch.float64), 0).tolist()
    found = transitions.marginals(scores[None], torch.ones(1, 4, dtype=torch.bool))[0]
    for token in range(4):
        for label in range(len(LABELS)):
            share = sum(w for path, w in zip(scored, weights, strict=True) if path[token] == label)
            assert float(found[token, label]) == pytest.approx(share, abs=1e-5)


@torch.no_grad()
def test_an_entity_never_starts_inside(transitions: Transitions) -> None:
    scores = torch.tensor([[0.0, 0.0, 50.0], [0.0, 0.0, 50.0]])
    assert [LABELS[i] for i in transitions.best(scores)] == ["B-PER", "I-PER"]
