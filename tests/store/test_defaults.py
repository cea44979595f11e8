"""Which model serves a task depends on this machine's cache and settings, never on a server."""

import logging

import pytest

from vnlp_colab import catalog
from vnlp_colab.errors import ModelNotAvailable
from vnlp_colab.store import bundles, defaults

TASKS = ("pos", "ner", "dep", "sentiment")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path))
    for variable in ("VNLP_COLAB_WEIGHTS", "VNLP_COLAB_STORE"):
        monkeypatch.delenv(variable, raising=False)
    defaults._tell.cache_clear()


@pytest.mark.parametrize("task", TASKS)
def test_without_the_preferred_model_the_next_one_serves_and_a_warning_says_so(task, caplog):
    preferred = catalog.default_for(task)
    with caplog.at_level(logging.WARNING):
        chosen = defaults.default_for(task)
    assert chosen != preferred
    assert catalog.model(chosen).task == task
    assert f"vnlp-colab models pull {preferred}" in caplog.text
    caplog.clear()
    defaults.default_for(task)
    assert not caplog.records


@pytest.mark.parametrize("variable", ["VNLP_COLAB_WEIGHTS", "VNLP_COLAB_STORE"])
def test_a_place_to_get_it_from_makes_the_preferred_model_serve(variable, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv(variable, str(tmp_path))
    assert [defaults.default_for(task) for task in TASKS] == [catalog.default_for(task) for task in TASKS]
    assert not caplog.records


def test_a_cached_preferred_model_serves(monkeypatch):
    monkeypatch.setattr(bundles, "cached", lambda spec: spec.name == "SPUContextNER" or None)
    assert defaults.default_for("ner") == "SPUContextNER"
    assert defaults.default_for("pos") == "TreeStackPoS"


def test_an_unknown_task_is_refused():
    with pytest.raises(ModelNotAvailable, match="known tasks"):
        defaults.default_for("translation")
