"""This project's own models: any text, any batch, valid trees, one encoding for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models.facades import DependencyParser, NamedEntityRecognizer, PoSTagger
from vnlp_colab.models.shared_context import ContextDP, ContextFeats, ContextLemma, ContextNER, ContextPoS
from vnlp_colab.models.shared_context.encoder import SharedEncoder, pack
from vnlp_colab.models.shared_context.parser import arc_probabilities, choose_heads, choose_relations, is_tree
from vnlp_colab.text.tokenise import TreebankWordTokenize

ALL = (ContextPoS, ContextNER, ContextDP, ContextLemma, ContextFeats)
TEXTS = [
    "Ahmet dün Ankara'dan geldi.",
    "",
    "Çok güzel bir gün!",
    "Bu kitabı okuyan öğrencilerin hepsi sınavı kazandı, ama öğretmenleri buna şaşırmadı.",
    "Evet.",
]
STRANGE = [
    "a",
    "😀👩‍👩‍👧 🏳️‍🌈!",
    "\x00\x01 \x1b[31m",
    "\ud800 tek",
    "漢字 اللغة",
    "İıIi ÎÂÛ",
    "'''' \"\" ``` (((",
    "½ ² Ⅷ ٣",
]


def make(model: Any, **options: Any) -> Any:
    return model(**{"device": "cpu", "threads": 1, **options})


def assert_tree(arcs: list[tuple[int, str, int, str]]) -> None:
    heads = [head for _, _, head, _ in arcs]
    assert heads.count(0) == 1
    for start in range(1, len(heads) + 1):
        node, steps = start, 0
        while node:
            node, steps = heads[node - 1], steps + 1
            assert steps <= len(heads)


@pytest.mark.parametrize("model", ALL)
def test_results_do_not_depend_on_the_batch(model: Any) -> None:
    texts = [" ".join(TEXTS[(i + k) % 5] for k in range(1 + i % 4)) for i in range(60)]
    made = make(model)
    one_by_one = [made.predict(text) for text in texts]
    assert make(model, threads=3).predict_batch(texts) == one_by_one
    assert made.predict_batch(texts[::-1])[::-1] == one_by_one
    alone = [made.predict_proba_batch([text])[0] for text in texts[:8]]
    for own, other in zip(made.predict_proba_batch(texts)[:8], alone, strict=True):
        np.testing.assert_allclose(own, other, atol=1e-5)


@pytest.mark.parametrize("model", ALL)
def test_strange_texts(model: Any) -> None:
    made = make(model)
    for text, own in zip(STRANGE, made.predict_batch(STRANGE), strict=True):
        assert len(own) == len(TreebankWordTokenize(text))
        assert own == made.predict(text)
    assert made.predict_batch([]) == made.predict_proba_batch([]) == []
    assert made.predict_batch([[], ["ev"], []])[::2] == [[], []]
    assert len(made.predict_batch([["", " ", "iki kelime", "\n"]])[0]) == 4
    with pytest.raises(InputError, match="not one string"):
        made.predict_batch("Eve geldim.")
    with pytest.raises(InputError, match="row 1"):
        made.predict_batch(["Eve geldim.", 7])


@pytest.mark.parametrize("model", ALL)
def test_long_sentences_and_words(model: Any) -> None:
    tokens = [["Ankara", "çok", "güzel", "ama", "soğuk"] * 120, ["a" * 50_000, "geldi"]]
    found = make(model).predict_batch(tokens)
    assert [len(own) for own in found] == [600, 2]
    if model is ContextDP:
        for own in found:
            assert_tree(own)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=st.lists(st.lists(st.text(max_size=12), max_size=12), max_size=4))
def test_any_tokens_make_trees(tokens: list[list[str]]) -> None:
    for own, arcs in zip(tokens, make(ContextDP).predict_batch(tokens), strict=True):
        assert [token for _, token, _, _ in arcs] == own
        if own:
            assert_tree(arcs)


def test_styles() -> None:
    assert make(ContextPoS).style == "boun"
    found = {style: make(ContextDP, style=style).predict_batch([TEXTS[3]]) for style in ("boun", "kenet", "unk")}
    assert found["boun"] != found["kenet"]
    with pytest.raises(InputError, match=r"'imst'; known styles: unk, atis"):
        make(ContextPoS, style="imst")
    with pytest.raises(InputError, match=r"'x'; known sources: unk, wikiner"):
        make(ContextNER, source="x")
    with pytest.raises(InputError, match="on_long"):
        make(ContextDP, on_long="cut")


def test_one_encoding_serves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [make(model) for model in ALL]
    encoder = SharedEncoder.load("cpu")
    calls = []
    original = encoder._encode
    monkeypatch.setattr(encoder, "_encode", lambda *given: calls.append(1) or original(*given))
    tokens = [["Bunu", "daha", "kimse", "görmedi", str(i)] for i in range(4)]
    for model in models:
        model.predict_batch(tokens)
    assert len(calls) == 1


def test_facades_know_the_family() -> None:
    text = "Ahmet dün Ankara'dan geldi."
    assert PoSTagger("Context", device="cpu").predict(text)[-1] == (".", "PUNCT")
    assert isinstance(NamedEntityRecognizer("Context", device="cpu").instance, ContextNER)
    parser = DependencyParser("Context", device="cpu", style="kenet")
    assert parser.predict(text, displacy_format=True)["words"][0] == {"text": "Ahmet", "tag": ""}
    with pytest.raises(ModelNotAvailable, match="pos model"):
        PoSTagger("ContextDP")


def test_entities() -> None:
    plain, bio = make(ContextNER), make(ContextNER, bio=True)
    text = "Ahmet Yılmaz dün Ankara'ya geldi."
    labels = [label for _, label in bio.predict(text)]
    assert [label for _, label in plain.predict(text)] == [label.partition("-")[2] or label for label in labels]
    drawn = bio.predict(text, displacy_format=True)
    assert drawn == plain.predict(text, displacy_format=True) and drawn["text"] == text
    assert plain.label_tokens([text], [["Ahmet", "geldi"]]) == [[label for _, label in plain.predict("Ahmet geldi")]]
    with pytest.raises(InputError, match="tokens of 1 texts for 2 texts"):
        plain.label_tokens([text, text], [["Ahmet", "geldi"]])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_trees_are_told_from_others(heads: list[int]) -> None:
    heads = [min(head, len(heads)) for head in heads]
    reached = {0}
    for _ in heads:
        reached |= {i for i, head in enumerate(heads, 1) if head in reached}
    expected = heads.count(0) == 1 and len(reached) == len(heads) + 1
    assert is_tree(np.array(heads)) == expected


@settings(max_examples=80, deadline=None)
@given(n=st.integers(1, 200), seed=st.integers(0, 9999), spread=st.sampled_from([0.0, 1.0, 50.0]))
def test_heads_of_random_scores_are_trees(n: int, seed: int, spread: float) -> None:
    scores = np.random.default_rng(seed).normal(size=(n, n + 1)) * spread
    probabilities = arc_probabilities(scores.astype(np.float32))
    assert not probabilities[np.arange(n), np.arange(1, n + 1)].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert is_tree(choose_heads(probabilities, tree=True))


@settings(max_examples=50, deadline=None)
@given(size=st.integers(1, 12), seed=st.integers(0, 9999))
def test_in_a_tree_the_root_alone_has_the_relation_root(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads = choose_heads(arc_probabilities(rng.normal(size=(size, size + 1)).astype(np.float32)), tree=True)
    chosen = choose_relations(heads, rng.random((size, 4), np.float32), root=2, tree=True)
    assert ((chosen == 2) == (heads == 0)).all()


@given(st.lists(st.integers(0, 80), max_size=120), st.integers(1, 4))
def test_packing_keeps_every_sentence_once(lengths: list[int], threads: int) -> None:
    groups = pack(lengths, threads)
    assert sorted(i for group in groups for i in group) == [i for i, length in enumerate(lengths) if length]
    for group in groups:
        longest = max(lengths[i] for i in group) + 1
        assert len(group) == 1 or longest * len(group) <= 1024
