"""This project's own models in the pipeline: all columns, no network, one encoding a batch."""

from __future__ import annotations

import pytest

from vnlp_colab.models import loading
from vnlp_colab.models.shared_context.encoder import SharedEncoder
from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.pipeline.pipeline import VNLPipeline

TEXTS = ["Ahmet dün Ankara'dan geldi.", "", "Çok güzel bir gün!", "Kitabı okudum."]


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No network, no cache, no model made yet."""
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    for name in ("VNLP_COLAB_STORE", "VNLP_COLAB_WEIGHTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(loading, "_shared", {})


def test_all_columns_without_a_network(alone):
    pipe = VNLPipeline("context", device="cpu", threads=1, progress=False)
    assert pipe.columns == ("tokens", "pos", "feats", "ner", "dep", "lemma")
    found = list(pipe.annotate(TEXTS))
    assert [len(sentence.tokens) for sentence in found] == [5, 0, 5, 3]
    for sentence in found:
        for values in (sentence.pos, sentence.feats, sentence.ner, sentence.dep, sentence.lemma):
            assert len(values) == len(sentence.tokens)
        assert sentence.morph is None and sentence.sentiment is None
    assert found[0].pos[-1] == "PUNCT" and found[0].lemma[2] == "Ankara"
    assert "Case=Abl" in found[0].feats[2]
    assert found[3].lemma[0] == "kitap"


def test_one_encoding_a_batch(alone, monkeypatch):
    pipe = VNLPipeline("context", device="cpu", threads=1, progress=False)
    calls = []
    original = SharedEncoder._encode_all
    monkeypatch.setattr(SharedEncoder, "_encode_all", lambda *given: calls.append(1) or original(*given))
    list(pipe.annotate(["Bu bir deneme cümlesidir."], batch_size=1))
    assert len(calls) == 1


def test_features_in_conllu(alone):
    (sentence,) = VNLPipeline(("feats", "lemma"), device="cpu", threads=1, progress=False).annotate(["Evde."])
    cells = conllu_block(sentence, "1").split("\n")[2].split("\t")
    assert cells[2] == "ev" and "Case=Loc" in cells[5]
