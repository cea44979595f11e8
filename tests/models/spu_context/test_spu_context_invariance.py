"""A sentence's labels are its own: whatever it is batched with, in any order, with any number of threads."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.models import labelling
from vnlp_colab.models.spu_context import stepwise

pytestmark = [pytest.mark.models, pytest.mark.shared]

NAMES = ["SPUContextPoS", "SPUContextNER", "SPUContextDP"]
HEADS = {"SPUContextPoS": [18], "SPUContextNER": [5], "SPUContextDP": [41, 49]}
WORDS = [
    "Ankara'da", "yağmur", "yağıyor", ",", "ama", "İzmir", "güneşli", ".", "Ahmet", "Bey'in", "12", "kitabı", "okudum",
    "çok", "güzel", "!", "kötü", "bir", "film", "ve", "IŞIK", "evde", "kaldı", "Zeynep", "x", "😀", "3,5", "xyzqw", "-",
]  # fmt: skip
LENGTHS = [0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 11, 13, 17, 24, 40, 41, 58]


class Known(NamedTuple):
    """A sentence, and what a batch of it alone gives."""

    tokens: list[str]
    labels: list[Any]
    probabilities: np.ndarray | None


@cache
def known(name: str, stand_ins: Any) -> list[Known]:
    model = stand_ins(name)
    chosen = random.Random(5)
    sentences = [chosen.choices(WORDS, k=length) for length in LENGTHS]
    found = []
    for tokens in sentences:
        defined = name != "SPUContextDP" or len(tokens) <= 40
        probabilities = model.predict_proba_batch([tokens])[0] if defined else None
        found.append(Known(tokens, model.predict_batch([tokens])[0], probabilities))
    return found


def check(name: str, stand_ins: Any, model: Any, rows: list[int]) -> None:
    expected = [known(name, stand_ins)[row] for row in rows]
    assert model.predict_batch([own.tokens for own in expected]) == [own.labels for own in expected]


def test_no_choice_is_so_close_that_rounding_decides_it(stand_ins: Any) -> None:
    """Without that, equal labels could not be asked for."""
    for name in NAMES:
        for own in known(name, stand_ins):
            if own.probabilities is None:
                continue
            for part in np.split(own.probabilities, np.cumsum(HEADS[name])[:-1], axis=1):
                ranked = np.sort(part, axis=1)
                assert (ranked[:, -1] - ranked[:, -2] > 2e-6).all(), name


def checked(examples: int) -> Callable[[Any], Any]:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", NAMES)
@checked(6)
@given(
    rows=st.lists(st.integers(0, len(LENGTHS) - 1), max_size=24), threads=st.integers(1, 4), budget=st.integers(1, 90)
)
def test_company_order_threads_and_size_of_the_engines_batches(
    name: str, stand_ins: Any, rows: list[int], threads: int, budget: int
) -> None:
    model = stand_ins(name, threads=threads)
    check(name, stand_ins, model, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labelling, "tokens_a_batch", lambda units: budget)
        check(name, stand_ins, model, rows)
        inside = [row for row in rows if LENGTHS[row] <= 40]
        found = model.predict_proba_batch([known(name, stand_ins)[row].tokens for row in inside])
    for row, own in zip(inside, found, strict=True):
        np.testing.assert_allclose(own, known(name, stand_ins)[row].probabilities, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 512])
def test_any_number_of_sentences(name: str, size: int, stand_ins: Any) -> None:
    chosen = random.Random(size)
    short = len(LENGTHS) - 3
    rows = [chosen.randrange(short) for _ in range(size)]
    check(name, stand_ins, stand_ins(name, threads=2), rows)


@checked(3)
@given(
    rows=st.lists(st.integers(0, 12), max_size=6),
    threads=st.integers(1, 3),
    sentences=st.integers(1, 8),
    name=st.sampled_from(NAMES),
)
def test_stepwise(stand_ins: Any, rows: list[int], threads: int, sentences: int, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepwise, "_SENTENCES", sentences)
        check(name, stand_ins, stand_ins(name, engine="stepwise", threads=threads), rows)


@pytest.mark.parametrize("name", NAMES)
@checked(4)
@given(text=st.text(max_size=60))
def test_any_text_has_a_label_a_token(name: str, stand_ins: Any, text: str) -> None:
    from vnlp_colab.text.tokenise import TreebankWordTokenize

    found = stand_ins(name).predict_batch([text, "ev", text])
    tokens = TreebankWordTokenize(text)
    assert found[0] == found[2]
    assert [item[1] if name == "SPUContextDP" else item[0] for item in found[0]] == tokens


@checked(12)
@given(rows=st.lists(st.lists(st.sampled_from(WORDS), max_size=90), max_size=4), seed=st.integers(0, 2**32 - 1))
def test_trees_of_any_sentences(stand_ins: Any, rows: list[list[str]], seed: int) -> None:
    random.Random(seed).shuffle(rows)
    for tokens, arcs in zip(rows, stand_ins("SPUContextDP", tree=True).predict_batch(rows), strict=True):
        heads = {index: head for index, _, head, _ in arcs}
        assert [token for _, token, _, _ in arcs] == tokens
        assert list(heads.values()).count(0) == min(1, len(tokens))
        assert [relation for _, _, head, relation in arcs if (head == 0) != (relation == "root")] == []
        for node in heads:
            steps = 0
            while node:
                node = heads[node]  # KeyError: a head out of range
                steps += 1
                assert steps <= len(tokens), "a cycle"
