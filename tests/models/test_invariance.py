"""A text's results are its own: whatever it is batched with, in any order, with any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.models import labelling
from vnlp_colab.models.registry import create

pytestmark = pytest.mark.models

NAMES = ["StemmerAnalyzer", "TreeStackPoS", "TreeStackDP", "CharNER", "GRUSentimentAnalyzer"]
TOLERANCE = 1e-5

WORDS = [
    "Ankara'da", "yağmur", "yağıyor", ",", "ama", "İzmir", "güneşli", ".", "Ahmet", "Bey'in", "12", "kitabı", "okudum",
    "çok", "güzel", "!", "kötü", "bir", "film", "ve", "IŞIK", "evde", "kaldı", "Zeynep", "x", "😀", "3,5", "xyzqw", "-",
]  # fmt: skip


class Results(NamedTuple):
    labels: list[Any]
    probabilities: list[np.ndarray]


@lru_cache
def model(name: str, threads: int = 1) -> Any:
    return create(name, device="cpu", threads=threads)


def results(name: str, texts: Sequence[str], threads: int = 1) -> Results:
    used = model(name, threads)
    labels = used.predict_batch(texts)
    # The parser's probabilities are defined within its window.
    short = [text for text in texts if len(text.split()) <= 40]
    return Results(labels, [np.asarray(found) for found in used.predict_proba_batch(short)])


@st.composite
def batches(draw: st.DrawFn) -> list[str]:
    """Sentences of 0 to 60 words of our own, so that every tokenizer gives about so many tokens."""
    lengths = draw(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 60)), max_size=5))
    return [" ".join(draw(st.lists(st.sampled_from(WORDS), min_size=n, max_size=n))) for n in lengths]


def assert_same(found: Results, expected: Results) -> None:
    assert found.labels == expected.labels
    for own, other in zip(found.probabilities, expected.probabilities, strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=TOLERANCE)


def checked(examples: int) -> Callable[[Any], Any]:
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_company(name: str, batch: list[str], order: list[int]) -> None:
    alone = Results([], [])
    for text in batch:
        own = results(name, [text])
        alone.labels.extend(own.labels)
        alone.probabilities.extend(own.probabilities)
    assert_same(results(name, batch), alone)
    shuffled = results(name, [batch[i] for i in order], threads=3)
    assert shuffled.labels == [alone.labels[i] for i in order]
    assert_same(results(name, batch, threads=2), alone)


@pytest.mark.parametrize("name", NAMES)
def test_company_order_and_threads(name: str) -> None:
    # None, one, some, and more words than a window has.
    batch = [" ".join((WORDS * 3)[start : start + count]) for start, count in enumerate((12, 0, 3, 45, 60, 1))]
    check_company(name, batch, [3, 0, 5, 1, 4, 2])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@checked(10)
@given(batch=batches(), seed=st.randoms(use_true_random=False))
def test_company_order_and_threads_of_any_batch(name: str, batch: list[str], seed: Any) -> None:
    order = list(range(len(batch)))
    seed.shuffle(order)
    check_company(name, batch, order)


@pytest.mark.parametrize("name", ["TreeStackPoS", "TreeStackDP"])
@pytest.mark.parametrize("budget", [1, 30])
def test_size_of_the_engines_batches(name: str, budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(WORDS[i : i + 3 * i % 23]) for i in range(12)]
    expected = results(name, texts)
    monkeypatch.setattr(labelling, "tokens_a_batch", lambda units: budget)
    assert_same(results(name, texts), expected)


@pytest.mark.parametrize("name", NAMES)
def test_many_at_once_and_one_by_one(name: str) -> None:
    texts = [" ".join(WORDS[i % 29 : i % 29 + 1 + i % 7]) for i in range(100)]
    together = results(name, texts, threads=4)
    split = Results([], [])
    for start in range(0, 100, 9):
        part = results(name, texts[start : start + 9])
        split.labels.extend(part.labels)
        split.probabilities.extend(part.probabilities)
    assert_same(together, split)


@pytest.mark.parametrize("name", ["StemmerAnalyzer", "TreeStackPoS", "TreeStackDP"])
@checked(5)
@given(batch=batches())
def test_strings_and_their_tokens(name: str, batch: list[str]) -> None:
    from vnlp_colab.text.tokenise import TreebankWordTokenize

    tokens = [TreebankWordTokenize(text) for text in batch]
    assert model(name).predict_batch(tokens) == model(name).predict_batch(batch)
