"""SPUCBiGRUSentimentAnalyzer: any batch, any length, any text."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.models import spu_bigru
from vnlp_colab.models.facades import SentimentAnalyzer

pytestmark = [pytest.mark.models, pytest.mark.shared]

TEXTS = [
    "", "ev", "Çok güzel!", "Berbat bir film, hiç sevmedim.", "😀😀", "\ud800", "İzmir'de hava güzeldi.",
    " ".join(["güzel", "kötü", "film"] * 60), "harika " * 300, "kötü", "bir bir bir",
    "Yemekler soğuk geldi ama tatlı iyiydi.",
]  # fmt: skip


@pytest.fixture(scope="module")
def model(stand_ins: Any) -> Any:
    """With the weights for evaluation, whose answers spread."""
    return stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=True)


@cache
def alone(model: Any) -> list[float]:
    return [model.predict_proba(text) for text in TEXTS]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.integers(0, len(TEXTS) - 1), max_size=12), threads=st.integers(1, 4), budget=st.integers(1, 12))
def test_company_order_and_threads(model: Any, stand_ins: Any, rows: list[int], threads: int, budget: int) -> None:
    other = stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=True, threads=threads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spu_bigru.model, "_BUDGET", budget)
        found = other.predict_proba_batch([TEXTS[row] for row in rows])
    # Single precision is up to 1.4e-5 from the truth with these weights, here and there another way: what a mistake in
    # the order would do is a thousand times that.
    np.testing.assert_allclose(found, [alone(model)[row] for row in rows], rtol=0, atol=3e-5)
    labels = other.predict_batch([TEXTS[row] for row in rows])
    assert labels == [int(alone(model)[row] > 0.5) for row in rows]


@pytest.mark.parametrize("size", [1, 2, 150])
def test_any_number_of_texts(size: int, model: Any, stand_ins: Any) -> None:
    short = [row for row, text in enumerate(TEXTS) if len(text) < 100]
    rows = random.Random(size).choices(short, k=size)
    found = stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=True, threads=2).predict_batch(
        [TEXTS[row] for row in rows]
    )
    assert found == [int(alone(model)[row] > 0.5) for row in rows]


def test_no_answer_is_so_close_that_rounding_decides_it(model: Any) -> None:
    assert all(abs(probability - 0.5) > 1e-4 for probability in alone(model))
    assert {probability > 0.5 for probability in alone(model)} == {False, True}


def test_what_goes_in_and_what_comes_out(model: Any) -> None:
    assert model.predict_batch([]) == model.predict_proba_batch([]) == []
    assert type(model.predict("ev")) is int and type(model.predict_proba("ev")) is float
    # The empty text is padding alone, and so is one of spaces.
    assert model.predict_proba_batch(["", " ", "\n\t"]) == pytest.approx([alone(model)[0]] * 3, abs=1e-6)
    with pytest.raises(InputError, match="not one string"):
        model.predict_batch("güzel")
    with pytest.raises(InputError, match="row 1: a text must be a string, not list"):
        model.predict_batch(["güzel", ["film"]])


def test_weights_for_use_and_for_evaluation_are_two_networks(stand_ins: Any, model: Any) -> None:
    other = stand_ins("SPUCBiGRUSentimentAnalyzer")
    assert other.inference_session is not model.inference_session
    assert other.predict_proba("Çok güzel!") != model.predict_proba("Çok güzel!")
    assert other.inference_session is stand_ins("SPUCBiGRUSentimentAnalyzer", threads=2).inference_session


def test_session_and_its_names(model: Any) -> None:
    assert (model.input_names, model.output_name) == (["pieces"], "probability")
    input_feed = dict(zip(model.input_names, [np.zeros((3, 256), np.int32)], strict=True))
    found = model.inference_session.run([model.output_name], input_feed)[0]
    np.testing.assert_allclose(found, [alone(model)[0]] * 3, rtol=0, atol=1e-5)


def test_facade(stand_ins: Any, model: Any) -> None:
    with stand_ins.in_place():
        facade = SentimentAnalyzer("SPUCBiGRUSentimentAnalyzer", device="cpu", threads=1, evaluate=True)
    assert facade.inference_session is model.inference_session
    assert facade.predict_proba_batch(TEXTS[:4]) == model.predict_proba_batch(TEXTS[:4])
    assert facade.predict_batch(TEXTS[:4]) == model.predict_batch(TEXTS[:4])
    assert facade.predict("ev") == model.predict("ev") and facade.predict_proba("ev") == model.predict_proba("ev")
