"""The pipeline over the models themselves."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_fakes import ALL
from vnlp_colab import InputError, VNLPipeline

pytestmark = pytest.mark.models

TEXTS = [
    "Ali dün Ankara'da çok güzel bir film izledi.",
    "Maç 90+3. dakikada bitti!",
    "",
    "Kar",
    "🎉 Kutlu olsun 👩‍👩‍👧 \x1b[31m",
    "C++ mı, a+b mi?",
    "elma , armut , kiraz ve " * 15 + "nar .",
]


@pytest.fixture(scope="module")
def pipe():
    return VNLPipeline(ALL, progress=False)


@pytest.fixture(scope="module")
def expected(pipe):
    return {text: next(pipe.annotate([text])) for text in TEXTS}


def same(one, other):
    """Labels are equal; the sentiment is as equal as sums in another order are."""
    for name in ("text", "tokens", "pos", "ner", "dep", "morph", "lemma"):
        assert getattr(one, name) == getattr(other, name)
    assert one.sentiment == pytest.approx(other.sentiment, abs=1e-6)


@given(st.integers(1, 9), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=8)
def test_results_depend_on_neither_batch_size_nor_order(pipe, expected, batch_size, order):
    texts = random.Random(order.random()).sample(TEXTS, len(TEXTS))
    for text, sentence in zip(texts, pipe.annotate(texts, batch_size), strict=True):
        same(sentence, expected[text])


@pytest.mark.parametrize("threads", [1, 3])
def test_results_do_not_depend_on_threads(expected, threads):
    for text, sentence in zip(TEXTS, VNLPipeline(ALL, progress=False, threads=threads).annotate(TEXTS), strict=True):
        same(sentence, expected[text])


def test_every_list_runs_parallel_to_the_tokens_and_every_tree_has_a_root(expected):
    for sentence in expected.values():
        for values in (sentence.pos, sentence.ner, sentence.dep, sentence.morph, sentence.lemma):
            assert len(values) == len(sentence.tokens)
        assert sum(head == 0 for head, _ in sentence.dep) == bool(sentence.tokens)
        assert all(0 <= head <= len(sentence.tokens) for head, _ in sentence.dep)


def test_a_known_sentence(expected):
    sentence = expected[TEXTS[0]]
    assert sentence.lemma == ("ali", "dün", "ankara", "çok", "güzel", "bir", "film", "izle", ".")
    assert sentence.ner[2] == "LOC"
    assert sentence.pos[-2:] == ("VERB", "PUNCT")
    assert sentence.sentiment > 0.9


def test_the_parser_alone_gives_what_it_gives_in_company(expected):
    alone = VNLPipeline(["dep:TreeStackDP"], progress=False)
    frame = alone.process_dataframe(pd.DataFrame({"sentence": TEXTS}))
    assert list(frame.columns) == ["sentence", "tokens", "dep"]
    assert frame["dep"].tolist() == [list(expected[text].dep) for text in TEXTS]


def test_a_sentence_that_is_too_long_can_be_an_error(pipe):
    strict = VNLPipeline(["dep:TreeStackDP"], on_long="error", progress=False)
    with pytest.raises(InputError, match="row 6: "):
        list(strict.annotate(TEXTS))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["x" * 100_000, "kelime " * 5000], ids=["word", "sentence"])
def test_very_long_texts(pipe, text):
    (sentence,) = pipe.annotate([text])
    assert len(sentence.lemma) == len(sentence.dep) == len(text.split())
    assert sum(head == 0 for head, _ in sentence.dep) == 1
