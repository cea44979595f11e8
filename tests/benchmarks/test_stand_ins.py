"""The stand-ins of weights that are not to be had: of the right shapes, everywhere the same, made once."""

import pickle

import numpy as np
import pytest

from benchmarks import peers, settings, stand_ins
from vnlp_colab import catalog
from vnlp_colab.catalog import WeightFile
from vnlp_colab.convert.spu_weights import split_sentiment_weights, split_weights
from vnlp_colab.store.weights import read_npy, read_pickled_arrays


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return stand_ins.make(tmp_path_factory.mktemp("weights"))


def test_the_converter_takes_them(made):
    embedding = read_npy((made / stand_ins.MATRIX).read_bytes(), "embedding")
    for name, kind in (("SPUContextPoS", "pos"), ("SPUContextNER", "ner"), ("SPUContextDP", "dep")):
        arrays = read_pickled_arrays((made / weights_file(name)).read_bytes(), name)
        assert split_weights(arrays, embedding, kind).embedding.dtype == np.float32
    name = "SPUCBiGRUSentimentAnalyzer"
    arrays = read_pickled_arrays((made / weights_file(name)).read_bytes(), name)
    assert len(split_sentiment_weights(arrays, embedding).layers) == 3


def weights_file(model: str) -> str:
    source = catalog.model(model).source("weights")
    assert isinstance(source, WeightFile)
    return source.filename


def test_peers_find_every_file_that_they_look_for(made):
    assert {path.name for path in made.iterdir()} == set(peers._RESOURCES)


def test_they_are_the_same_each_time(made, tmp_path):
    again = stand_ins.make(tmp_path)
    assert all((again / path.name).read_bytes() == path.read_bytes() for path in made.iterdir())
    values = np.concatenate(
        [array.ravel() for array in pickle.loads((made / weights_file("SPUContextPoS")).read_bytes())]
    )
    assert 0.01 < values.std() < 1


def test_they_are_made_once_and_used_where_nothing_else_is_at_hand(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path))
    monkeypatch.delenv("VNLP_COLAB_WEIGHTS", raising=False)
    monkeypatch.setattr(settings, "shared_root", lambda: None)
    monkeypatch.setattr(stand_ins, "make", lambda folder: (calls.append(folder), folder.mkdir())[0] or folder)
    found = settings.weights_folder()
    assert found is not None and found.is_relative_to(tmp_path) and found.is_dir()
    assert settings.weights_folder() == found and len(calls) == 1
    assert settings.stand_ins() and settings.environment()["VNLP_COLAB_WEIGHTS"] == str(found)
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(own))
    assert settings.weights_folder() == own and not settings.stand_ins()
