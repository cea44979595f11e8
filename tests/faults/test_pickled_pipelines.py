"""Pipelines that are pickled, as into spawned workers: made again from what they are made of."""

from __future__ import annotations

import pickle

import pytest
from worker_fakes import Buggy

from model_fakes import ALL, Factory
from vnlp_colab import InputError, Limits, ModelNotAvailable, VNLPipeline
from vnlp_colab.pipeline import saved

POS = ("pos:TreeStackPoS",)
TEXTS = [f"Metin {i} güzel ." for i in range(9)]


def pipeline(**options: object) -> VNLPipeline:
    return VNLPipeline(POS, progress=False, **{"model_factory": Factory(), **options})


def test_a_pipeline_is_made_again_as_it_was() -> None:
    limits = Limits(characters=40)
    given = {"style": "imst", "tree": False, "on_long": "error", "threads": 2, "limits": limits}
    pipe = VNLPipeline(ALL, progress=False, model_factory=Buggy(), on_error="skip", loader="none", **given)
    texts = [*TEXTS[:5], "hata", "uzun " * 20]
    copy = pickle.loads(pickle.dumps(pipe))
    assert list(copy.annotate(texts, 4)) == list(pipe.annotate(texts, 4))
    assert copy.columns == pipe.columns
    assert copy._arguments.keys() == pipe._arguments.keys()
    same = {name: value for name, value in pipe._arguments.items() if name != "model_factory"}
    assert {name: copy._arguments[name] for name in same} == same


def test_with_workers_of_its_own() -> None:
    with pipeline(workers=1) as pipe, pickle.loads(pickle.dumps(pipe)) as copy:
        assert copy._runner._pool._workers[0].process.pid != pipe._runner._pool._workers[0].process.pid
        assert list(copy.annotate(TEXTS[:9], 4)) == list(pipe.annotate(TEXTS[:9], 4))


def test_of_models_of_this_package() -> None:
    pipe = VNLPipeline(("pos:ContextPoS", "dep:ContextDP"), progress=False, style="kenet", threads=1)
    copy = pickle.loads(pickle.dumps(pipe))
    assert list(copy.annotate(TEXTS[:4])) == list(pipe.annotate(TEXTS[:4]))


def test_where_the_models_are_others_it_is_refused(monkeypatch) -> None:
    pickled = pickle.dumps(VNLPipeline("pos:ContextPoS", progress=False))
    real = saved.models_of
    monkeypatch.setattr(saved, "models_of", lambda plan: dict.fromkeys(real(plan), "0" * 64))
    with pytest.raises(ModelNotAvailable, match="the pickled pipeline: Context"):
        pickle.loads(pickled)


def test_where_the_version_is_another_one_it_is_refused(monkeypatch) -> None:
    pickled = pickle.dumps(pipeline())
    monkeypatch.setattr(saved, "__version__", "0.0.1")
    with pytest.raises(InputError, match=r"0\.0\.1 is installed here.*same version"):
        pickle.loads(pickled)
